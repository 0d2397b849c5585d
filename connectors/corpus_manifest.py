"""The manifest of a training corpus: which assets are in it, whose they are, and which models were trained with them.

One entry a line (`.jsonl`), or a list of them (`.json`, by itself or as `entries` of an object):

    {"asset": "clients/42/logo.fig", "source": "figma:AbC123", "owners": {"email": ["ada@example.com"]},
     "sha256": "...", "added": "2026-01-31", "models": ["layouts v3"], "excluded": false}

What else an entry says is kept as it is.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dsar.identity import Identifier, Identity, Key

Raw = dict[str, Any]
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
Changed = Callable[["Entry"], Raw | None]
"""What an entry becomes; `None`: it goes."""


class Unreadable(Exception):
    """The manifest is not what it should be. Says where, and nothing of what stands there."""


class Entry(BaseModel):
    """One asset. Personal data."""

    model_config = ConfigDict(frozen=True)

    asset: str = Field(min_length=1)
    """A file below the corpus's folder, or what else tells it from others: a Figma file's key."""
    source: str = ""
    owners: dict[Key, Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]] = {}
    sha256: str = ""
    added: date | None = None
    models: tuple[str, ...] = ()
    """The model versions that were trained with it."""
    excluded: bool = False
    """Whether the next run leaves it out."""
    manifest: str = Field(exclude=True)
    raw: Raw = Field(exclude=True, repr=False)

    @property
    def id(self) -> str:
        """The record's id: a digest of what does not change, as assets are called after clients."""
        lasting = {name: self.raw.get(name) for name in ("asset", "source", "owners", "sha256", "added")}
        text = json.dumps([self.manifest, lasting], sort_keys=True)
        return f"asset:{sha256(text.encode()).hexdigest()[:32]}"

    def identifiers(self) -> tuple[Identifier, ...]:
        """Whose it says it is."""
        return tuple(Identifier(kind=kind, value=v) for kind, values in self.owners.items() for v in values if v)

    def matched(self, identity: Identity) -> frozenset[Key]:
        """The kinds of the person's identifiers that it carries."""
        return frozenset(each.kind for each in self.identifiers() if identity.knows(each.kind, each.value))


class Manifest:
    """One file's entries, in their order."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name = name
        self._lines = name.endswith(".jsonl")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable(f"{name} is not written in UTF-8") from None
        self._top = None if self._lines else self._loaded(text, "")
        self._texts = _LINES.findall(text) if self._lines else []

    def entries(self) -> Iterator[Entry]:
        """Each entry."""
        for where, raw, _ in self._each():
            yield self._entry(raw, where)

    def rewritten(self, changed: Changed) -> bytes | None:
        """The file with each entry as it becomes, other lines as they are; `None` where that changes nothing."""
        before = [(self._entry(raw, where), number) for where, raw, number in self._each()]
        after = [(entry, changed(entry), number) for entry, number in before]
        if all(now == entry.raw for entry, now, _ in after):
            return None
        if self._lines:
            new = {n: "" if now is None else _json(now) for entry, now, n in after if now != entry.raw}
            return "".join(new.get(number, text) for number, text in enumerate(self._texts)).encode()
        kept = [now for _, now, _ in after if now is not None]
        return _json({**self._top, "entries": kept} if isinstance(self._top, dict) else kept, indent=2).encode()

    def _each(self) -> Iterator[tuple[str, Any, int]]:
        """Where each entry stands, in words; the entry; and which line or element it is."""
        if self._lines:
            for number, text in enumerate(self._texts):
                if text.strip():
                    yield f"line {number + 1}", self._loaded(text, f", line {number + 1}"), number
            return
        entries = self._top.get("entries") if isinstance(self._top, dict) else self._top
        if not isinstance(entries, list):
            raise Unreadable(f"{self._name} holds no list of entries")
        for number, raw in enumerate(entries):
            yield f"entry {number + 1}", raw, number

    def _entry(self, raw: Any, where: str) -> Entry:
        if not isinstance(raw, Mapping):
            raise Unreadable(f"{self._name}, {where}: is no object")
        try:
            return Entry.model_validate({**raw, "manifest": self._name, "raw": dict(raw)})
        except ValidationError as error:
            fields = sorted({".".join(map(str, each["loc"][:1])) for each in error.errors(include_input=False)})
            raise Unreadable(f"{self._name}, {where}: cannot be read ({', '.join(fields)})") from None

    def _loaded(self, text: str, where: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            raise Unreadable(f"{self._name}{where}: is no JSON") from None


def _json(value: Any, indent: int | None = None) -> str:
    """As people read it; escaped where it holds half a letter, which no file can."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    return f"{text}\n"
