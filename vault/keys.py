"""One data key for each owner, so that an owner can be forgotten: without its key, its ciphertext is noise.

A data key (256 bits, random) lies at `keys/<owner>`, wrapped by a master key that the store never sees:

    "HBK1" | length of the master's id (1 byte) | its id | nonce (12) | AES-256-GCM(data key), bound to the owner

Destroying an owner leaves a mark at `destroyed/<owner>`, for good: no copy, no late writer, and no rotation of the
masters can bring the key back into use. What a disk or a backup keeps of deleted files is outside of this: back
`keys/` up apart from the objects, for days and not for years.

Errors, the whole tree:

    KeyUnavailable
    ├── NoKey           the owner has none (yet)
    ├── KeyDestroyed    it had one, and that is over
    └── MasterMissing   its key is there, but no master key that opens it is
"""

import base64
import binascii
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.store import NotInVault, Store, one

KEY_BYTES = 32
CACHE_OWNERS = 1_000
CACHE_SECONDS = 60.0
"""How long another process may still use a key after it was destroyed in this one."""

_MAGIC = b"HBK1"
_NONCE_BYTES = 12


class KeyUnavailable(Exception):
    """Why an owner's data cannot be read or written. Names the owner, an id that says nothing of a person."""

    why = "the key is not available"

    def __init__(self, owner: str) -> None:
        super().__init__(f"{self.why}: {owner}")
        self.owner = owner


class NoKey(KeyUnavailable):
    """The owner has no key: it was never created here."""

    why = "no key was created for this owner"


class KeyDestroyed(KeyUnavailable):
    """The owner's key was destroyed, and everything under it with it."""

    why = "the key of this owner was destroyed"


class MasterMissing(KeyUnavailable):
    """The owner's key does not open with the master keys at hand, or was altered."""

    why = "no master key at hand opens the key of this owner"


class BadMasters(ValueError):
    """The master keys cannot be used as they are written. Never shows one."""


def parse_masters(text: str) -> tuple[dict[str, bytes], str]:
    """Read `id:base64,id2:base64`: the master keys by id, and the id of the first, which wraps from now on.

    Raises:
        BadMasters: what is wrong with which entry.
    """
    masters: dict[str, bytes] = {}
    for position, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        master, separator, encoded = entry.partition(":")
        if not separator or not master.isascii() or not master.replace("-", "").isalnum() or len(master) > 64:
            raise BadMasters(f"master key {position} is not written as id:base64 (id: letters, digits, hyphens)")
        if master in masters:
            raise BadMasters(f"two master keys have the id {master!r}")
        masters[master] = _master(master, encoded)
    if not masters:
        raise BadMasters("no master key is given: id:base64, of 32 random bytes")
    return masters, next(iter(masters))


def _master(master: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadMasters(f"the master key {master!r} is not valid base64") from None
    if len(key) != KEY_BYTES:
        raise BadMasters(f"the master key {master!r} is {len(key)} bytes long, not {KEY_BYTES}")
    return key


class KeyRing:
    """The data keys of all owners.

    Args:
        store: where they lie, wrapped.
        masters: every master key that may still have wrapped one, by id.
        current: the id of the master that wraps new ones.
        clock: seconds, for the age of what is cached.
    """

    def __init__(
        self, store: Store, masters: Mapping[str, bytes], current: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if current not in masters:
            raise BadMasters(f"the current master key {current!r} is not among those given")
        if any(len(key) != KEY_BYTES for key in masters.values()):
            raise BadMasters(f"a master key must be {KEY_BYTES} bytes long")
        self._store = store
        self._masters = {master: AESGCM(key) for master, key in masters.items()}
        self._current = current
        self._clock = clock
        self._cached: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._destructions = 0

    async def create(self, owner: str) -> None:
        """Give the owner a key; it keeps the one it has.

        Raises:
            KeyDestroyed: it had one. An owner's id is never used again.
        """
        await self._refuse_destroyed(owner)
        await self._store.create(_place(owner), self._wrap(owner, os.urandom(KEY_BYTES)))
        await self._leave_nothing_destroyed(owner)

    async def get(self, owner: str) -> bytes:
        """The owner's data key, 256 bits.

        Raises:
            NoKey, KeyDestroyed, MasterMissing: nothing of this owner can be read or written.
        """
        cached = self._cached.get(owner)
        if cached and self._clock() - cached[1] < CACHE_SECONDS:
            self._cached.move_to_end(owner)
            return cached[0]
        destructions = self._destructions
        key = self._unwrap(owner, await self._read(owner))
        if destructions == self._destructions:  # otherwise it may be the one that was just destroyed
            self._remember(owner, key)
        return key

    async def destroy(self, owner: str) -> None:
        """Make everything under the owner's key unreadable, for good. May be repeated."""
        await self._store.create(_mark(owner), b"")
        await self._store.delete(_place(owner))
        self._destructions += 1
        self._cached.pop(owner, None)

    async def rewrap(self) -> int:
        """Wrap every key by the current master; older masters can then be thrown away. Returns how many changed."""
        changed = 0
        for name in await self._store.names("keys/"):
            changed += await self._rewrap(name.removeprefix("keys/"))
        return changed

    async def _rewrap(self, owner: str) -> bool:
        try:
            wrapped = await self._read(owner)
        except (NoKey, KeyDestroyed):
            return False
        if _parse(owner, wrapped)[0] == self._current:
            return False
        rewrapped = self._wrap(owner, self._unwrap(owner, wrapped))
        await self._store.write(_place(owner), one(rewrapped))
        try:
            await self._leave_nothing_destroyed(owner)
        except KeyDestroyed:
            return False
        return True

    async def _read(self, owner: str) -> bytes:
        await self._refuse_destroyed(owner)  # a key that came back with an old backup opens nothing
        try:
            return await self._store.read(_place(owner))
        except NotInVault:
            raise NoKey(owner) from None

    async def _refuse_destroyed(self, owner: str) -> None:
        if await self._store.exists(_mark(owner)):
            raise KeyDestroyed(owner)

    async def _leave_nothing_destroyed(self, owner: str) -> None:
        """After a write: `destroy` marks before it deletes, so whichever came last, no destroyed key stays."""
        try:
            await self._refuse_destroyed(owner)
        except KeyDestroyed:
            await self._store.delete(_place(owner))
            raise

    def _remember(self, owner: str, key: bytes) -> None:
        self._cached[owner] = (key, self._clock())
        self._cached.move_to_end(owner)
        if len(self._cached) > CACHE_OWNERS:
            self._cached.popitem(last=False)

    def _wrap(self, owner: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        master = self._current.encode()
        head = _MAGIC + bytes([len(master)]) + master
        return head + nonce + self._masters[self._current].encrypt(nonce, key, head + owner.encode())

    def _unwrap(self, owner: str, wrapped: bytes) -> bytes:
        master, head, nonce, sealed = _parse(owner, wrapped)
        try:
            return self._masters[master].decrypt(nonce, sealed, head + owner.encode())
        except (KeyError, InvalidTag):
            raise MasterMissing(owner) from None


def _parse(owner: str, wrapped: bytes) -> tuple[str, bytes, bytes, bytes]:
    """The master's id, the head that is bound, the nonce, the sealed key."""
    body = len(_MAGIC) + 1
    if len(wrapped) < body or not wrapped.startswith(_MAGIC):
        raise MasterMissing(owner)
    end = body + wrapped[body - 1]
    master = wrapped[body:end].decode("ascii", "replace")
    return master, wrapped[:end], wrapped[end : end + _NONCE_BYTES], wrapped[end + _NONCE_BYTES :]


def _place(owner: str) -> str:
    return f"keys/{owner}"


def _mark(owner: str) -> str:
    return f"destroyed/{owner}"
