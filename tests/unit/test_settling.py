"""Small objects wait for the disk together, and none is there, or said to be, before its turn."""

import asyncio
import errno
import threading
from pathlib import Path

import pytest

from vault.store import DiskStore, one


class Disk:
    """A disk that can be made to take its time, and to fail; remembers what of it was synced, and where."""

    def __init__(self) -> None:
        self.synced: list[str] = []
        self.threads: set[int] = set()
        self.spins = threading.Event()
        self.spins.set()
        self.broken = ""

    def sync(self, descriptor: int) -> None:
        """Like `os.fsync`."""
        self.threads.add(threading.get_ident())
        self.spins.wait()
        place = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if self.broken and self.broken in place:
            raise OSError(errno.EIO, "broken")
        self.synced.append(place)


def shown(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def test_an_object_is_said_to_be_there_once_its_bytes_and_its_name_last(tmp_path: Path) -> None:
    """First the file, then each folder in which something is new."""
    disk = Disk()
    store = DiskStore(tmp_path, sync=disk.sync)

    await store.write("objects/me/plan/1", one(b"x"))

    draft, *folders = disk.synced
    assert draft.startswith(f"{tmp_path}/objects/me/.plan,1.")
    assert set(folders) == {str(tmp_path), f"{tmp_path}/objects", f"{tmp_path}/objects/me"}


async def test_an_object_is_not_seen_before_its_bytes_last(tmp_path: Path) -> None:
    """Whoever reads it reads what no loss of power takes back."""
    disk = Disk()
    store = DiskStore(tmp_path, sync=disk.sync)
    disk.spins.clear()

    writing = asyncio.create_task(store.write("objects/me/x", one(b"x")))
    await asyncio.sleep(0.01)
    early = await store.exists("objects/me/x")
    disk.spins.set()
    await writing

    assert not early
    assert await store.exists("objects/me/x")


async def test_what_comes_while_the_disk_is_waited_for_shares_the_next_round(tmp_path: Path) -> None:
    """Thirty objects in one folder: each file is synced, the folder for all of them at once."""
    disk = Disk()
    store = DiskStore(tmp_path, sync=disk.sync)
    await store.write("objects/me/first", one(b""))
    disk.synced.clear()

    await asyncio.gather(*(store.write(f"objects/me/{n}", one(b"x")) for n in range(30)))

    assert len(disk.threads) <= 2
    assert len([place for place in disk.synced if "/." in place]) == 30
    assert len(await store.names("objects/me/")) == 31


async def test_a_disk_that_fails_fails_only_what_it_did_not_take(tmp_path: Path) -> None:
    """The others of the round are kept, and of the one that failed nothing is left."""
    disk = Disk()
    store = DiskStore(tmp_path, sync=disk.sync)
    disk.broken = "bad"

    good, bad = await asyncio.gather(
        store.write("objects/me/good", one(b"x")), store.write("objects/me/bad", one(b"x")), return_exceptions=True
    )

    assert good is None
    assert isinstance(bad, OSError)
    assert shown(tmp_path) == {"good"}


async def test_who_is_cancelled_hears_of_it_once_it_is_decided(tmp_path: Path) -> None:
    """So nothing appears behind the back of whoever goes on."""
    disk = Disk()
    store = DiskStore(tmp_path, sync=disk.sync)
    disk.spins.clear()
    writing = asyncio.create_task(store.write("objects/me/x", one(b"x")))
    await asyncio.sleep(0.01)

    writing.cancel()
    _, unfinished = await asyncio.wait({writing}, timeout=0.05)
    disk.spins.set()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert unfinished
    assert shown(tmp_path) == {"x"}


async def test_of_many_that_create_the_same_object_one_is_told_that_it_did(tmp_path: Path) -> None:
    """A key is made once, and no draft of it stays."""
    store = DiskStore(tmp_path)

    made = await asyncio.gather(*(store.create("keys/me", bytes([n])) for n in range(20)))

    assert sum(made) == 1
    assert await store.read("keys/me") == bytes([made.index(True)])
    assert shown(tmp_path) == {"me"}


async def test_objects_around_the_size_that_is_read_at_once_come_back_whole(tmp_path: Path) -> None:
    """By either way of reading."""
    store = DiskStore(tmp_path, durable=False)
    sizes = [0, 1, 65_535, 65_536, 65_537, 65_538, 1_114_112, 1_114_113, 1_114_114, 3_000_000]

    for size in sizes:
        await store.write(f"a/{size}", one(bytes(size)))
    streamed = [sum([len(block) async for block in store.stream(f"a/{size}")]) for size in sizes]

    assert [len(await store.read(f"a/{size}")) for size in sizes] == sizes == streamed
