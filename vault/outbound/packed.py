"""One file, packed: unpacked, looked through, and packed again."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from vault.outbound.kinds import Kind
from vault.outbound.stages import Look, Reason, Stage, Withheld

BLOCK = 64 * 1024
"""Bytes unpacked at a time."""


class Unpacker(Protocol):
    """Bytes out of packed ones, no more at once than asked for."""

    @property
    def eof(self) -> bool:
        """Whether the packed data is over."""

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""

    def more(self, data: bytes) -> bytes:
        """At most `BLOCK` bytes; ask again with nothing while there can be more."""


class Deflated:
    """zlib's, in any of its wrappings."""

    def __init__(self, wrapping: int) -> None:
        self._inner = zlib.decompressobj(wrapping)
        self.tail = b""

    @property
    def eof(self) -> bool:
        """Whether the packed data is over."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What came after its end."""
        return self._inner.unused_data

    def more(self, data: bytes) -> bytes:
        """At most a block."""
        found = self._inner.decompress(self.tail + data, BLOCK)
        self.tail = self._inner.unconsumed_tail
        return found


class _Other:
    """bzip2's and xz's keep what they have not unpacked yet themselves."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def more(self, data: bytes) -> bytes:
        if not data and self._inner.needs_input:
            return b""
        return self._inner.decompress(data, BLOCK)


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


_UNPACKERS: dict[Kind, Callable[[], Unpacker]] = {
    Kind.GZIP: lambda: Deflated(31),
    Kind.BZIP2: lambda: _Other(bz2.BZ2Decompressor()),
    Kind.XZ: lambda: _Other(lzma.LZMADecompressor(memlimit=128 * 1024**2)),
}
_PACKERS: dict[Kind, Callable[[], _Packer]] = {
    Kind.GZIP: lambda: zlib.compressobj(wbits=31),
    Kind.BZIP2: bz2.BZ2Compressor,
    Kind.XZ: lambda: lzma.LZMACompressor(preset=3),
}


class Packed:
    """A packed file; several that follow one another are one, as unpackers take them."""

    def __init__(self, kind: Kind, look: Look, inner: Stage) -> None:
        self._kind = kind
        self._look = look
        self._inner = inner
        self._unpacker = _UNPACKERS[kind]()
        self._packer = _PACKERS[kind]()

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; what is decided by now out."""
        shown = [self._packer.compress(self._inner.feed(block)) for block in self._unpacked(data)]
        return b"".join(shown)

    def close(self) -> bytes:
        """The rest."""
        if not self._unpacker.eof:
            raise Withheld(Reason.DAMAGED)
        return self._packer.compress(self._inner.close()) + self._packer.flush()

    def _unpacked(self, data: bytes) -> list[bytes]:
        blocks: list[bytes] = []
        taken = len(data)
        try:
            while True:
                if self._unpacker.eof:
                    rest = (self._unpacker.unused_data + data).lstrip(b"\0")
                    if not rest:
                        break
                    self._unpacker, data = _UNPACKERS[self._kind](), rest
                block = self._unpacker.more(data)
                data = b""
                self._look.budget.unpacked(len(block), taken)
                taken = 0
                if block:
                    blocks.append(block)
                elif not self._unpacker.eof:
                    break
        except (zlib.error, OSError, lzma.LZMAError, EOFError):
            raise Withheld(Reason.DAMAGED) from None
        return blocks
