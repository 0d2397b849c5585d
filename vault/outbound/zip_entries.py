"""A ZIP archive read from front to back, as it comes: no list at its end is needed, or believed."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from vault.outbound.packed import Deflated
from vault.outbound.stages import Budget, Reason, Withheld

_FILE = b"PK\x03\x04"
_LISTS = frozenset({b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"})
_HEADER = struct.Struct("<4s5H3L2H")
_LOCKED = 0x1 | 0x40 | 0x2000
_SIZES_FOLLOW, _UTF8 = 0x8, 0x800
_STORED, _DEFLATED = 0, 8
_IN_64 = 0xFFFFFFFF
_SIZES = (("<4sLLL", True), ("<4sLQQ", True), ("<LLL", False), ("<LQQ", False))
"""How the sizes after a file can be written: with or without a mark, in 32 or 64 bits."""
_LONGEST_SIZES = 24 + 2


@dataclass
class Entry:
    """A file that begins."""

    name: str
    stored: bool
    stamp: tuple[int, int]
    """Day and time, as the format has them."""
    left: int = 0
    """Bytes of a stored one that are still to come."""
    sizes_follow: bool = False
    given: int = 0
    unpacker: Deflated = field(default_factory=lambda: Deflated(-15))


class Ended(Enum):
    """A file that ends."""

    HERE = auto()


class Entries:
    """Files out of an archive's bytes."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = bytearray()
        self._entry: Entry | None = None
        self._all_in = False
        """All of the file that is being read is there; its sizes may follow."""
        self._over = False

    def feed(self, data: bytes) -> Iterator[Entry | bytes | Ended]:
        """The next bytes in; each file that begins, its content in blocks, and its end."""
        if self._over:
            return
        self._held += data
        while not self._over:
            if self._entry is None:
                self._entry = self._begun()
                if self._entry is None:
                    return
                yield self._entry
            if not self._all_in:
                yield from self._stored() if self._entry.stored else self._deflated()
            if not self._all_in or not self._sizes_passed():
                return
            self._entry, self._all_in = None, False
            yield Ended.HERE

    def close(self) -> None:
        """The archive is over.

        Raises:
            Withheld: it was not whole.
        """
        if not self._over:
            raise Withheld(Reason.DAMAGED)

    def _begun(self) -> Entry | None:
        if len(self._held) < 4:
            return None
        mark = bytes(self._held[:4])
        if mark in _LISTS:
            self._over = True
            self._held.clear()
            return None
        if mark != _FILE:
            raise Withheld(Reason.DAMAGED)
        if len(self._held) < _HEADER.size:
            return None
        _, _, flags, method, time, day, _, packed, size, name_length, more = _HEADER.unpack_from(self._held)
        start = _HEADER.size
        if len(self._held) < start + name_length + more:
            return None
        raw = bytes(self._held[start : start + name_length])
        extra = bytes(self._held[start + name_length : start + name_length + more])
        del self._held[: start + name_length + more]
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        if flags & _LOCKED:
            raise Withheld(Reason.LOCKED)
        follow = bool(flags & _SIZES_FOLLOW)
        if name.endswith("/") and not packed and not follow:
            method = _STORED
        if method not in {_STORED, _DEFLATED} or (method == _STORED and follow and not packed):
            raise Withheld(Reason.UNKNOWN)
        left = _packed_size(packed, size, extra)
        return Entry(name, method == _STORED, (day, time), left, follow)

    def _stored(self) -> Iterator[bytes]:
        entry = self._now
        block = bytes(self._held[: entry.left])
        del self._held[: len(block)]
        entry.left -= len(block)
        entry.given += len(block)
        self._all_in = entry.left == 0
        if block:
            self._budget.unpacked(len(block), len(block))
            yield block

    def _deflated(self) -> Iterator[bytes]:
        entry, data = self._now, bytes(self._held)
        self._held.clear()
        taken = len(data)
        while True:
            try:
                block = entry.unpacker.more(data)
            except zlib.error:
                raise Withheld(Reason.DAMAGED) from None
            self._budget.unpacked(len(block), taken)
            entry.given += len(block)
            data, taken = b"", 0
            if block:
                yield block
            if entry.unpacker.eof:
                self._held += entry.unpacker.unused_data
                self._budget.packed -= len(entry.unpacker.unused_data)
                self._all_in = True
                return
            if not block:
                return

    def _sizes_passed(self) -> bool:
        """Whether what follows a file's content has been read."""
        entry = self._now
        if not entry.sizes_follow:
            return True
        if len(self._held) < _LONGEST_SIZES:
            return False
        for form, marked in _SIZES:
            length = struct.calcsize(form)
            *mark, _, _, size = struct.unpack_from(form, self._held)
            right = size == entry.given and self._held[length : length + 2] == b"PK"
            if right and (not marked or mark[0] == b"PK\x07\x08"):
                del self._held[:length]
                return True
        raise Withheld(Reason.DAMAGED)

    @property
    def _now(self) -> Entry:
        if self._entry is None:
            raise RuntimeError("no file has begun")
        return self._entry


def _packed_size(packed: int, size: int, extra: bytes) -> int:
    """The size of a stored file; where it does not fit its field, it stands in another."""
    if packed != _IN_64:
        return packed
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1 and length >= 16 and size == _IN_64:
            return int(struct.unpack_from("<Q", extra, at + 12)[0])
        at += 4 + length
    raise Withheld(Reason.DAMAGED)


def stays(name: str) -> str:
    """A name within an archive that unpacks below where it is unpacked, whatever it was."""
    parts = [re.sub(r"[:\0-\x1f]", "_", part) for part in re.split(r"[/\\]", name)]
    kept = [part for part in parts if part.strip(". ")]
    return ("/".join(kept) or "file") + ("/" if name.endswith("/") and kept else "")
