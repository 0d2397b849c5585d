"""Legal holds: what a lawsuit or an investigation forbids to erase, whoever asks. Two people lift one."""

import secrets
from collections.abc import Awaitable, Mapping

from rich.markup import escape
from rich.table import Table

from console.call import Call
from console.commands import Commands, decided_by
from console.screen import out
from dsar.fingerprints import fingerprint
from dsar.identity import Identifier
from dsar.legal_holds import LegalHold
from dsar.submission import Person
from foundation import key_for
from intake.desk import Refused
from ledger.facts import NotEvidence
from ledger.legal_holds import LegalHoldRow, NoSuchHold, TwoPeople

IDENTIFIERS = ("email", "customer_id", "client_id", "user_id")
"""What a person under a hold can be known by: what nobody shares."""


async def place(call: Call) -> int:
    """Forbid to erase: in a system, of a category, of a person, or where all that is given meets."""
    known = _checked(call)
    hold = LegalHold(id="", reason=call.args.reason, system=call.args.system, category=call.args.category)
    key = key_for(call.settings, "suppression")
    holds = [hold.model_copy(update={"subject": fingerprint(key, who), "kind": who.kind}) for who in known] or [hold]
    for each in holds:
        placed = each.model_copy(update={"id": f"legal-{secrets.token_hex(4)}"})
        await _done(call.foundation.ledger.legal_holds.place(placed, call.args.by))
        out.print(f"[bold]{placed.id}[/] placed: nothing of {_covers(placed)} is erased while it is in force.")
    return 0


async def ask_lift(call: Call) -> int:
    """Say that a hold can go; somebody else has to lift it."""
    await _done(call.foundation.ledger.legal_holds.ask_lift(call.args.hold, call.args.by))
    out.print(f"{call.args.hold}: somebody else lifts it with  python starter.py holds lift {call.args.hold} --by NAME")
    return 0


async def lift(call: Call) -> int:
    """Lift a hold that somebody else has asked to lift."""
    await _done(call.foundation.ledger.legal_holds.lift(call.args.hold, call.args.by))
    out.print(f"{call.args.hold} is lifted. What it kept goes when its own time comes.")
    return 0


async def show(call: Call) -> int:
    """List the legal holds, the newest last."""
    table = Table("Hold", "Keeps", "Reason", "Placed", "State", box=None)
    for row in await call.foundation.ledger.legal_holds.list():
        covers = _covers(LegalHold(**row.model_dump(include=set(LegalHold.model_fields))))
        placed = f"{row.placed_at:%Y-%m-%d} by {row.placed_by}"
        table.add_row(row.id, escape(covers), escape(row.reason), escape(placed), escape(_state(row)))
    out.print(table if table.row_count else "There are no legal holds.")
    return 0


def _checked(call: Call) -> tuple[Identifier, ...]:
    """Refuse what the two files do not know; who is meant, where a person is."""
    args = call.args
    given = {name: value for name in IDENTIFIERS if (value := getattr(args, name)) is not None}
    if not (given or args.system or args.category):
        raise Refused("a legal hold needs --system, --category or a person (--email, --customer-id, ...)")
    if args.system and args.system not in call.settings.systems:
        raise Refused(f"--system: systems.toml has no [{args.system}]; it has: {_listed(call.settings.systems)}")
    categories = call.settings.policy.categories
    if args.category and args.category not in categories:
        raise Refused(f"--category: policy.toml has no such category; it has: {_listed(categories)}")
    return Person(**given).identity().identifiers if given else ()


async def _done(work: Awaitable[None]) -> None:
    try:
        await work
    except (NoSuchHold, TwoPeople, NotEvidence) as error:
        raise Refused(str(error)) from None


def _covers(hold: LegalHold) -> str:
    person = f"a person known by {hold.kind}" if hold.kind or hold.subject else None
    return ", ".join(filter(None, (hold.system, hold.category, person)))


def _state(row: LegalHoldRow) -> str:
    if row.lifted_at:
        return f"lifted {row.lifted_at:%Y-%m-%d} by {row.lifted_by}"
    if row.lift_asked_at:
        return f"in force; {row.lift_asked_by} asked on {row.lift_asked_at:%Y-%m-%d} to lift it"
    return "in force"


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names))


def add(commands: Commands) -> None:
    """Register holds place, ask-lift, lift, list."""
    holds = commands.group("holds", "Forbid to erase what a lawsuit or an investigation needs, and lift that again.")
    new = holds.founded("place", place)
    new.add_argument("--reason", required=True, help="as a letter can say it: pending litigation; no names")
    new.add_argument("--system", help="an entry of systems.toml")
    new.add_argument("--category", help="a category of policy.toml")
    for name in IDENTIFIERS:
        new.add_argument(f"--{name.replace('_', '-')}", dest=name, help="a person; kept as a keyed hash")
    decided_by(new)
    decided_by(holds.founded("ask-lift", ask_lift, "hold"))
    decided_by(holds.founded("lift", lift, "hold"))
    holds.founded("list", show)
