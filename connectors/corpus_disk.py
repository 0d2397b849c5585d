"""The corpus on disk: read whole, written whole or not at all, by one at a time.

What is written goes to a file beside the old one, reaches the disk, and takes its place in one step. Whoever else
writes there takes the same lock, that of the manifest's folder: `flock /srv/corpus add-assets`. Who does not is
noticed, and all is done again with what they wrote.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

BETWEEN_TRIES = 0.05
CHUNK = 1 << 20
UNFINISHED = ".unfinished"
"""What the name of a file ends with that was not written to its end: the next to write overwrites it."""

T = TypeVar("T")


class Busy(Exception):
    """Somebody else holds the lock, or writes without it."""


class Seen:
    """A file as it was read, and by what a change since is noticed."""

    def __init__(self, path: Path, content: bytes, mark: tuple[int, ...]) -> None:
        self.path = path
        self.content = content
        self.mark = mark


class Disk:
    """The real one. Every method blocks."""

    def read(self, path: Path) -> Seen:
        """A whole file."""
        with path.open("rb") as file:
            return Seen(path, file.read(), _mark(os.fstat(file.fileno())))

    def replace(self, seen: Seen, content: bytes) -> None:
        """Put this in the place of what was read, with the same permissions; only while the lock is held.

        Raises:
            Busy: somebody wrote there since it was read.
        """
        unfinished = seen.path.with_name(f".{seen.path.name}{UNFINISHED}")
        with unfinished.open("wb") as file:
            os.fchmod(file.fileno(), seen.path.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if _mark(seen.path.stat()) != seen.mark:
            unfinished.unlink()
            raise Busy
        unfinished.replace(seen.path)
        self._reach_disk(seen.path.parent)

    def remove(self, path: Path) -> None:
        """Delete a file, if it is there."""
        path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            self._reach_disk(path.parent)

    def open(self, path: Path) -> BinaryIO:
        """A file to be read in pieces."""
        return path.open("rb")

    @contextmanager
    def locked(self, folder: Path, seconds: float) -> Iterator[None]:
        """Hold the folder's lock.

        Raises:
            Busy: somebody else holds it for longer than we wait.
        """
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._lock(handle, seconds)
            yield
        finally:
            os.close(handle)  # which also gives the lock back

    def _lock(self, handle: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise Busy from None
            time.sleep(BETWEEN_TRIES)

    def _reach_disk(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


async def in_thread(work: Callable[[], T]) -> T:
    """Blocking work beside the event loop; when cancelled, its end is still awaited: a thread cannot be stopped."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise


def _mark(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
