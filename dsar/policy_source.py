"""A TOML file that people write, with the line of whatever is wrong in it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dsar.toml_lines import Lines, Path

_WHERE = re.compile(r"(?P<says>.*?) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)


@dataclass(frozen=True)
class Mistake:
    """One thing to correct."""

    file: str
    line: int
    place: str
    """The table as the file writes it, and the key in it: `[categories."contracts"] keep`."""
    says: str
    """What is wrong, and what to do. Never a credential."""

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.place}: {self.says}"
            if self.place
            else f"{self.file}:{self.line}: {self.says}"
        )


class Document:
    """A file's text, and what it says."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.data: dict[str, Any] = {}
        self.broken: Mistake | None = None
        """Why it is no TOML; then `data` is empty."""
        self._text = text
        try:
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.broken = self._no_toml(str(error))

    def mistake(self, path: Path, says: str) -> Mistake:
        """Something to correct at this path; where the path is not written, at the table where it belongs."""
        return Mistake(file=self.name, line=self.line(path), place=self._place(path), says=says)

    def line(self, path: Path) -> int:
        """The line of a path, or of as much of it as there is."""
        lines = self._lines.of
        return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 1)

    @cached_property
    def _lines(self) -> Lines:
        return Lines("" if self.broken else self._text)

    def _place(self, path: Path) -> str:
        headings = self._lines.headings
        end = next((end for end in range(len(path), 0, -1) if path[:end] in headings), 0)
        heading = headings[path[:end]] if end else f"[{path[0]}]" if path else ""
        rest = ".".join(map(str, path[max(end, 1) :]))
        return f"{heading} {rest}".strip()

    def _no_toml(self, error: str) -> Mistake:
        found = _WHERE.fullmatch(error)
        last = max(len(self._text.splitlines()), 1)
        line = int(found["line"]) if found and found["line"] else last
        says = found["says"] if found else error
        return Mistake(file=self.name, line=min(line, last), place="", says=f"this is not valid TOML: {says}")


def path_of(error: Mapping[str, Any]) -> Path:
    """Where pydantic found something wrong, as a path of the file."""
    return tuple(part for part in error["loc"] if part != "[key]")


def in_words(error: Mapping[str, Any]) -> str:
    """What pydantic found wrong, for people who know no pydantic. Says no value of the file."""
    match error["type"]:
        case "missing":
            return "is missing: add it"
        case "extra_forbidden":
            return "there is no such field: correct its name, or take it out"
        case "value_error":
            return str(error["msg"]).removeprefix("Value error, ")
        case _:
            return str(error["msg"]).replace("Input should be", "must be", 1)
