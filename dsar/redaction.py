"""What leaves, and what does not: one screen for the texts and the structures of a package.

Two things are taken out: what never leaves, whoever asks (11 CCR 7024(d)), and other people's data (GDPR 15(4)).
What was taken out is counted by kind; the values are kept nowhere.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from dsar.forbidden import REACH, Hit, find
from dsar.forbidden_keys import kind_of, names_an_id, words_of
from dsar.forbidden_kinds import marker
from dsar.forbidden_words import says_something
from dsar.others import OTHER, SHOWN, Others, names_in
from dsar.personal_fields import ABOUT
from dsar.records import Exported, FileRef

__all__ = ["REACH", "Screen"]

_LARGEST_TEXT = 1_000_000
"""Characters of a text that is read as JSON when it looks like it."""
_NAMING = frozenset({"name", "key", "label", "field", "question", "title", "field name", "property", "attribute"})
_NAMED = frozenset({"value", "values", "answer", "answers", "text", "content", "response", "string value", "data"})


class Screen:
    """Looks through texts and structures. Without `others`, only what never leaves is taken out."""

    def __init__(self, others: Others | None = None) -> None:
        self.others = others
        self.found: Counter[str] = Counter()

    def quiet(self) -> "Screen":
        """The same, with a count of its own: to look at something a second time."""
        return Screen(self.others)

    def hits(self, text: str, *, of_a_machine: bool = False) -> list[Hit]:
        """What is not shown of a text, in order; finds that overlap are one, of the kind that is stricter."""
        found = find(text, of_a_machine=of_a_machine) + (self.others.find(text) if self.others else [])
        merged: list[Hit] = []
        for hit in sorted(found, key=lambda hit: (hit.start, hit.end)):
            if merged and hit.start < merged[-1].end:
                stricter = hit if merged[-1].kind == OTHER or hit.shown[0] == '"' else merged[-1]
                merged[-1] = Hit(merged[-1].start, max(merged[-1].end, hit.end), stricter.kind, stricter.shown)
            else:
                merged.append(hit)
        return merged

    def text(self, text: str, *, of_a_machine: bool = False) -> str:
        """A text as it leaves."""
        pieces, at = [], 0
        for hit in self.hits(text, of_a_machine=of_a_machine):
            self.found[hit.kind] += 1
            pieces += [text[at : hit.start], hit.shown]
            at = hit.end
        return "".join([*pieces, text[at:]]) if pieces else text

    def exported(self, item: Exported) -> Exported:
        """A record as it leaves; its files are looked through apart."""
        return Exported(
            record_id=self.text(item.record_id, of_a_machine=True),
            category=item.category,
            label=self.text(item.label),
            data=self.value(item.data),
            files=tuple(
                FileRef(name=self.text(file.name), locator=file.locator, media_type=file.media_type)
                for file in item.files
            ),
        )

    def learn(self, data: Any, key: str = "") -> None:
        """Take in the names of other people that a structure gives as such: they are then found in texts too."""
        if not self.others:
            return
        if isinstance(data, Mapping):
            if self.others.is_another(data, key):
                for name in names_in(data):
                    self.others.learn(name)
            for inner_key, inner in data.items():
                self.learn(inner, inner_key)
        elif isinstance(data, list | tuple):
            for inner in data:
                self.learn(inner, key)
        elif isinstance(data, str) and self.others.is_other_writer(data, key):
            self.others.learn(data)

    def value(self, value: Any, key: str = "") -> Any:
        """A structure as it leaves: the same structure, with markers where values were."""
        match value:
            case bool() | None:
                return value
            case str():
                return self._string(value, key)
            case int() | float():
                return self._number(value, key)
            case Mapping():
                return self._object(value, key)
            case list() | tuple():
                return self._list(value, key)
            case _:
                return value

    def _string(self, value: str, key: str) -> str:
        if value[:1] in {"{", "["} and len(value) <= _LARGEST_TEXT and (inner := _json(value)) is not None:
            try:
                shown = self.value(inner, key)
                return value if shown == inner else json.dumps(shown)
            except RecursionError:  # nested deeper than anybody nests
                return self.text(value)
        if self.others and self.others.is_other_writer(value, key):
            return self._counted(OTHER, SHOWN)
        return self.text(value, of_a_machine=names_an_id(key))

    def _number(self, value: float, key: str) -> Any:
        whole = int(value) if isinstance(value, int) or (abs(value) < 1e20 and value.is_integer()) else 0
        if abs(whole) < 10**13 or names_an_id(key):
            return value
        shown = self.text(str(whole))
        return value if shown == str(whole) else shown

    def _list(self, value: Sequence[Any], key: str) -> list[Any]:
        if value and all(isinstance(part, Mapping) and isinstance(part.get("plain_text"), str) for part in value):
            value = list(self._rich(value))
        return [self.value(inner, key) for inner in value]

    def _object(self, value: Mapping[str, Any], key: str) -> dict[str, Any]:
        another = bool(self.others and self.others.is_another(value, key))
        named = next((v for k, v in value.items() if words_of(k) in _NAMING and isinstance(v, str)), "")
        kind_of_all = kind_of(named)
        shown: dict[str, Any] = {}
        for name, inner in value.items():
            kind = kind_of(name) or (kind_of_all if words_of(name) in _NAMED else None)
            place = self._place(name, shown)
            if kind and _holds_something(inner):
                shown[place] = self._counted(kind, marker(kind))
            elif another and words_of(name) in ABOUT and _holds_something(inner):
                shown[place] = self._counted(OTHER, SHOWN)
            else:
                shown[place] = self.value(inner, name)
        return shown

    def _place(self, name: str, taken: Mapping[str, Any]) -> str:
        """A key as it leaves: it can be an address itself, and stays a key of its own."""
        shown = self.text(name, of_a_machine=True)
        if shown == name or shown not in taken:
            return shown
        return next(each for n in count(2) if (each := f"{shown} {n}") not in taken)

    def _rich(self, parts: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """A text in pieces (bold, plain, a mention), where a find can begin in one piece and end in the next."""
        whole = "".join(part["plain_text"] for part in parts)
        hits = self.hits(whole)
        self.found.update(hit.kind for hit in hits)
        at = 0
        for part in parts:
            plain = part["plain_text"]
            text = self._mentioned(part) or _piece(whole, at, at + len(plain), hits)
            at += len(plain)
            inner = part.get("text")
            same = isinstance(inner, Mapping) and inner.get("content") == plain
            yield {**part, "plain_text": text, **({"text": {**inner, "content": text}} if same and inner else {})}

    def _mentioned(self, part: Mapping[str, Any]) -> str:
        mention = part.get("mention")
        user = mention.get("user") if isinstance(mention, Mapping) else None
        another = self.others and isinstance(user, Mapping) and self.others.is_another(user, "user")
        return self._counted(OTHER, SHOWN) if another else ""

    def _counted(self, kind: str, shown: str) -> str:
        self.found[kind] += 1
        return shown


def _piece(whole: str, start: int, end: int, hits: Sequence[Hit]) -> str:
    """What is shown of a part of a text: a find is replaced where it begins."""
    pieces = []
    at = start
    for hit in hits:
        if hit.end <= start or hit.start >= end:
            continue
        pieces.append(whole[at : max(at, hit.start)])
        pieces += [hit.shown] if hit.start >= start else []
        at = min(end, hit.end)
    return "".join([*pieces, whole[at:end]])


def _holds_something(value: Any) -> bool:
    """Whether there is a value to hide: not nothing, not yes or no, not what stands for nothing."""
    if isinstance(value, str):
        return says_something(value)
    if isinstance(value, Mapping) and value.get("type") in value:  # a property that says what it is, and may be empty
        return _holds_something(value[value["type"]])
    if isinstance(value, Mapping):
        return any(map(_holds_something, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_something, value))
    return value is not None and not isinstance(value, bool)


def _json(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None
