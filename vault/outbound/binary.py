"""Files that we cannot take apart: looked through for text that stands in them, and sent whole or not at all."""

import re
from collections.abc import Iterator

from dsar.others import OTHER
from dsar.redaction import REACH, Screen
from vault.outbound.stages import Reason, Withheld

_RUN = re.compile(rb"[\x20-\x7e\t\r\n]{16,}")
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e\t\r\n]\0){12,}")
"""A row of letters that long is no chance."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WINDOW = 256 * 1024


class Binary:
    """What cannot be changed in place."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen.quiet()
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The same bytes, unless something in them may not leave."""
        self._held += data
        if len(self._held) >= _WINDOW:
            self._look_through()
            self._held = self._held[-2 * REACH :]
        return data

    def close(self) -> bytes:
        """Nothing more."""
        self._look_through()
        return b""

    def _look_through(self) -> None:
        if _ENCRYPTED in self._held:
            raise Withheld(Reason.LOCKED)
        for text in self._texts():
            must_stay(self._screen, text)

    def _texts(self) -> Iterator[str]:
        yield from (run.group().decode("ascii") for run in _RUN.finditer(self._held))
        yield from (run.group().decode("utf-16-le") for run in _WIDE_RUN.finditer(self._held))


def must_stay(screen: Screen, text: str) -> None:
    """Look through a text that cannot be changed.

    Raises:
        Withheld: something in it may not leave.
    """
    parts = (text[at : at + _WINDOW + REACH] for at in range(0, len(text), _WINDOW))
    kinds = {hit.kind for part in parts for hit in screen.hits(part)}
    if kinds - {OTHER}:
        raise Withheld(Reason.FORBIDDEN)
    if kinds:
        raise Withheld(Reason.OTHERS)
