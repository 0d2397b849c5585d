"""A store in a folder: the default on one machine. Readable by its own user only; survives loss of power."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from vault.draft import Draft, Publishing, Sync, publish, sync_folder
from vault.objects import BLOCK_BYTES, NotInVault, checked, checked_folder
from vault.settling import Settling
from vault.threads import to_the_end

SMALL_BYTES = 64 * 1024
"""What is no larger is written and read where it is asked for: that takes less than to hand it to a thread."""

_COMMA = ","
_FOLDERS = 2
"""How many segments of a name are folders; what follows is the file's name."""

_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class DiskStore:
    """Objects as files below `root`.

    `a/b/c/d` lies as the file `c,d` in the folder `a/b`: each new folder costs two waits for the disk, and an owner's
    many small objects then need one. No name has a comma.

    An object appears by a rename, after its bytes are on the disk. Files are 0600, folders 0700. Small objects wait
    for the disk together. A crash may leave a hidden `.<name>.<random>` beside an object: it is never listed or read,
    and `delete` removes it with its object.

    Args:
        root: the folder; made when it is missing.
        durable: wait for the disk. What may be lost with the power need not.
        sync: how to wait for it.
    """

    def __init__(self, root: Path, *, durable: bool = True, sync: Sync = os.fsync) -> None:
        self._root = root.absolute()
        self._sync = sync if durable else _unsynced
        self._settling = Settling(sync) if durable else None
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def write(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Write or replace an object; nothing of it is seen when the stream breaks off."""
        draft = Draft(self._root, self._path(name))
        held = bytearray()
        is_small = True
        try:
            async for chunk in chunks:
                held += chunk
                if len(held) >= BLOCK_BYTES:
                    await to_the_end(draft.append, held)
                    held, is_small = bytearray(), False
            publishing = draft.publishing(held, replace=True)
            if is_small and len(held) <= SMALL_BYTES:
                await self._publish(publishing)
            else:
                await to_the_end(partial(publish, publishing), self._sync)
        except BaseException:
            draft.discard()
            raise

    async def create(self, name: str, data: bytes) -> bool:
        """Write an object unless one is there: a hard link is made only where nothing is."""
        return await self._publish(Draft(self._root, self._path(name)).publishing(data, replace=False))

    async def read(self, name: str) -> bytes:
        """An object, whole, or `NotInVault`."""
        try:
            file, block = self._opened(name)
            with file:
                return block if len(block) <= SMALL_BYTES else block + await asyncio.to_thread(file.read)
        except _ABSENT:
            raise NotInVault(name) from None

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """An object in blocks, or `NotInVault`; replaced meanwhile, it is still read as it was."""
        try:
            file, block = self._opened(name)
        except _ABSENT:
            raise NotInVault(name) from None
        with file:
            while block:
                yield block
                is_more = len(block) in {SMALL_BYTES + 1, BLOCK_BYTES}
                block = await asyncio.to_thread(file.read, BLOCK_BYTES) if is_more else b""

    async def names(self, prefix: str) -> list[str]:
        """Every name that starts with the prefix, sorted."""
        if prefix.count("/") >= _FOLDERS:  # within one folder
            return self._names_in(prefix)
        return await asyncio.to_thread(self._names, prefix)

    async def exists(self, name: str) -> bool:
        """Whether there is an object of this name."""
        return self._path(name).is_file()

    async def delete(self, name: str) -> None:
        """Delete an object and what a crash may have left of it."""
        await asyncio.to_thread(self._delete, self._path(name))

    async def delete_all(self, prefix: str) -> None:
        """Delete a folder and everything below."""
        await asyncio.to_thread(self._delete_all, checked_folder(prefix))

    async def _publish(self, publishing: Publishing) -> bool:
        return await self._settling.publish(publishing) if self._settling else publish(publishing, self._sync)

    def _opened(self, name: str) -> tuple[BinaryIO, bytes]:
        """An object's file, and its first block; one that is longer shows in that block's length."""
        file = self._path(name).open("rb")
        return file, file.read(SMALL_BYTES + 1)

    def _path(self, name: str) -> Path:
        folders, rest = _split(checked(name))
        return self._root.joinpath(*folders, _COMMA.join(rest))

    def _names(self, prefix: str) -> list[str]:
        folder = prefix.rpartition("/")[0]
        below = self._root.joinpath(*_split(checked(folder) + "/-")[0]) if folder else self._root
        root = len(str(self._root)) + 1
        found = (
            f"{place[root:]}/{file}".removeprefix("/").replace(_COMMA, "/")
            for place, _, files in os.walk(below)
            for file in files
            if not file.startswith(".")
        )
        return sorted(name for name in found if name.startswith(prefix))

    def _names_in(self, prefix: str) -> list[str]:
        """Of one folder, below which there is none."""
        folder, _, beginning = prefix.rpartition("/")
        folders, rest = _split(checked(folder) + "/-")
        place, start = "/".join(folders) + "/", _COMMA.join([*rest[:-1], beginning])
        try:
            files = os.listdir(self._root.joinpath(*folders))  # noqa: PTH208 - names, not a path made of each
        except _ABSENT:
            return []
        return sorted(place + file.replace(_COMMA, "/") for file in files if file.startswith(start) and file[0] != ".")

    def _delete(self, path: Path) -> None:
        with suppress(*_ABSENT):
            path.unlink()
        with suppress(*_ABSENT), os.scandir(path.parent) as siblings:
            for sibling in siblings:
                if sibling.name.startswith(f".{path.name}."):
                    Path(sibling.path).unlink(missing_ok=True)
            sync_folder(path.parent, self._sync)

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
            sync_folder(folder, self._sync)


def _split(name: str) -> tuple[list[str], list[str]]:
    """A name's folders, and the segments of its file."""
    segments = name.split("/")
    folders = min(_FOLDERS, len(segments) - 1)
    return segments[:folders], segments[folders:]


def _unsynced(_: int) -> None:
    pass
