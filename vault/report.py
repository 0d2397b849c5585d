"""What a person reads first: one page without script or links to the outside, in light or dark, on any width."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dsar.forbidden_kinds import Forbidden
from dsar.frozen import Frozen
from dsar.others import OTHER
from dsar.records import Exported
from vault.outbound.files import Verdict

MAX_SHOWN = 200
"""Records of a system in the report; all are in its JSON."""
MAX_FIELDS = 60
"""Fields of a record in the report."""
MAX_CHARACTERS = 600
"""Of a value in the report."""
_MAX_DEPTH = 6
_INVISIBLE = {code: "\N{REPLACEMENT CHARACTER}" for code in [*range(32), *range(127, 160)] if chr(code) not in "\n\t"}


@dataclass(frozen=True)
class Field:
    """One line of a record: where it stands in the system's own structure, and what it says."""

    path: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Shown:
    """A record as the report shows it."""

    label: str
    category: str
    fields: tuple[Field, ...]
    shortened: bool
    files: tuple[tuple[str, str, str], ...]
    """Each file's own name, where it is in the package, and why it is not."""


class WithheldFile(Frozen):
    """A file that is not in the package, until a person has looked at it. Personal data."""

    system: str
    record_id: str
    name: str
    reason: str


@dataclass
class Section:
    """A system's part of the report, collected while its records pass by."""

    name: str
    title: str
    notes: tuple[str, ...]
    data_path: str
    categories: Counter[str] = field(default_factory=Counter)
    shown: list[Shown] = field(default_factory=list)
    system: str = ""
    """Its id."""
    verdicts: list[Verdict] = field(default_factory=list)
    """Of each file, in order: one more for each that `add` will be given."""
    numbered: int = 0
    """Files so far, those that are withheld too."""
    withheld: list[WithheldFile] = field(default_factory=list)
    as_they_are: int = 0

    @property
    def files(self) -> int:
        """How many files are in the package."""
        return self.numbered - len(self.withheld)

    @property
    def records(self) -> int:
        """How many records passed by."""
        return self.categories.total()

    def add(self, item: Exported, paths: tuple[str, ...]) -> list[dict[str, str]]:
        """Count a record; keep it to be shown while there is room. `paths`: where its files are.

        Returns:
            What is said of its files in the data.
        """
        self.categories[item.category] += 1
        entries = []
        for file, path, verdict in zip(item.files, paths, self.verdicts[self.numbered :], strict=True):
            where = {"path": path}
            if verdict.withheld:
                where = {"withheld": str(verdict.withheld)}
                self.withheld.append(WithheldFile(system=self.system, record_id=item.record_id, name=file.name,
                                                  reason=verdict.withheld))  # fmt: skip
            self.as_they_are += verdict.as_it_is
            entries.append({"name": file.name, "media_type": file.media_type, **where})
        self.numbered += len(item.files)
        if len(self.shown) < MAX_SHOWN:
            self.shown.append(_shown(item, entries))
        return entries


def render(name: str, **facts: Any) -> str:
    """A template's text. What is data is escaped, whatever it holds."""
    return _templates.get_template(name).render(**facts)


@dataclass(frozen=True)
class TakenOut:
    """What the report says of values that are held and not shown."""

    forbidden: tuple[tuple[str, int], ...]
    """Kind, and in how many places."""
    others: int
    """Places where another person was."""


def taken_out(found: Mapping[str, int]) -> TakenOut:
    """What was taken out, in the order of the kinds."""
    return TakenOut(tuple((str(kind), found[kind]) for kind in Forbidden if found.get(kind)), found.get(OTHER, 0))


def _shown(item: Exported, files: Sequence[Mapping[str, str]]) -> Shown:
    fields = list(itertools.islice(_fields(item.data), MAX_FIELDS + 1))
    shortened = len(fields) > MAX_FIELDS or any(len(f.value) > MAX_CHARACTERS for f in fields)
    return Shown(
        label=_cut(_text(item.label or item.record_id)),
        category=item.category,
        fields=tuple(Field(f.path, _cut(f.value)) for f in fields[:MAX_FIELDS]),
        shortened=shortened,
        files=tuple((_cut(_text(f["name"])), f.get("path", ""), f.get("withheld", "")) for f in files),
    )


def _fields(value: Any, path: tuple[str, ...] = ()) -> Iterator[Field]:
    """A structure as lines, in its own order, lazily: a record can be large."""
    if isinstance(value, dict) and value and len(path) < _MAX_DEPTH:
        for key, inner in value.items():
            yield from _fields(inner, (*path, _cut(_text(str(key)))))
    elif isinstance(value, list) and any(isinstance(i, dict | list) for i in value) and len(path) < _MAX_DEPTH:
        for number, inner in enumerate(value, start=1):
            yield from _fields(inner, (*path, str(number)))
    else:
        yield Field(path, _value(value))


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "\N{EM DASH}"
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_value(inner) for inner in itertools.islice(value, MAX_CHARACTERS))
        case dict():
            return _text(json.dumps(value, ensure_ascii=False))
        case _:
            return _text(str(value)[: MAX_CHARACTERS + 1])


def _text(text: str) -> str:
    """Without what no page can show: control characters, halves of a character."""
    return text.translate(_INVISIBLE).encode("utf-8", "replace").decode()


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "\N{HORIZONTAL ELLIPSIS}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"], default=False),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.filters["day"] = _day
_templates.filters["counted"] = _counted
_templates.filters["href"] = quote
