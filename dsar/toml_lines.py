"""Where in a TOML text each key stands. The standard library's reader gives values, and no lines.

Reads a text that `tomllib` has accepted already: it looks for keys, and leaves it to `tomllib` to say what is wrong.
"""

import re
import tomllib
from collections.abc import Sequence

Path = tuple[str | int, ...]
"""The way to a value: keys, and places in arrays, from the top: `("s3", "rules", 0, "category")`."""

_BETWEEN = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
"""Blank space, line ends and comments."""
_PART = re.compile(r"[ \t]*(\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*")
_TEXTS = (
    re.compile(r'"""(?:\\.|[^\\])*?"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)
"""Strings, the longer quotes first; a string of several lines may end in quotes of its own."""
_SCALAR = re.compile(r"[^,\]}#\n]+")


class Lines:
    """The line of each key of a text, the first being 1, and each table's heading as it is written."""

    def __init__(self, text: str) -> None:
        self.of: dict[Path, int] = {}
        self.headings: dict[Path, str] = {}
        self._arrays: dict[Path, int] = {}
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._scan()

    def _scan(self) -> None:
        table: Path = ()
        while self._skipped():
            if self._text[self._at] == "[":
                table = self._heading()
            else:
                self._pair(table)

    def _heading(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`; the path of the table that it opens."""
        start, line = self._at, self._line()
        many = self._text.startswith("[[", start)
        self._at += 1 + many
        path = self._resolved(self._key(), many=many, line=line)
        self._at += 1 + many
        self.of[path] = line
        self.headings[path] = self._text[start : self._at]
        return path

    def _resolved(self, parts: Sequence[str], *, many: bool, line: int) -> Path:
        """The path that a heading means: of arrays of tables on the way, the last table."""
        path: Path = ()
        for place, part in enumerate(parts):
            path = (*path, part)
            self.of.setdefault(path, line)
            if many and place == len(parts) - 1:
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
        return path

    def _pair(self, table: Path) -> None:
        """Read `key = value`."""
        line, path = self._line(), table
        for part in self._key():
            path = (*path, part)
            self.of.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        """Pass a value, and note what is inside of it."""
        self._skipped()
        match self._text[self._at]:
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case _:
                self._at = self._end_of_scalar()

    def _array(self, path: Path) -> None:
        self._at += 1
        place = 0
        while self._more("]"):
            self.of[*path, place] = self._line()
            self._value((*path, place))
            place += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Whether another element comes before the closing bracket, which is passed otherwise."""
        self._skipped()
        if self._text[self._at] == ",":
            self._at += 1
            self._skipped()
        if self._text[self._at] != end:
            return True
        self._at += 1
        return False

    def _end_of_scalar(self) -> int:
        for pattern in (*_TEXTS, _SCALAR):
            if found := pattern.match(self._text, self._at):
                return found.end()
        raise ValueError("this is no TOML that tomllib accepts")

    def _key(self) -> list[str]:
        """Read a key, dotted or quoted."""
        parts: list[str] = []
        while found := _PART.match(self._text, self._at):
            written = found[1]
            quoted = written[0] in "\"'"
            parts.append(str(tomllib.loads(f"key = {written}")["key"]) if quoted else written)
            self._at = found.end()
            if self._text[self._at] != ".":
                break
            self._at += 1
        return parts

    def _skipped(self) -> bool:
        """Pass what is between; whether anything comes after it."""
        if found := _BETWEEN.match(self._text, self._at):
            self._at = found.end()
        return self._at < len(self._text)

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
