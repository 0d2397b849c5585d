"""What every store of the vault must do, disk or bucket: one function a rule, its docstring the rule."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from vault.store import BadName, NotInVault, Store, one

MIB = 1024 * 1024
Rule = Callable[[Store], Awaitable[None]]


async def blocks(total: int, size: int, *, break_off: bool = False) -> AsyncIterator[bytes]:
    for at in range(0, total, size):
        yield bytes([at // size % 256]) * min(size, total - at)
    if break_off:
        raise ConnectionError


async def written_is_read(store: Store) -> None:
    """What is written is read, whole and as a stream: nothing, a little, and more than any part of it."""
    for size in (0, 5, MIB, 17 * MIB + 3):
        name = f"a/{size}"
        expected = b"".join([block async for block in blocks(size, 700_000)])

        await store.write(name, blocks(size, 700_000))

        assert await store.read(name) == expected
        streamed = [block async for block in store.stream(name)]
        assert b"".join(streamed) == expected
        assert all(0 < len(block) <= MIB for block in streamed)


async def replaced_whole(store: Store) -> None:
    """A second write replaces the first."""
    await store.write("a/x", one(b"first, and longer"))

    await store.write("a/x", one(b"second"))

    assert await store.read("a/x") == b"second"


async def nothing_of_a_broken_write(store: Store) -> None:
    """A stream that breaks off, early or late, leaves what was there before and nothing else."""
    await store.write("a/old", one(b"old"))

    for name, size in (("a/old", 10), ("a/new", 10), ("a/old", 20 * MIB), ("a/new", 20 * MIB)):
        with pytest.raises(ConnectionError):
            await store.write(name, blocks(size, MIB, break_off=True))

    assert await store.read("a/old") == b"old"
    assert await store.names("") == ["a/old"]


async def absent_is_said(store: Store) -> None:
    """Reading what is not there is an error of its own; a folder is not an object."""
    await store.write("a/b/c", one(b""))

    for name in ("a/x", "x/a", "a/b", "a/b/c/d"):
        with pytest.raises(NotInVault):
            await store.read(name)
        with pytest.raises(NotInVault):
            await anext(aiter(store.stream(name)))
        assert not await store.exists(name)
    assert await store.exists("a/b/c")


async def one_creates(store: Store) -> None:
    """Of many that create one object at once, one does, and its bytes stay."""
    won = await asyncio.gather(*(store.create("keys/x", str(number).encode()) for number in range(8)))

    assert won.count(True) == 1
    assert await store.read("keys/x") == str(won.index(True)).encode()
    assert not await store.create("keys/x", b"later")


async def names_by_prefix(store: Store) -> None:
    """Names come sorted, by any prefix, from every depth."""
    for name in ("b/2", "b/1/x", "b/10", "c/1"):
        await store.write(name, one(b""))

    assert await store.names("b/") == ["b/1/x", "b/10", "b/2"]
    assert await store.names("b/1") == ["b/1/x", "b/10"]
    assert await store.names("") == ["b/1/x", "b/10", "b/2", "c/1"]
    assert await store.names("d/") == []


async def deleted_is_gone(store: Store) -> None:
    """One object or a whole folder; again is well; its neighbours stay."""
    for name in ("o/1/x", "o/1/y/z", "o/10/x", "o/2"):
        await store.write(name, one(b""))

    for _ in range(2):
        await store.delete("o/2")
        await store.delete_all("o/1/")

    assert await store.names("") == ["o/10/x"]


async def many_are_deleted(store: Store) -> None:
    """More than one answer of a bucket's list holds."""
    await asyncio.gather(*(store.write(f"m/{number}", one(b"")) for number in range(1_010)))
    assert len(await store.names("m/")) == 1_010

    await store.delete_all("m/")

    assert await store.names("m/") == []


async def bad_names_are_refused(store: Store) -> None:
    """Nothing leaves its place, hides, or is deleted with everything else."""
    for name in ("", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", ".a", "a\\b", "a\0", "a\n", "é", "a" * 600):
        for refused in (store.read(name), store.write(name, one(b"")), store.create(name, b""), store.delete(name)):
            with pytest.raises(BadName):
                await refused
    for prefix in ("", "/", "a", "../"):
        with pytest.raises(BadName):
            await store.delete_all(prefix)


RULES: list[Rule] = [
    written_is_read,
    replaced_whole,
    nothing_of_a_broken_write,
    absent_is_said,
    one_creates,
    names_by_prefix,
    deleted_is_gone,
    many_are_deleted,
    bad_names_are_refused,
]
