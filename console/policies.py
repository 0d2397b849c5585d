"""What the company promises: checked, shown to people who read no TOML, and compared with what was promised before."""

import argparse
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

import settings
from console.call import Call
from console.commands import Commands
from console.screen import err, out
from dsar import policy_words as words
from dsar.policy import Policy
from dsar.policy_diff import changes
from intake.desk import Refused
from ledger.policies import UnknownPolicy

SCHEDULE = ("Category", "Lives in", "Kept for", "Then", "Asked to delete", "Counts as")
LOCKS = ("Category", "Asked for by", "Law", "May be used meanwhile for")
USES = ("Category", "Used for", "Comes from", "Also received by")

DIGEST = re.compile(r"[0-9a-f]{32}")


def check(_: argparse.Namespace) -> int:
    """Explain every mistake of policy.toml and systems.toml, with its line."""
    mistakes = settings.check().mistakes
    for mistake in mistakes:
        err.print(mistake)
    if not mistakes:
        policy_file, systems_file = settings.files()
        out.print(f"{policy_file} and {systems_file}: no mistakes.")
    return 2 if mistakes else 0


def show(_: argparse.Namespace) -> int:
    """Print the policy to be read: rights, consents, what is kept how long and by what law, people, terms."""
    policy = settings.read_policy(settings.files()[0])
    controller = policy.controller
    law = f"{controller.regime}, {controller.region}" if controller.region else controller.regime
    out.print(f"[bold]{escape(controller.name)}[/], {escape(controller.contact)}")
    out.print(f"The law, unless a request names its own: {law}. Accepted: {words.laws(policy.regimes.accepted)}.")
    out.print(f"Dates are meant in {controller.zone}. This version of the policy: {policy.digest}.")
    _print("People and terms", ("", ""), words.terms(policy))
    _print("Rights", ("Right", "Proof", "Promised by", "In words"), words.rights(policy))
    _print("Consents that can be taken back", ("Consent", "For", "Categories"), words.consents(policy))
    _print("Retention schedule", SCHEDULE, words.schedule(policy))
    _print("Locked: kept until its day, whoever asks for a deletion", LOCKS, words.locks(policy))
    _print("Asked to delete, a person decides", ("Category", "What to weigh"), words.decided(policy))
    _print("What the data is for, and where it comes from", USES, words.uses(policy))
    return 0


async def diff(call: Call) -> int:
    """Say what policy.toml would change, compared with the policies of the open requests, or with another one."""
    new, ledger = call.settings.policy, call.foundation.ledger
    if call.args.against:
        old = await _named(call, call.args.against)
        out.print(f"Compared with {escape(call.args.against)}:")
        return _say(old, new)
    pinned = Counter(row.policy for row in await ledger.requests.open())
    for digest, count in pinned.most_common():
        requests, stay = ("open request", "stays") if count == 1 else ("open requests", "stay")
        day = (await ledger.policies.since(digest)).date()
        out.print(f"[bold]{count}[/] {requests} {stay} on the policy of {day} ({digest}). Under policy.toml:")
        _say(await call.foundation.policies.get(digest), new)
    if pinned:
        out.print("Open requests keep the policy that they were received under; only new ones follow policy.toml.")
    else:
        out.print("No request is open: every request to come follows policy.toml.")
    return 0


def add(commands: Commands) -> None:
    """Register policy check, show, diff."""
    policy = commands.group("policy", "Check, show or compare what the company promises.")
    policy.alone("check", check)
    policy.alone("show", show)
    compared = policy.founded("diff", diff)
    compared.add_argument("--against", metavar="FILE|DIGEST", help="default: the policies of the open requests")


async def _named(call: Call, against: str) -> Policy:
    if not DIGEST.fullmatch(against):
        return settings.read_policy(Path(against))
    try:
        return await call.foundation.policies.get(against)
    except UnknownPolicy as error:
        raise Refused(f"{error}: give a digest that `policy show` or the journal names, or a file") from None


def _say(old: Policy, new: Policy) -> int:
    different = changes(old, new)
    for change in different:
        out.print(Padding(Text(change.words), (0, 0, 0, 2)))
    if not different:
        out.print("  nothing would be different")
    return 0


def _print(title: str, columns: tuple[str, ...], rows: Iterable[words.Row]) -> None:
    """A table under a title; none where there is nothing in it."""
    table = Table(*columns, box=None, pad_edge=False, show_header=any(columns), padding=(0, 2, 0, 0))
    for name, *rest in rows:
        table.add_row(f"[bold]{escape(name)}[/]", *map(escape, rest))
    if table.row_count:
        out.print(f"\n[bold underline]{title}[/]")
        out.print(table)
