"""Before a list of people goes into a system: whose asking forbids it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from console.call import Call
from console.commands import Commands
from console.screen import out
from dsar.fingerprints import fingerprint
from dsar.identity import Identifier, Key
from dsar.suppression import Scope
from foundation import key_for
from intake.desk import Refused
from ledger.ledger import Ledger

WHY: dict[Scope, str] = {
    Scope.ERASED: "had their data erased",
    Scope.RESTRICTED: "have it kept and not used",
    Scope.SHARING: "opted out of sale and sharing",
    Scope.SENSITIVE: "limited the use of sensitive data",
    Scope.MARKETING: "took a consent back, or objected to marketing",
}
SHOWN = 20
"""Line numbers that are printed of a long list."""
KINDS = (Key.EMAIL, Key.CUSTOMER_ID, Key.CLIENT_ID, Key.USER_ID)
"""By what the suppression list knows people."""


class Row(NamedTuple):
    """A line of the list."""

    number: int
    """As an editor counts; the heading is line 1."""
    cells: Sequence[str]
    identifiers: tuple[Identifier, ...]


async def check(call: Call) -> int:
    """Say how many people of a list (CSV) asked that their data is not used; --keep writes the list without them.

    Exits 1 if there are such people and the list was not cleaned of them.
    """
    heading, rows = _read(Path(call.args.list), {kind: vars(call.args)[kind] or [] for kind in KINDS})
    held = await _held_back(call.foundation.ledger, key_for(call.settings, "suppression"), rows)
    table = Table("People on the list who", "How many", "Lines", box=None)
    for scope, why in WHY.items():
        lines = [number for number, scopes in held.items() if scope in scopes]
        if lines:
            more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
            table.add_row(why, str(len(lines)), ", ".join(map(str, lines[:SHOWN])) + more)
    out.print(table if held else f"None of {len(rows)} people is on the suppression list.")
    if call.args.keep:
        _write(Path(call.args.keep), heading, (row.cells for row in rows if row.number not in held))
        out.print(f"{len(rows) - len(held)} of {len(rows)} people are in {call.args.keep}")
        return 0
    return 1 if held else 0


async def _held_back(ledger: Ledger, key: bytes, rows: Iterable[Row]) -> dict[int, set[Scope]]:
    """What the suppression list says of each line."""
    prints = {row.number: {fingerprint(key, each) for each in row.identifiers} for row in rows}
    known = await ledger.suppressions.known(print_ for these in prints.values() for print_ in these)
    scopes: dict[str, set[Scope]] = {}
    for each in known:
        scopes.setdefault(each.fingerprint, set()).add(each.scope)
    found = {number: set[Scope]().union(*(scopes.get(p, ()) for p in these)) for number, these in prints.items()}
    return {number: why for number, why in found.items() if why}


def _read(path: Path, columns: dict[Key, list[str]]) -> tuple[list[str], list[Row]]:
    """The heading and the lines. Raises `Refused` for what is no such list; the text quotes no line of it."""
    if not any(columns.values()):
        raise Refused("say which column holds an address or a number: --email COLUMN, --customer-id COLUMN, ...")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = max(",;\t", key=file.readline().count)  # spreadsheets of many countries write semicolons
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if any(cells)]
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise Refused(f"{path}: is no CSV in UTF-8; export the list as that") from None
    (_, heading), *rest = lines or [(1, [])]
    missing = [name for names in columns.values() for name in names if name not in heading]
    if missing:
        raise Refused(f"{path}: its first line has no column {', '.join(missing)}")
    places = [(kind, heading.index(name)) for kind, names in columns.items() for name in names]
    return heading, [Row(number, cells, tuple(_identifiers(cells, places))) for number, cells in rest]


def _identifiers(cells: Sequence[str], places: Iterable[tuple[Key, int]]) -> Iterator[Identifier]:
    for kind, place in places:
        if place < len(cells) and (value := cells[place].strip()):
            yield Identifier(kind=kind, value=value)


def _write(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *rows])
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def add(commands: Commands) -> None:
    """Register imports check."""
    imports = commands.group("imports", "Before a list of people goes into a system: whose asking forbids it.")
    made = imports.founded("check", check, "list")
    for kind in KINDS:
        made.add_argument(f"--{kind.replace('_', '-')}", dest=kind, action="append", metavar="COLUMN")
    made.add_argument("--keep", metavar="FILE", help="write the list without these people into a new file")
