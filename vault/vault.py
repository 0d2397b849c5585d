"""The vault: each owner's objects, sealed under the owner's key. An owner is a request, a hold, or the engine."""

from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from vault.keys import KeyRing
from vault.objects import BadName, checked
from vault.sealed import derive, seal, seal_bytes, unseal, unseal_bytes
from vault.store import Store, one

Model = TypeVar("Model", bound=BaseModel)


class Unreadable(ValueError):
    """An object opened, but is not the model that was asked for. Says of which fields, never what is in them."""


class Vault:
    """Objects at `objects/<owner>/<name>`. Names and owners are ids of this program, without personal data.

    Everything but `names`, `exists`, `delete` and `destroy` raises `KeyUnavailable` without the owner's key;
    reading raises `NotInVault` where nothing is, and `Tampered` where it is not what was put there.
    """

    def __init__(self, store: Store, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys

    async def create(self, owner: str) -> None:
        """Give an owner a key, once; without it, nothing can be put."""
        await self._keys.create(_owner(owner))

    async def destroy(self, owner: str) -> None:
        """Forget an owner: its key first, so that nothing can be read from there on; then what lies there."""
        await self._keys.destroy(_owner(owner))
        await self._store.delete_all(_place(owner, ""))

    async def draw(self, owner: str, purpose: str, length: int) -> bytes:
        """Bytes that look random, and are the same whenever they are drawn for this owner and purpose."""
        return derive(await self._keys.get(owner), b"habeas draw 1 " + purpose.encode(), length=length)

    async def put(self, owner: str, name: str, data: bytes) -> None:
        """Seal what is in memory; replaces what has the name."""
        key = await self._keys.get(owner)
        await self._store.write(_place(owner, name), one(seal_bytes(key, owner, name, data)))

    async def get(self, owner: str, name: str) -> bytes:
        """An object, whole, in memory."""
        key = await self._keys.get(owner)
        return unseal_bytes(key, owner, name, await self._store.read(_place(owner, name)))

    async def put_model(self, owner: str, name: str, model: BaseModel) -> None:
        """Seal a model as JSON."""
        await self.put(owner, name, model.model_dump_json().encode())

    async def get_model(self, owner: str, name: str, kind: type[Model]) -> Model:
        """A model that was put by `put_model`.

        Raises:
            Unreadable: it is another model, or an older version of it.
        """
        data = await self.get(owner, name)
        try:
            return kind.model_validate_json(data)
        except ValidationError as error:
            wrong = sorted({mistake["type"] for mistake in error.errors(include_input=False, include_url=False)})
            raise Unreadable(f"{name} does not read as {kind.__name__}: {', '.join(wrong)}") from None

    async def write(self, owner: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Seal a stream, in constant memory; seen only once it is whole."""
        key = await self._keys.get(owner)
        await self._store.write(_place(owner, name), seal(key, owner, name, chunks))

    async def stream(self, owner: str, name: str) -> AsyncIterator[bytes]:
        """An object in blocks of at most 64 KiB. Only when it ends without an error was it whole."""
        key = await self._keys.get(owner)
        async for block in unseal(key, owner, name, self._store.stream(_place(owner, name))):
            yield block

    async def names(self, owner: str, prefix: str = "") -> list[str]:
        """The owner's names that start with the prefix, sorted, without the owner."""
        folder = _place(owner, "")
        return [name.removeprefix(folder) for name in await self._store.names(folder + prefix)]

    async def exists(self, owner: str, name: str) -> bool:
        """Whether the owner has an object of this name."""
        return await self._store.exists(_place(owner, name))

    async def delete(self, owner: str, name: str) -> None:
        """Delete an object; that there is none is well, too."""
        await self._store.delete(_place(owner, name))

    async def copy(self, owner: str, names: Iterable[str], to_owner: str) -> None:
        """Seal objects again under another owner's key: what a hold keeps after its request is forgotten."""
        for name in names:
            await self.write(to_owner, name, self.stream(owner, name))


def _owner(owner: str) -> str:
    if "/" in owner:
        raise BadName("an owner is one id, not a path")
    return checked(owner)


def _place(owner: str, name: str) -> str:
    return f"objects/{_owner(owner)}/{name}"
