"""An object that is being written: bytes in a hidden file beside the place where it will appear. All of it blocks."""

import os
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeAlias

from vault.objects import BadName

Sync: TypeAlias = Callable[[int], None]
"""Waits until what a descriptor stands for is on the disk: `os.fsync`."""

Publishing: TypeAlias = Generator[Sequence[int], None, bool]
"""Goes on each time that the descriptors which it yields are synced; returns whether the object has its name."""


class Draft:
    """One object below `root`."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self._path = path
        self._place = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        self._is_there = False
        self._descriptor: int | None = None
        self._folders = {path.parent}

    def append(self, data: bytes | bytearray) -> int:
        """Add bytes; the descriptor of the file that they went to."""
        if self._descriptor is None:
            self._descriptor = self._opened()
            self._is_there = True
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        return self._descriptor

    def publishing(self, data: bytes | bytearray, *, replace: bool) -> Publishing:
        """Add the last bytes; once they last, give the object its name; then that has to last.

        Without `replace`, it gets it only where nothing is.

        Raises:
            BadName: the name is a folder's, or a part of it an object's.
        """
        try:
            yield (self.append(data),)
            self._close()
            if not self._appears(replace=replace):
                return False
            with ExitStack() as stack:
                yield [_opened_folder(folder, stack) for folder in self._folders]
            return True
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing of what has not appeared."""
        self._close()
        if self._is_there:
            self._place.unlink(missing_ok=True)
            self._is_there = False

    def _appears(self, *, replace: bool) -> bool:
        """Whether it does; a link is made only where nothing is."""
        try:
            if not replace:
                os.link(self._place, self._path)
                self.discard()
                return True
            self._place.replace(self._path)
        except FileExistsError:
            if replace:
                raise self._shared() from None
            return False
        except (NotADirectoryError, IsADirectoryError):
            raise self._shared() from None
        self._is_there = False
        return True

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with suppress(FileNotFoundError):
                return os.open(self._place, flags, 0o600)
            self._make_folder(self._path.parent)
            return os.open(self._place, flags, 0o600)
        except (FileExistsError, NotADirectoryError):
            raise self._shared() from None

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folders.add(folder.parent)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _shared(self) -> BadName:
        return BadName(f"{self._path.relative_to(self._root)}: an object and a folder cannot share a name")


def publish(publishing: Publishing, sync: Sync) -> bool:
    """See one object through; whether it has its name."""
    while True:
        try:
            descriptors = next(publishing)
        except StopIteration as end:
            return bool(end.value)
        for descriptor in descriptors:
            sync(descriptor)


def sync_folder(folder: Path, sync: Sync) -> None:
    """Make what was deleted from this folder stay away."""
    with ExitStack() as stack:
        sync(_opened_folder(folder, stack))


def _opened_folder(folder: Path, stack: ExitStack) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, descriptor)
    return descriptor
