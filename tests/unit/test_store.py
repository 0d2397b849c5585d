"""The store on a disk: the rules of every store, and what only a disk has."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.store_rules import RULES, Rule
from vault.store import BadName, DiskStore, one


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_a_disk_follows_the_rules_of_every_store(rule: Rule, tmp_path: Path) -> None:
    """Each rule says itself."""
    await rule(DiskStore(tmp_path / "vault", durable=False))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_only_its_own_user_can_look_into_it(tmp_path: Path) -> None:
    """Folders 0700, files 0600, however they came to be."""
    store = DiskStore(tmp_path / "vault")

    await store.write("a/b/written", one(b"x"))
    await store.create("a/created", b"x")

    assert {mode(path) for path in files_in(tmp_path)} == {0o600}
    assert {mode(path.parent) for path in files_in(tmp_path)} | {mode(tmp_path / "vault")} == {0o700}


async def test_a_write_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    """A worker that shuts down half-way through does not litter."""
    store = DiskStore(tmp_path)
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(2_000_000)
            begun.set()
            await asyncio.sleep(0.001)

    writing = asyncio.create_task(store.write("a/x", endless()))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert files_in(tmp_path) == []


async def test_what_a_crash_left_is_not_seen_and_goes_with_its_object(tmp_path: Path) -> None:
    """A draft of a key is a copy of a key: destroying one destroys both."""
    store = DiskStore(tmp_path)
    await store.write("keys/x", one(b"x"))
    (tmp_path / "keys/.x.abc123").write_bytes(b"draft")
    (tmp_path / "keys/.xy.abc123").write_bytes(b"another's")

    seen = await store.names("")
    await store.delete("keys/x")

    assert seen == ["keys/x"]
    assert [path.name for path in files_in(tmp_path)] == [".xy.abc123"]


async def test_an_object_and_a_folder_of_one_name_are_refused(tmp_path: Path) -> None:
    """A bucket would take both; said at once, it is found before production."""
    store = DiskStore(tmp_path)
    await store.write("a/b", one(b""))

    with pytest.raises(BadName, match="share a name"):
        await store.write("a/b/c", one(b""))
    with pytest.raises(BadName, match="share a name"):
        await store.write("a", one(b""))


async def test_a_reader_is_not_disturbed_by_a_replacement(tmp_path: Path) -> None:
    """What was begun is read to its end as it was."""
    store = DiskStore(tmp_path)
    await store.write("x", one(b"1" * 3_000_000))

    reading = aiter(store.stream("x"))
    first = await anext(reading)
    await store.write("x", one(b"2" * 3_000_000))
    rest = b"".join([block async for block in reading])

    assert set(first + rest) == {ord("1")}
