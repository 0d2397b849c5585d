"""Files that a package does not hold: something in them may not leave, or nobody can see what is in them."""

from rich.markup import escape
from rich.table import Column, Table

from activities.packages import WITHHELD, Withheld
from console.call import Call
from console.commands import Commands
from console.screen import out


async def withheld(call: Call) -> int:
    """List the files of a request that a person has to look at: personal data, for the eyes of whoever does."""
    await call.desk.row(call.args.request)
    vault = call.foundation.vault
    there = await vault.exists(call.args.request, WITHHELD)
    files = (await vault.get_model(call.args.request, WITHHELD, Withheld)).files if there else ()
    table = Table("System", Column("Record", overflow="fold"), Column("File", overflow="fold"), "Why", box=None)
    for file in files:
        table.add_row(file.system, file.record_id, escape(file.name), escape(file.reason))
    out.print(table if files else "No file was withheld, or no package is there.")
    return 0


def add(commands: Commands) -> None:
    """Register withheld."""
    commands.founded("withheld", withheld, "request")
