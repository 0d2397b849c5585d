"""A ZIP archive written from front to back: no file, no seeking; sizes stand after each file, as the format allows."""

import struct
import zlib
from dataclasses import dataclass, field
from typing import Protocol

from vault.outbound.stages import Reason, Withheld

_LOCAL = struct.Struct("<4s5H3L2H")
_LISTED = struct.Struct("<4s6H3L5H2L")
_SIZES = struct.Struct("<4s3L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 20
_FLAGS = 0x8 | 0x800
"""Sizes follow; names are UTF-8."""
_UNIX = 3 << 8
_LARGEST = 0xFFFFFFFF


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _AsItIs:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


@dataclass
class _Written:
    name: bytes
    method: int
    stamp: tuple[int, int]
    at: int
    packer: _Packer
    crc: int = 0
    size: int = 0
    packed: int = 0


@dataclass
class ZipWriter:
    """Files one after the other. Every method gives the bytes that it adds."""

    _files: list[_Written] = field(default_factory=list)
    _at: int = 0

    def begin(self, name: str, stamp: tuple[int, int], *, stored: bool) -> bytes:
        """A file begins; the one before has ended. `stamp`: date and time as the format has them."""
        packer: _Packer = _AsItIs() if stored else zlib.compressobj(wbits=-15)
        raw = name.encode("utf-8", "replace")
        file = _Written(raw, 0 if stored else 8, stamp, self._at, packer)
        self._files.append(file)
        day, time = stamp
        head = _LOCAL.pack(b"PK\x03\x04", _VERSION, _FLAGS, file.method, time, day, 0, 0, 0, len(raw), 0)
        return self._added(head + raw)

    def write(self, data: bytes) -> bytes:
        """More of the file that has begun."""
        file = self._files[-1]
        file.crc = zlib.crc32(data, file.crc)
        file.size += len(data)
        return self._packed(file, file.packer.compress(data))

    def end(self) -> bytes:
        """The file ends."""
        file = self._files[-1]
        rest = self._packed(file, file.packer.flush())
        return rest + self._added(_SIZES.pack(b"PK\x07\x08", file.crc, file.packed, file.size))

    def close(self) -> bytes:
        """The list of the files."""
        start = self._at
        listed = b"".join(map(_listed, self._files))
        count = len(self._files)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), start, 0)
        return self._added(listed + end)

    def _packed(self, file: _Written, data: bytes) -> bytes:
        file.packed += len(data)
        return self._added(data)

    def _added(self, data: bytes) -> bytes:
        self._at += len(data)
        if self._at > _LARGEST:
            raise Withheld(Reason.TOO_LARGE)
        return data


def _listed(file: _Written) -> bytes:
    day, time = file.stamp
    mode = (0o755 << 16 | 0x10) if file.name.endswith(b"/") else 0o644 << 16
    head = _LISTED.pack(
        b"PK\x01\x02", _UNIX | _VERSION, _VERSION, _FLAGS, file.method, time, day, file.crc, file.packed, file.size,
        len(file.name), 0, 0, 0, 0, mode, file.at,
    )  # fmt: skip
    return head + file.name
