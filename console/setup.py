"""Before the first request: keys, and what can be done where."""

import argparse
import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.table import Table

import settings
from connectors import catalogue, quality_page
from console.call import data_map
from console.commands import Commands
from console.screen import out


def make_keys(_: argparse.Namespace) -> int:
    """Print fresh keys, to be kept where secrets are kept. Without them nothing can be read again."""
    for name, value in (
        ("HABEAS_MASTER_KEYS", f"m{datetime.now(UTC):%Y%m%d}:{_key()}"),
        ("HABEAS_LEDGER_KEY", _key()),
        ("HABEAS_WEBHOOK_SECRETS", f"whsec_{_key()}"),
    ):
        print(f"{name}={value}")
    return 0


def list_systems(args: argparse.Namespace) -> int:
    """Show the data map, and what can be done where; of one kind or system, the rules of a good connector it keeps."""
    entries = settings.read_systems(settings.files()[1]) if args.kind not in catalogue.KINDS else {}
    if args.kind:
        kind = str(entries[args.kind]["kind"]) if args.kind in entries else args.kind
        if kind not in catalogue.KINDS:
            print(f"there is no system and no kind {args.kind}: {', '.join(sorted({*entries, *catalogue.KINDS}))}")
            return 2
        out.print(_page(kind))
        return 0
    out.print(_qualities(entries) if args.quality else _abilities(entries))
    return 0


def _abilities(entries: Mapping[str, Mapping[str, object]]) -> Table:
    table = Table("System", "Title", "Can", "Learns", "Needs", box=None)
    for system in data_map(entries):
        can, learns, needs = (", ".join(sorted(names)) for names in (system.can, system.learns, system.needs))
        table.add_row(system.name, system.title, can, learns, needs)
    return table


def _qualities(entries: Mapping[str, Mapping[str, object]]) -> Table:
    """A line a system: how many rules its kind keeps, and which it does not."""
    table = Table("System", "Kind", "Can", "Rules kept", "Not kept", box=None)
    for system in data_map(entries):
        kind = str(entries[system.name]["kind"])
        page = quality_page.read(kind)
        missing = ", ".join(rule for rule in quality_page.RULES if rule in page.exempt)
        kept = f"{len(page.done)} of {len(quality_page.RULES)}"
        table.add_row(system.name, kind, ", ".join(sorted(system.can)), kept, missing)
    return table


def _page(kind: str) -> Table:
    """A line a rule: what it means, and where it is not kept, why."""
    page, can = quality_page.read(kind), catalogue.KINDS[kind].can
    can_do = ", ".join(sorted(can)) if isinstance(can, frozenset) else "what its entry says"
    title = f"{kind} keeps {len(page.done)} of {len(quality_page.RULES)} rules; can: {can_do}"
    table = Table("Rule", "", "Means, or why not", box=None, title=title, title_justify="left")
    for rule, means in quality_page.RULES.items():
        told = page.exempt.get(rule) or " ".join([means, *([page.evidence[rule]] if rule in page.evidence else [])])
        table.add_row(rule, "done" if rule in page.done else "exempt", told)
    return table


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(settings.KEY_BYTES)).decode()


def add(commands: Commands) -> None:
    """Register keys, systems."""
    commands.alone("keys", make_keys)
    systems = commands.alone("systems", list_systems)
    systems.add_argument("kind", nargs="?", default="", help="one system, or one kind of connector: its page of rules")
    systems.add_argument("--quality", action="store_true", help="how many rules each system's connector keeps")
