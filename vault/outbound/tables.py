"""Tables as text (CSV): what a column is called says what is in it, lines away."""

import csv
import io
import re
from collections.abc import Sequence

from dsar.forbidden_keys import kind_of, words_of
from dsar.personal_fields import ADDRESSES, NAMES, WRITERS
from dsar.redaction import Screen
from vault.outbound.text import Window

_LARGEST_ROW = 1024 * 1024
_CELL = re.compile(r"[^\W\d_][\w .,#/()'\u2019:-]{0,60}|_?id")
_FIRST = frozenset({"first name", "last name", "given name", "family name", "fname", "lname", "surname"})


class Table:
    """A text that may be a table: cells are looked at by the names of their columns, then all of it as text."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._text = Window(screen)
        self._held = ""
        self._by: str | None = None
        self._columns: Sequence[str] | None = None
        self._named = False
        """The row of names has passed."""

    def feed(self, text: str) -> str:
        """The next text in; what is decided by now out."""
        if self._by == "":
            return self._text.feed(text)
        self._held += text
        if self._columns is None and not self._begun(final=False):
            return ""
        return self._text.feed(self._rows(final=False))

    def close(self) -> str:
        """The rest."""
        if self._columns is None and self._by is None:
            self._begun(final=True)
        return self._text.feed(self._rows(final=True)) + self._text.close()

    def _begun(self, *, final: bool) -> bool:
        """Look at the first two lines: is this a table, with columns that say something?"""
        lines = self._held.split("\n", 2)
        if len(lines) < 3 and not final and len(self._held) < _LARGEST_ROW:
            return False
        self._by = ""
        for by in ",;\t|":
            first, second = _cells(lines[0].lstrip("\ufeff"), by), _cells(lines[1] if len(lines) > 1 else "", by)
            if len(first) > 1 and len(first) == len(second) and _telling(first):
                self._by, self._columns = by, _unique(first)
        return True

    def _rows(self, *, final: bool) -> str:
        if not self._by:
            held, self._held = self._held, ""
            return held
        shown, at = [], 0
        while (end := self._end_of_row(at)) > 0 or (final and at < len(self._held)):
            end = end or len(self._held)
            shown.append(self._row(self._held[at:end]))
            at = end
        if len(self._held) - at > _LARGEST_ROW:
            shown.append(self._held[at:])
            at = len(self._held)
        self._held = self._held[at:]
        return "".join(shown)

    def _end_of_row(self, at: int) -> int:
        """Just after a row's end: a line's end that is not within quotes; 0 while it is not there."""
        quotes, start = 0, at
        while (end := self._held.find("\n", start)) >= 0:
            quotes += self._held.count('"', start, end)
            if quotes % 2 == 0:
                return end + 1
            start = end + 1
        return 0

    def _row(self, row: str) -> str:
        ending = row[len(row.rstrip("\r\n")) :]
        cells = _cells(row.rstrip("\r\n"), self._by or ",")
        if self._columns is None or len(cells) != len(self._columns) or not self._named:
            self._named = True
            return row
        given = dict(zip(self._columns, cells, strict=True))
        shown = self._screen.value(given, "row")
        if list(shown.values()) == cells:
            return row
        return _written([str(cell) for cell in shown.values()], self._by or ",") + ending


def _cells(line: str, by: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r")], delimiter=by), [])
    except csv.Error:
        return []


def _written(cells: Sequence[str], by: str) -> str:
    """A row that we write: a cell that a spreadsheet would carry out is made a text."""
    out = io.StringIO()
    csv.writer(out, delimiter=by, lineterminator="").writerow([_inert(cell) for cell in cells])
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _number(cell) else cell


def _number(cell: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[\d.,() -]+%?", cell))


def _telling(columns: Sequence[str]) -> bool:
    words = {words_of(column) for column in columns}
    if not all(_CELL.fullmatch(column.strip()) for column in columns if column.strip()):
        return False
    people = bool(words & ADDRESSES) and bool(words & (NAMES | _FIRST))
    return people or bool(words & WRITERS) or any(map(kind_of, columns))


def _unique(columns: Sequence[str]) -> list[str]:
    taken: list[str] = []
    for number, column in enumerate(columns, start=1):
        taken.append(column if column and column not in taken else f"{column} {number}")
    return taken
