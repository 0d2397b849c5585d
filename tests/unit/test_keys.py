"""Keys of owners: made once, wrapped by masters that change, destroyed for good."""

import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from vault.keys import (
    CACHE_OWNERS,
    CACHE_SECONDS,
    BadMasters,
    KeyDestroyed,
    KeyRing,
    MasterMissing,
    NoKey,
    parse_masters,
)
from vault.store import DiskStore, one

OLD = {"2025": b"o" * 32}
NEW = {"2026": b"n" * 32}


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class CountingStore(DiskStore):
    """A disk that counts what is read."""

    reads = 0

    async def read(self, name: str) -> bytes:
        self.reads += 1
        return await super().read(name)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path, durable=False)


async def test_an_owner_keeps_the_key_it_was_given_first(store: DiskStore) -> None:
    """Created again, by this process or another, it is the same key."""
    ring = KeyRing(store, OLD, "2025")
    await ring.create("request-1")
    key = await ring.get("request-1")

    await ring.create("request-1")

    assert len(key) == 32
    assert await KeyRing(store, OLD, "2025").get("request-1") == key


async def test_owners_have_different_keys(store: DiskStore) -> None:
    """No two share one."""
    ring = KeyRing(store, OLD, "2025")
    for owner in ("request-1", "request-2"):
        await ring.create(owner)

    assert await ring.get("request-1") != await ring.get("request-2")


async def test_an_owner_without_a_key_is_refused(store: DiskStore) -> None:
    """No key is made up on the way."""
    with pytest.raises(NoKey, match="request-9"):
        await KeyRing(store, OLD, "2025").get("request-9")


async def test_a_destroyed_key_is_gone_for_everyone_and_for_good(store: DiskStore) -> None:
    """It is not read, not made anew under the same id, and destroying it again is well."""
    ring = KeyRing(store, OLD, "2025")
    await ring.create("request-1")
    await ring.get("request-1")

    await ring.destroy("request-1")
    await ring.destroy("request-1")

    for other in (ring, KeyRing(store, OLD, "2025")):
        with pytest.raises(KeyDestroyed):
            await other.get("request-1")
        with pytest.raises(KeyDestroyed):
            await other.create("request-1")
    assert await store.names("keys/") == []


async def test_a_reader_that_overlaps_the_destruction_does_not_keep_the_key(tmp_path: Path) -> None:
    """What was read just before is not remembered after."""
    ring: KeyRing

    class DestroyedWhileRead(DiskStore):
        async def read(self, name: str) -> bytes:
            data = await super().read(name)
            await ring.destroy("request-1")
            return data

    ring = KeyRing(DestroyedWhileRead(tmp_path, durable=False), OLD, "2025")
    await ring.create("request-1")
    await ring.get("request-1")

    with pytest.raises(KeyDestroyed):
        await ring.get("request-1")


async def test_a_rotation_that_overlaps_a_destruction_brings_nothing_back(tmp_path: Path) -> None:
    """The rotation has read the old key, the key is destroyed, the rotation writes: nothing may stay."""
    ring: KeyRing

    class DestroyedBeforeWrite(DiskStore):
        async def write(self, name: str, chunks: AsyncIterator[bytes]) -> None:
            await ring.destroy("request-1")
            await super().write(name, chunks)

    store = DestroyedBeforeWrite(tmp_path, durable=False)
    await KeyRing(store, OLD, "2025").create("request-1")
    ring = KeyRing(store, {**OLD, **NEW}, "2026")

    changed = await ring.rewrap()

    assert changed == 0
    assert await store.names("keys/") == []


async def test_a_key_is_read_once_a_minute(store: CountingStore) -> None:
    """A cache spares the store; it is short, because another process may destroy the key."""
    clock = Seconds()
    ring = KeyRing(store, OLD, "2025", clock=clock)
    await ring.create("request-1")

    for _ in range(3):
        await ring.get("request-1")
    read_at_once = store.reads
    clock.now = CACHE_SECONDS
    await KeyRing(store, OLD, "2025").destroy("request-1")

    assert read_at_once == 1
    with pytest.raises(KeyDestroyed):
        await ring.get("request-1")


async def test_the_cache_is_bounded(store: CountingStore) -> None:
    """The owner that was not asked for longest makes room."""
    ring = KeyRing(store, OLD, "2025", clock=Seconds())
    for number in range(CACHE_OWNERS + 1):
        await ring.create(f"request-{number}")
        await ring.get(f"request-{number}")
    store.reads = 0

    await ring.get(f"request-{CACHE_OWNERS}")
    await ring.get("request-0")

    assert store.reads == 1


async def test_keys_outlive_their_master(store: DiskStore) -> None:
    """The new master wraps what is new, the old one still opens; after `rewrap` it is not needed any more."""
    await KeyRing(store, OLD, "2025").create("request-1")
    key = await KeyRing(store, OLD, "2025").get("request-1")
    both = KeyRing(store, {**OLD, **NEW}, "2026")
    await both.create("request-2")

    changed = await both.rewrap(), await both.rewrap()

    assert changed == (1, 0)
    assert await KeyRing(store, NEW, "2026").get("request-1") == key
    with pytest.raises(MasterMissing):
        await KeyRing(store, OLD, "2025").get("request-2")


async def test_a_wrapped_key_moved_to_another_owner_does_not_open(store: DiskStore) -> None:
    """Whoever can write to the store cannot make one owner read with another's key."""
    ring = KeyRing(store, OLD, "2025")
    await ring.create("request-1")
    wrapped = await store.read("keys/request-1")

    await store.write("keys/request-2", one(wrapped))

    with pytest.raises(MasterMissing):
        await ring.get("request-2")


@pytest.mark.parametrize(
    "damage", [lambda w: w[:-1], lambda w: w[:6], lambda w: w[:0], lambda w: w[:-1] + bytes([w[-1] ^ 1])]
)
async def test_a_damaged_key_is_refused(store: DiskStore, damage: Callable[[bytes], bytes]) -> None:
    """Cut short or altered, it is not used."""
    ring = KeyRing(store, OLD, "2025")
    await ring.create("request-1")

    await store.write("keys/request-1", one(damage(await store.read("keys/request-1"))))

    with pytest.raises(MasterMissing):
        await ring.get("request-1")


def test_masters_are_read_in_order() -> None:
    """The first one wraps."""
    text = ", ".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in {**NEW, **OLD}.items())

    assert parse_masters(text) == ({**NEW, **OLD}, "2026")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no master key is given"),
        ("c2VjcmV0c2VjcmV0", "master key 1 is not written as id:base64"),
        ("a:c2VjcmV0c2VjcmV0", "'a' is 12 bytes long, not 32"),
        ("a:c2VjcmV0!", "'a' is not valid base64"),
        ("a:" + base64.b64encode(b"secretsecret" + bytes(20)).decode() + "," + "a:c2VjcmV0", "two master keys"),
    ],
)
def test_a_mistake_in_the_masters_is_explained_without_showing_one(text: str, why: str) -> None:
    """The text goes to a terminal and a log."""
    with pytest.raises(BadMasters, match=why) as refused:
        parse_masters(text)

    assert "c2VjcmV0" not in str(refused.value)


def test_a_ring_needs_its_current_master(store: DiskStore) -> None:
    """Said at the start, not at the first request."""
    with pytest.raises(BadMasters, match="2027"):
        KeyRing(store, OLD, "2027")


async def test_a_destroyed_key_that_comes_back_with_a_backup_opens_nothing(tmp_path: Path) -> None:
    """The mark of its destruction counts for more than the key itself."""
    store = DiskStore(tmp_path)
    await KeyRing(store, {"m": bytes(32)}, "m").create("ada")
    backup = await store.read("keys/ada")
    await KeyRing(store, {"m": bytes(32)}, "m").destroy("ada")

    await store.create("keys/ada", backup)

    with pytest.raises(KeyDestroyed):
        await KeyRing(store, {"m": bytes(32)}, "m").get("ada")
