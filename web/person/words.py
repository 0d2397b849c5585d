"""What the pages say, in a person's language: a folder for each, beside the templates."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from activities.letter_forms.language import Language

FOLDER = Path(__file__).parent.parent / "templates" / "person"

DEFAULT = "en"
"""For whoever's language we do not have."""


@dataclass(frozen=True)
class Words:
    """One language: its words.toml, and how it writes dates (its language.toml)."""

    language: Language
    texts: Mapping[str, str] = field(repr=False)

    def say(self, key: str, **values: object) -> str:
        """One text, `start.title`, with its values in place.

        Raises:
            KeyError: the language does not have it, or a value is missing.
        """
        return self.texts[key].format(**values)


class Languages:
    """Every language that there is a folder for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._words = {path.parent.name: _read(path.parent) for path in folder.glob("*/words.toml")}

    @property
    def codes(self) -> tuple[str, ...]:
        """Their tags."""
        return tuple(sorted(self._words))

    def __getitem__(self, code: str) -> Words:
        return self._words[code]

    def asked_for(self, accept_language: str) -> Words:
        """The language that a browser's `Accept-Language` likes best of those that we have; otherwise English."""
        known = {code.lower(): code for code in self._words}
        for tag in _by_preference(accept_language):
            if code := known.get(tag) or known.get(tag.partition("-")[0]):
                return self._words[code]
        return self._words[DEFAULT]


def _read(folder: Path) -> Words:
    said = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
    return Words(language=Language.read(folder), texts=dict(_flat(said)))


def _flat(tables: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)


def _by_preference(accept_language: str) -> list[str]:
    found = []
    for part in accept_language.lower().split(",")[:20]:
        tag, _, weight = part.partition(";")
        found.append((_weight(weight), tag.strip()))
    return [tag for weight, tag in sorted(found, key=lambda each: -each[0]) if tag and weight > 0]


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0
