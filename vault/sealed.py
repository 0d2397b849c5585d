"""The format of an encrypted object: a stream that cannot be altered, cut short, reordered or moved without notice.

    "HBS1" | salt (32 bytes) | chunk | chunk | ... | last chunk

Every object has its own AES-256-GCM key and nonce prefix, both drawn by HKDF-SHA256 from the owner's data key and
the random salt. A chunk seals 64 KiB (the last one 1 byte to 64 KiB; nothing at all for an empty object). Its nonce
is the STREAM construction's (Hoang, Reyhanitabar, Rogaway, Vizar 2015): prefix (7 bytes) | counter (4) | last (1).
Owner and name are bound into the key and into each chunk's associated data.

What it does not notice: an object put back to an earlier version of itself under the same name.
"""

import os
from collections.abc import AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"HBS1"
SALT_BYTES = 32
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
_HEADER_BYTES = len(MAGIC) + SALT_BYTES
_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
_MAX_CHUNKS = 1 << 32


class Tampered(ValueError):
    """The object does not open with this key, owner and name: altered, cut short, or put in another's place."""


def derive(key: bytes, purpose: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    """A key of its own for one purpose, from a data key of 256 bits (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt or None, info=purpose).derive(key)


class _Chunks:
    """Seals or opens the chunks of one object, in order."""

    def __init__(self, key: bytes, owner: str, name: str, salt: bytes) -> None:
        place = b"".join(len(part).to_bytes(4, "big") + part for part in (owner.encode(), name.encode()))
        drawn = derive(key, b"habeas object 1" + place, salt, length=39)
        self._cipher = AESGCM(drawn[:32])
        self._prefix = drawn[32:]
        self._place = place
        self._counter = 0

    def _nonce(self, last: bool) -> bytes:
        if self._counter >= _MAX_CHUNKS:
            raise OverflowError("an object holds at most 2^32 chunks (256 TiB)")
        nonce = self._prefix + self._counter.to_bytes(4, "big") + bytes([last])
        self._counter += 1
        return nonce

    def seal(self, plain: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), plain, self._place)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last), sealed, self._place)
        except InvalidTag:
            raise Tampered("a sealed object does not open") from None


async def seal(key: bytes, owner: str, name: str, plain: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Seal a stream of any block sizes, in constant memory."""
    salt = os.urandom(SALT_BYTES)
    chunks = _Chunks(key, owner, name, salt)
    yield MAGIC + salt
    held = bytearray()
    async for block in plain:
        held += block
        start = 0
        while len(held) - start > CHUNK_BYTES:  # more follows, so this one is not the last
            yield chunks.seal(bytes(held[start : start + CHUNK_BYTES]), last=False)
            start += CHUNK_BYTES
        del held[:start]
    yield chunks.seal(bytes(held), last=True)


async def unseal(key: bytes, owner: str, name: str, sealed: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Open a sealed stream, chunk by chunk. What was yielded is genuine; the whole is only once this has ended.

    Raises:
        Tampered: it does not open. When the object was cut short this comes last, after its genuine chunks.
    """
    chunks: _Chunks | None = None
    held = bytearray()
    async for block in sealed:
        held += block
        if chunks is None:
            if len(held) < _HEADER_BYTES:
                continue
            chunks = _begin(key, owner, name, bytes(held[:_HEADER_BYTES]))
            del held[:_HEADER_BYTES]
        start = 0
        while len(held) - start > _SEALED_BYTES:
            yield chunks.open(bytes(held[start : start + _SEALED_BYTES]), last=False)
            start += _SEALED_BYTES
        del held[:start]
    if chunks is None:
        raise Tampered("a sealed object is shorter than its header")
    yield chunks.open(bytes(held), last=True)


def seal_bytes(key: bytes, owner: str, name: str, plain: bytes) -> bytes:
    """Seal what is in memory; the same format as `seal`."""
    salt = os.urandom(SALT_BYTES)
    chunks = _Chunks(key, owner, name, salt)
    last = max(0, len(plain) - 1) // CHUNK_BYTES * CHUNK_BYTES
    body = [chunks.seal(plain[at : at + CHUNK_BYTES], last=False) for at in range(0, last, CHUNK_BYTES)]
    return b"".join([MAGIC, salt, *body, chunks.seal(plain[last:], last=True)])


def unseal_bytes(key: bytes, owner: str, name: str, sealed: bytes) -> bytes:
    """Open what is in memory, whole or not at all.

    Raises:
        Tampered: it does not open.
    """
    chunks = _begin(key, owner, name, sealed[:_HEADER_BYTES])
    body = sealed[_HEADER_BYTES:]
    last = max(0, len(body) - 1) // _SEALED_BYTES * _SEALED_BYTES
    opened = [chunks.open(body[at : at + _SEALED_BYTES], last=False) for at in range(0, last, _SEALED_BYTES)]
    return b"".join([*opened, chunks.open(body[last:], last=True)])


def _begin(key: bytes, owner: str, name: str, header: bytes) -> _Chunks:
    if len(header) != _HEADER_BYTES or not header.startswith(MAGIC):
        raise Tampered("not a sealed object")
    return _Chunks(key, owner, name, header[len(MAGIC) :])
