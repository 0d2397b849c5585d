"""The vault: what goes in comes out, for its owner only, until the owner is destroyed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dsar.frozen import Frozen
from vault.keys import KeyDestroyed, KeyRing, NoKey
from vault.objects import checked
from vault.sealed import Tampered
from vault.store import BadName, DiskStore, NotInVault, one
from vault.vault import Unreadable, Vault

CANARY = "canary-5b3a"


class Plan(Frozen):
    count: int
    why: str = ""


class Other(Frozen):
    count: list[str]


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path, durable=False)


@pytest.fixture
async def vault(store: DiskStore) -> Vault:
    made = Vault(store, KeyRing(store, {"m1": bytes(32)}, "m1"))
    await made.create("request-1")
    await made.create("hold-1")
    return made


async def blocks(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 100_000):
        yield data[at : at + 100_000]


def lying(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in root.rglob("*") if path.is_file()]


async def test_what_is_put_is_got_and_lies_sealed(vault: Vault, tmp_path: Path) -> None:
    """Bytes, models and streams; on the disk nothing of them is legible."""
    large = CANARY.encode() * 200_000

    await vault.put("request-1", "bytes", CANARY.encode())
    await vault.put_model("request-1", "plan", Plan(count=1, why=CANARY))
    await vault.write("request-1", "files/large", blocks(large))

    assert await vault.get("request-1", "bytes") == CANARY.encode()
    assert await vault.get_model("request-1", "plan", Plan) == Plan(count=1, why=CANARY)
    assert b"".join([block async for block in vault.stream("request-1", "files/large")]) == large
    assert await vault.get("request-1", "files/large") == large
    assert not any(CANARY.encode() in content for content in lying(tmp_path))


async def test_names_are_an_owners_own(vault: Vault) -> None:
    """Listed without the owner, by prefix; looking for one costs no list."""
    for name in ("located/1", "located/2", "plan"):
        await vault.put("request-1", name, b"")
    await vault.put("hold-1", "plan", b"")

    await vault.delete("request-1", "plan")
    await vault.delete("request-1", "plan")

    assert await vault.names("request-1") == ["located/1", "located/2"]
    assert await vault.names("request-1", "located/2") == ["located/2"]
    assert await vault.names("hold-1") == ["plan"]
    assert await vault.exists("request-1", "located/1")
    assert not await vault.exists("request-1", "plan")


async def test_a_destroyed_owner_can_neither_be_read_nor_written(vault: Vault, store: DiskStore) -> None:
    """Nothing of it lies there; others are untouched; destroying again is well."""
    await vault.put("request-1", "plan", b"x")
    await vault.put("hold-1", "plan", b"y")

    await vault.destroy("request-1")
    await vault.destroy("request-1")

    with pytest.raises(KeyDestroyed):
        await vault.get("request-1", "plan")
    with pytest.raises(KeyDestroyed):
        await vault.put("request-1", "plan", b"again")
    with pytest.raises(KeyDestroyed):
        await vault.write("request-1", "plan", one(b"again"))
    with pytest.raises(KeyDestroyed):
        await vault.create("request-1")
    assert await store.names("objects/request-1/") == []
    assert await vault.get("hold-1", "plan") == b"y"


async def test_a_destruction_that_stopped_half_way_has_already_made_everything_unreadable(
    vault: Vault, store: DiskStore
) -> None:
    """The key goes first: a copy of the objects, taken before or left behind, does not open."""

    class Unplugged(DiskStore):
        async def delete_all(self, prefix: str) -> None:
            raise ConnectionError

    await vault.put("request-1", "plan", b"x")
    unplugged = Unplugged(store._root, durable=False)  # noqa: SLF001 - the same folder

    with pytest.raises(ConnectionError):
        await Vault(unplugged, KeyRing(unplugged, {"m1": bytes(32)}, "m1")).destroy("request-1")

    with pytest.raises(KeyDestroyed):
        await Vault(store, KeyRing(store, {"m1": bytes(32)}, "m1")).get("request-1", "plan")
    assert await store.names("objects/request-1/") == ["objects/request-1/plan"]


async def test_without_a_key_nothing_is_put(vault: Vault, store: DiskStore) -> None:
    """An owner is created first; forgetting to is an error, not a new key."""
    with pytest.raises(NoKey):
        await vault.put("request-2", "plan", b"x")

    assert await store.names("objects/") == []


async def test_objects_that_change_places_do_not_open(vault: Vault, store: DiskStore) -> None:
    """Between names of one owner, and between owners."""
    await vault.put("request-1", "a", b"x")
    sealed = await store.read("objects/request-1/a")

    await store.write("objects/request-1/b", one(sealed))
    await store.write("objects/hold-1/a", one(sealed))

    for owner, name in (("request-1", "b"), ("hold-1", "a")):
        with pytest.raises(Tampered):
            await vault.get(owner, name)
        with pytest.raises(Tampered):
            _ = [block async for block in vault.stream(owner, name)]


async def test_what_a_hold_keeps_outlives_its_request(vault: Vault) -> None:
    """Copied under the hold's own key, then the request is forgotten."""
    await vault.put("request-1", "plan", b"x")
    await vault.put("request-1", "located/1", b"y" * 300_000)

    await vault.copy("request-1", ["plan", "located/1"], "hold-1")
    await vault.destroy("request-1")

    assert await vault.get("hold-1", "plan") == b"x"
    assert await vault.get("hold-1", "located/1") == b"y" * 300_000


async def test_what_is_absent_is_said(vault: Vault) -> None:
    """Whole or as a stream."""
    with pytest.raises(NotInVault):
        await vault.get("request-1", "nothing")
    with pytest.raises(NotInVault):
        _ = [block async for block in vault.stream("request-1", "nothing")]


async def test_an_object_that_is_another_model_is_refused_without_showing_it(vault: Vault) -> None:
    """The refusal reaches logs: it names the object and the kind of mistake."""
    await vault.put_model("request-1", "plan", Plan(count=1, why=CANARY))

    with pytest.raises(Unreadable, match="plan does not read as Other: extra_forbidden, list_type") as refused:
        await vault.get_model("request-1", "plan", Other)

    assert CANARY not in repr(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("owner", ["", "a/b", "..", "../a", ".a", "a b"])
async def test_an_owner_is_one_plain_id(vault: Vault, owner: str) -> None:
    """It becomes a folder and a key's name."""
    with pytest.raises(BadName):
        await vault.create(owner)
    with pytest.raises(BadName):
        await vault.destroy(owner)
    with pytest.raises(BadName):
        await vault.names(owner)


@given(st.text(alphabet="aA0_.-=@/\\ \0\n\u00e9", max_size=12))
def test_a_name_that_is_accepted_stays_in_its_place(name: str) -> None:
    """Whatever it is, it is refused, or lies below the root under exactly this name."""
    root = Path("/root-of-vault")

    try:
        accepted = checked(name)
    except BadName:
        return

    assert (root / accepted).relative_to(root).as_posix() == name
    assert accepted.isascii()
    assert not any(part.startswith(".") for part in accepted.split("/"))


def test_a_fact_that_does_not_fit_is_refused_without_showing_it() -> None:
    """The refusal of a payload or of a record reaches logs and histories in clear."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Plan).validate_json(f'{{"count": "{CANARY}"}}'.encode())

    assert CANARY not in str(refused.value)
