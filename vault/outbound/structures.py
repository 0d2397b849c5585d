"""JSON files: read whole while they are small, line by line where each line is a document; else as text with keys."""

import json
import re
from typing import Any

from dsar.forbidden import LONGEST_PAIR
from dsar.forbidden_keys import kind_of
from dsar.redaction import Screen
from vault.outbound.stages import Reason, Withheld
from vault.outbound.text import Window

LARGEST = 4 * 1024**2
"""Characters of a document that is read whole."""
_NESTED = re.compile(
    rf'"(?P<key>[^"\\\n]{{2,80}})"\s{{0,8}}:\s{{0,8}}(?:[\[{{]|"(?:[^"\\]|\\.){{{LONGEST_PAIR}}}(?:[^"\\]|\\.))'
)


class Json:
    """A JSON document, or one a line."""

    def __init__(self, screen: Screen, *, largest: int = LARGEST) -> None:
        self._screen = screen
        self._largest = largest
        self._held = ""
        self._large: _Large | None = None
        self._by_line: bool | None = None

    def feed(self, text: str) -> str:
        """The next text in; what is decided by now out."""
        if self._large:
            return self._large.feed(text)
        self._held += text
        if self._by_line is None and "\n" in self._held.lstrip():
            self._by_line = _document(self._held.lstrip().partition("\n")[0]) is not None
        if self._by_line:
            return self._lines()
        if len(self._held) <= self._largest:
            return ""
        self._large, held, self._held = _Large(self._screen), self._held, ""
        return self._large.feed(held)

    def close(self) -> str:
        """The rest."""
        if self._large:
            return self._large.close()
        if self._by_line:
            return self._lines() + self._shown(self._held)
        return self._shown(self._held)

    def _lines(self) -> str:
        *lines, self._held = self._held.split("\n")
        if len(self._held) > self._largest:
            raise Withheld(Reason.TOO_LARGE)
        return "".join(self._shown(line) + "\n" for line in lines)

    def _shown(self, text: str) -> str:
        """A document as it leaves; written anew only where something was taken out."""
        found = _document(text)
        if found is None:
            return self._as_text(text)
        try:
            shown = self._screen.value(found)
            if shown == found:
                return text
        except RecursionError:  # nested deeper than anybody nests
            return self._as_text(text)
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        indent = 2 if "\n" in text.strip() else None
        return text[:start] + json.dumps(shown, indent=indent) + text[end:]

    def _as_text(self, text: str) -> str:
        reader = Window(self._screen)
        return reader.feed(text) + reader.close()


class _Large(Window):
    """A document that is too large to be read whole: what a key names is found in its text, if it is a short value."""

    def edits(self, text: str) -> Any:
        """As in any text.

        Raises:
            Withheld: a key that must not be shown has a structure or a long text.
        """
        if any(kind_of(match["key"]) for match in _NESTED.finditer(text)):
            raise Withheld(Reason.FORBIDDEN)
        return super().edits(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that says something twice would hide the first from us, and not from everybody."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _document(text: str) -> dict[str, Any] | list[Any] | None:
    try:
        found = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None
