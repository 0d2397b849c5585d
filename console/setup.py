"""Before the first request: keys, and what can be done where."""

import argparse
import base64
import secrets
from datetime import UTC, datetime

from rich.table import Table

import settings
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


def list_systems(_: argparse.Namespace) -> int:
    """Show the data map, and what can be done where."""
    table = Table("System", "Title", "Can", "Learns", "Needs", box=None)
    for system in data_map(settings.read_systems(settings.files()[1])):
        can, learns, needs = (", ".join(sorted(names)) for names in (system.can, system.learns, system.needs))
        table.add_row(system.name, system.title, can, learns, needs)
    out.print(table)
    return 0


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(settings.KEY_BYTES)).decode()


def add(commands: Commands) -> None:
    """Register keys, systems."""
    commands.alone("keys", make_keys)
    commands.alone("systems", list_systems)
