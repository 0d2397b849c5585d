"""Text of any length: a window goes over it, and what is found across its edges is found once and whole."""

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsar.redaction import REACH, Screen
from vault.outbound.stages import Reason, Withheld

WINDOW = 64 * 1024
"""Characters looked at together, with `REACH` more on either side."""


@dataclass(frozen=True)
class Edit:
    """A part of a text that is replaced; `spans` are left out, `shown` stands where the first one was."""

    spans: tuple[tuple[int, int], ...]
    kind: str
    shown: str

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.spans[-1][1]


class Window:
    """Text in, text out; `edits` says what of a text is replaced, `cut` where a text may be parted."""

    def __init__(self, screen: Screen, *, window: int = WINDOW, reach: int = REACH) -> None:
        self._screen = screen
        self._window = window
        self._reach = reach
        self._text = ""
        self._done = 0
        """So much of the text has left already, and is kept for what stands before a find."""

    def feed(self, text: str) -> str:
        """The next text in; what is decided by now out."""
        self._text += text
        return self._left(final=False) if len(self._text) - self._done >= self._window + self._reach else ""

    def close(self) -> str:
        """The rest."""
        return self._left(final=True)

    def edits(self, text: str) -> Sequence[Edit]:
        """What of a text is replaced, in order."""
        return [Edit(((hit.start, hit.end),), hit.kind, hit.shown) for hit in self._screen.hits(text)]

    def cut(self, text: str, at: int) -> int:
        """The last place before `at` where a text can be parted."""
        return at

    def _left(self, *, final: bool) -> str:
        edits = self.edits(self._text)
        end = len(self._text) if final else self._end(edits)
        pieces, at = [], self._done
        for edit in edits:
            if edit.end <= self._done or edit.start >= end:
                continue
            self._screen.found[edit.kind] += 1
            for number, (start, stop) in enumerate(edit.spans):
                pieces.append(self._text[at : max(at, start)])
                pieces += [edit.shown] if number == 0 else []
                at = max(at, stop)
        pieces.append(self._text[at : max(at, end)])
        kept = self.cut(self._text, max(0, end - self._reach))
        self._text, self._done = self._text[kept:], max(at, end) - kept
        return "".join(pieces)

    def _end(self, edits: Sequence[Edit]) -> int:
        """How far the text is decided: what a find could still reach into stays."""
        end = self.cut(self._text, len(self._text) - self._reach)
        if len(self._text) - self._done < 4 * (self._window + self._reach):  # else a find without end: it is cut
            end = next((edit.start for edit in edits if edit.start < end < edit.end), end)
        return max(end, self._done)


class Reader(Protocol):
    """Something that text goes through."""

    def feed(self, text: str) -> str:
        """The next text in; what is decided by now out."""

    def close(self) -> str:
        """The rest."""


class Text:
    """A text file, in the encoding that it has."""

    def __init__(self, encoding: str, inner: Reader) -> None:
        errors = {"utf-8": "surrogateescape", "latin-1": "strict"}.get(encoding, "surrogatepass")
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._encode: Callable[[str], bytes] = lambda text: text.encode(encoding, errors)
        self._inner = inner

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; what is decided by now out."""
        return self._encode(self._inner.feed(self._decoded(data)))

    def close(self) -> bytes:
        """The rest."""
        return self._encode(self._inner.feed(self._decoded(b"", final=True)) + self._inner.close())

    def _decoded(self, data: bytes, *, final: bool = False) -> str:
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError:  # UTF-16 only: the others take every byte
            raise Withheld(Reason.UNREADABLE) from None
