"""A ZIP that is written while it is read: no file, no seeking, constant memory but for the list of its members."""

import hashlib
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime

from dsar.frozen import Frozen
from vault.threads import to_the_end

SMALL_BYTES = 32 * 1024
"""To compress what is no longer takes less than to hand it to a thread, or not much more."""

_PACKED_ALREADY = ("image/", "audio/", "video/", "application/zip", "application/gzip", "application/pdf")


class Member(Frozen):
    """A member as the manifest lists it."""

    path: str
    sha256: str
    bytes: int


class _Sink:
    """What `zipfile` writes to: it cannot seek, so sizes come after each member, as the format allows."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


class Archive:
    """Members one after the other, each with the hash and size of its content. All have the same date.

    What takes long to compress is compressed in a thread. Close it, also after a failure.
    """

    def __init__(self, dated: datetime) -> None:
        self.members: list[Member] = []
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w")
        self._dated = dated.timetuple()[:6]

    async def add(
        self, path: str, content: AsyncIterator[bytes], media_type: str = "text/plain"
    ) -> AsyncIterator[bytes]:
        """Add a member; yields the bytes of the archive as they come to be."""
        info = zipfile.ZipInfo(path, self._dated)
        info.compress_type = zipfile.ZIP_STORED if media_type.startswith(_PACKED_ALREADY) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest = hashlib.sha256()
        size = 0
        with self._zip.open(info, "w", force_zip64=True) as member:  # its size is not known, it may pass 4 GiB

            def write(block: bytes) -> None:
                digest.update(block)
                member.write(block)

            async for block in content:
                size += len(block)
                if len(block) > SMALL_BYTES:
                    await to_the_end(write, block)
                else:
                    write(block)
                if written := self._sink.take():
                    yield written
        self.members.append(Member(path=path, sha256=digest.hexdigest(), bytes=size))

    def close(self) -> bytes:
        """The rest of the archive."""
        self._zip.close()
        return self._sink.take()
