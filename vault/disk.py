"""A store in a folder: the default on one machine. Readable by its own user only; survives loss of power."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from vault.objects import BLOCK_BYTES, BadName, NotInVault, checked, checked_folder
from vault.threads import to_the_end

_COMMA = ","
_FOLDERS = 2
"""How many segments of a name are folders; what follows is the file's name."""

_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class DiskStore:
    """Objects as files below `root`.

    `a/b/c/d` lies as the file `c,d` in the folder `a/b`: each new folder costs two waits for the disk, and an owner's
    many small objects then need one. No name has a comma.

    An object appears by a rename, after its bytes are on the disk. Files are 0600, folders 0700. A small object
    costs one hop to a thread. A crash may leave a hidden `.<name>.<random>` beside an object: it is never listed
    or read, and `delete` removes it with its object.

    Args:
        root: the folder; made when it is missing.
        durable: wait for the disk (`fsync`). What may be lost with the power need not.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._root = root.absolute()
        self._durable = durable
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def write(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Write or replace an object; nothing of it is seen when the stream breaks off."""
        draft = _Draft(self._root, self._path(name), durable=self._durable)
        held = bytearray()
        try:
            async for chunk in chunks:
                held += chunk
                if len(held) >= BLOCK_BYTES:
                    await to_the_end(draft.append, held)
                    held = bytearray()
            await to_the_end(draft.publish, held)
        except BaseException:
            draft.discard()
            raise

    async def create(self, name: str, data: bytes) -> bool:
        """Write an object unless one is there: a hard link is made only where nothing is."""
        draft = _Draft(self._root, self._path(name), durable=self._durable)
        return await to_the_end(draft.publish_new, data)

    async def read(self, name: str) -> bytes:
        """An object, whole, or `NotInVault`."""
        path = self._path(name)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except _ABSENT:
            raise NotInVault(name) from None

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """An object in blocks, or `NotInVault`; replaced meanwhile, it is still read as it was."""
        path = self._path(name)
        try:
            file, block = await asyncio.to_thread(_open, path)
        except _ABSENT:
            raise NotInVault(name) from None
        with file:
            while block:
                yield block
                block = await asyncio.to_thread(file.read, BLOCK_BYTES) if len(block) == BLOCK_BYTES else b""

    async def names(self, prefix: str) -> list[str]:
        """Every name that starts with the prefix, sorted."""
        return await asyncio.to_thread(self._names, prefix)

    async def exists(self, name: str) -> bool:
        """Whether there is an object of this name."""
        return await asyncio.to_thread((self._path(name)).is_file)

    async def delete(self, name: str) -> None:
        """Delete an object and what a crash may have left of it."""
        await asyncio.to_thread(self._delete, self._path(name))

    async def delete_all(self, prefix: str) -> None:
        """Delete a folder and everything below."""
        await asyncio.to_thread(self._delete_all, checked_folder(prefix))

    def _path(self, name: str) -> Path:
        folders, rest = _split(checked(name))
        return self._root.joinpath(*folders, _COMMA.join(rest))

    def _names(self, prefix: str) -> list[str]:
        folder = prefix.rpartition("/")[0]
        below = self._root.joinpath(*_split(checked(folder) + "/-")[0]) if folder else self._root
        found = (
            (Path(place) / file).relative_to(self._root).as_posix().replace(_COMMA, "/")
            for place, _, files in os.walk(below)
            for file in files
            if not file.startswith(".")
        )
        return sorted(name for name in found if name.startswith(prefix))

    def _delete(self, path: Path) -> None:
        with suppress(*_ABSENT):
            path.unlink()
        with suppress(*_ABSENT), os.scandir(path.parent) as siblings:
            for sibling in siblings:
                if sibling.name.startswith(f".{path.name}."):
                    Path(sibling.path).unlink(missing_ok=True)
            _sync(path.parent, durable=self._durable)

    def _delete_all(self, prefix: str) -> None:
        folders, rest = _split(prefix + "-")
        folder = self._root.joinpath(*folders)
        with suppress(*_ABSENT):
            if len(rest) == 1:
                shutil.rmtree(folder)
                folder = folder.parent
            else:
                below = _COMMA.join(rest[:-1]) + _COMMA
                for file in list(folder.iterdir()):
                    if file.name.removeprefix(".").startswith(below):
                        file.unlink(missing_ok=True)
            _sync(folder, durable=self._durable)


class _Draft:
    """An object that is being written. All of it blocks: it runs in a thread."""

    def __init__(self, root: Path, path: Path, *, durable: bool) -> None:
        self._root = root
        self._path = path
        self._durable = durable
        self._file: BinaryIO | None = None
        self._place = ""

    def append(self, data: bytes | bytearray) -> None:
        self._opened().write(data)

    def publish(self, data: bytes | bytearray) -> None:
        self._finish(data)
        try:
            Path(self._place).replace(self._path)
        except OSError as error:
            raise self._explained(error) from None
        _sync(self._path.parent, durable=self._durable)

    def publish_new(self, data: bytes) -> bool:
        try:
            self._finish(data)
            os.link(self._place, self._path)
        except FileExistsError:
            return False
        finally:
            self.discard()
        _sync(self._path.parent, durable=self._durable)
        return True

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
            Path(self._place).unlink(missing_ok=True)

    def _finish(self, data: bytes | bytearray) -> None:
        file = self._opened()
        file.write(data)
        file.flush()
        if self._durable:
            os.fsync(file.fileno())
        file.close()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = self._open()
        return self._file

    def _open(self) -> BinaryIO:
        try:
            self._make_folder(self._path.parent)
        except OSError as error:
            raise self._explained(error) from None
        descriptor, self._place = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        return os.fdopen(descriptor, "wb")

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent, durable=self._durable)

    def _explained(self, error: OSError) -> Exception:
        if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
            return BadName(f"{self._path.relative_to(self._root)}: an object and a folder cannot share a name")
        return error


def _split(name: str) -> tuple[list[str], list[str]]:
    """A name's folders, and the segments of its file."""
    segments = name.split("/")
    folders = min(_FOLDERS, len(segments) - 1)
    return segments[:folders], segments[folders:]


def _open(path: Path) -> tuple[BinaryIO, bytes]:
    file = path.open("rb")
    return file, file.read(BLOCK_BYTES)


def _sync(folder: Path, *, durable: bool) -> None:
    """Make a rename or a deletion in this folder last."""
    if not durable:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
