"""Whose records are these? The comparison for whoever decides: what agrees and what does not, and no value of it."""

from rich.table import Table

from activities.pages import plan_pages
from console.call import Call
from console.commands import Commands
from console.screen import out
from dsar.case import Case
from dsar.identity import Key
from dsar.plans import Action
from intake.handing_over import CASE


async def compare(call: Call) -> int:
    """Compare records that may be somebody else's with what is known of the person: the kinds that agree, no values."""
    request, system = call.args.request, call.args.system
    await call.desk.row(request)
    identity = (await call.foundation.vault.get_model(request, CASE, Case)).identity
    given = {each.kind for each in identity.identifiers}
    table = Table("Record", "Category", "Dates", "Agrees", "Given by the person, and not on it", box=None)
    number = 0
    async for page in plan_pages(call.foundation.vault, request, system).all():
        for step in page.steps:
            number += 1
            if step.action is Action.CONFIRM:
                dates = ", ".join(f"{in_words(anchor)} {day}" for anchor, day in sorted(step.record.dates.items()))
                agrees, missing = kinds(step.record.matched), kinds(given - step.record.matched)
                table.add_row(str(number), step.record.category, dates, agrees, missing)
    out.print(table if table.row_count else "Nothing there waits for anybody to say whose it is.")
    if table.row_count:
        out.print(f"A name or a telephone is shared by many. If this does not settle it: plan {request} {system}")
    return 0


def kinds(keys: frozenset[Key] | set[Key]) -> str:
    """Kinds of identifiers, as people say them."""
    return ", ".join(in_words(key) for key in sorted(keys))


def in_words(name: str) -> str:
    """A name of ours, as people say it."""
    return name.replace("_", " ")


def add(commands: Commands) -> None:
    """Register compare."""
    commands.founded("compare", compare, "request", "system")
