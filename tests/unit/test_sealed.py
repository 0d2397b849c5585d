"""The format of a sealed object: what it gives back, and every way to tamper with it."""

from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.sealed import (
    CHUNK_BYTES,
    MAGIC,
    SALT_BYTES,
    TAG_BYTES,
    Tampered,
    derive,
    seal,
    seal_bytes,
    unseal,
    unseal_bytes,
)

KEY = bytes(range(32))
HEADER = len(MAGIC) + SALT_BYTES
SEALED = CHUNK_BYTES + TAG_BYTES
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]


async def blocks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def joined(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([block async for block in stream])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [999, CHUNK_BYTES, 1_000_000])
async def test_a_stream_comes_back_as_it_was_however_it_was_cut(size: int, step: int) -> None:
    """Sizes around the chunk's, in blocks smaller, equal and larger."""
    plain = bytes(i % 251 for i in range(size))

    sealed = await joined(seal(KEY, "request-1", "a", blocks(plain, step)))
    opened = await joined(unseal(KEY, "request-1", "a", blocks(sealed, step + 1)))

    assert opened == plain
    assert len(sealed) == HEADER + size + TAG_BYTES * max(1, -(-size // CHUNK_BYTES))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2 * CHUNK_BYTES + 2), st.integers(0, 255))
def test_memory_and_stream_share_one_format(size: int, fill: int) -> None:
    """What is sealed in memory opens in memory, at every size."""
    plain = bytes([fill]) * size

    assert unseal_bytes(KEY, "o", "n", seal_bytes(KEY, "o", "n", plain)) == plain


async def test_what_was_sealed_in_memory_opens_as_a_stream_and_the_other_way_round() -> None:
    """Small and large objects need not be told apart."""
    plain = b"x" * (2 * CHUNK_BYTES)

    assert await joined(unseal(KEY, "o", "n", blocks(seal_bytes(KEY, "o", "n", plain), 5000))) == plain
    assert unseal_bytes(KEY, "o", "n", await joined(seal(KEY, "o", "n", blocks(plain, 5000)))) == plain


def test_the_same_bytes_never_look_the_same() -> None:
    """Each object has a salt, a key and nonces of its own."""
    assert seal_bytes(KEY, "o", "n", b"same")[HEADER:] != seal_bytes(KEY, "o", "n", b"same")[HEADER:]


def without_last_chunk(sealed: bytes) -> bytes:
    return sealed[: HEADER + 2 * SEALED]


def with_chunks_swapped(sealed: bytes) -> bytes:
    first, second = sealed[HEADER : HEADER + SEALED], sealed[HEADER + SEALED : HEADER + 2 * SEALED]
    return sealed[:HEADER] + second + first + sealed[HEADER + 2 * SEALED :]


def with_a_chunk_repeated(sealed: bytes) -> bytes:
    return sealed[: HEADER + SEALED] + sealed[HEADER:]


def without_the_middle_chunk(sealed: bytes) -> bytes:
    return sealed[: HEADER + SEALED] + sealed[HEADER + 2 * SEALED :]


TAMPERINGS: list[Callable[[bytes], bytes]] = [
    without_last_chunk,
    with_chunks_swapped,
    with_a_chunk_repeated,
    without_the_middle_chunk,
    lambda sealed: sealed[:-1],
    lambda sealed: sealed + b"\0",
    lambda sealed: sealed + bytes(SEALED),
    lambda sealed: sealed[:HEADER],
    lambda sealed: sealed[: HEADER - 1],
    lambda sealed: sealed[:0],
    lambda sealed: b"HBS2" + sealed[4:],
]


@pytest.mark.parametrize("tamper", TAMPERINGS)
async def test_an_object_cut_short_reordered_or_added_to_does_not_open(tamper: Callable[[bytes], bytes]) -> None:
    """Neither in memory nor as a stream does it end as if it were whole."""
    sealed = tamper(seal_bytes(KEY, "request-1", "a", b"p" * (2 * CHUNK_BYTES + 5)))

    with pytest.raises(Tampered):
        unseal_bytes(KEY, "request-1", "a", sealed)
    with pytest.raises(Tampered):
        await joined(unseal(KEY, "request-1", "a", blocks(sealed, 40_000)))


@settings(deadline=None)
@given(st.data())
def test_no_bit_can_be_turned(data: st.DataObject) -> None:
    """Header, salt, body and tag: each bit counts."""
    sealed = bytearray(seal_bytes(KEY, "o", "n", b"some personal data"))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))

    sealed[at // 8] ^= 1 << at % 8

    with pytest.raises(Tampered):
        unseal_bytes(KEY, "o", "n", bytes(sealed))


@pytest.mark.parametrize(
    ("key", "owner", "name"),
    [
        (bytes(32), "request-1", "plan"),
        (KEY, "request-2", "plan"),
        (KEY, "request-1", "plan2"),
        (KEY, "request-1p", "lan"),
    ],
)
def test_an_object_opens_only_in_its_own_place(key: bytes, owner: str, name: str) -> None:
    """Not under another key, owner or name, nor where owner and name only read the same when put together."""
    sealed = seal_bytes(KEY, "request-1", "plan", b"data")

    with pytest.raises(Tampered):
        unseal_bytes(key, owner, name, sealed)


def test_a_derived_key_is_as_rfc_5869_has_it() -> None:
    """Test case 1 of the RFC's appendix, so that another program can read the format."""
    okm = derive(bytes([0x0B] * 22), bytes(range(0xF0, 0xFA)), bytes(range(13)), length=42)

    assert okm.hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
