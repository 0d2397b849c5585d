"""One file, from the vault to the package."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field

from dsar.redaction import Screen
from vault.outbound.kinds import SAMPLE, Kind, encoding_of, kind_of_file
from vault.outbound.reader import Unknown
from vault.outbound.stages import Look, Reason, Stage, Withheld
from vault.threads import to_the_end

__all__ = ["Reason", "Verdict", "examined", "filtered"]


@dataclass(frozen=True)
class Verdict:
    """What was found out about a file before its first byte leaves."""

    withheld: Reason | None = None
    as_it_is: bool = False
    """It holds nothing that could be looked at: pictures, sound, video."""
    inner: Mapping[tuple[int, ...], Reason] = field(default_factory=dict)
    """Files in it that are withheld, by their place."""


async def examined(content: AsyncIterator[bytes], screen: Screen) -> Verdict:
    """Whether a file may leave. Its content is read as far as that takes."""
    look = Look(screen.quiet(), deciding=True)
    try:
        sample = await _first(content)
        if (verdict := _at_once(sample)) is not None:
            return verdict
        async for _ in _through(Unknown(look), sample, content):
            pass
    except Withheld as withheld:
        return Verdict(withheld=withheld.reason)
    finally:
        if isinstance(content, AsyncGenerator):
            await content.aclose()
    return Verdict(inner=look.inner)


async def filtered(content: AsyncIterator[bytes], screen: Screen, verdict: Verdict) -> AsyncIterator[bytes]:
    """A file as it leaves, after its verdict. What is taken out is counted by the screen."""
    if verdict.as_it_is:
        async for block in content:
            yield block
        return
    look = Look(screen, deciding=False, inner=dict(verdict.inner))
    async for block in _through(Unknown(look), b"", content):
        yield block


async def _first(content: AsyncIterator[bytes]) -> bytes:
    """What a file begins with, as much as decides what it is."""
    sample = b""
    while len(sample) < SAMPLE:
        block = await anext(content, None)
        if block is None:
            break
        sample += block
    return sample


def _at_once(sample: bytes) -> Verdict | None:
    """The verdict of files that can always leave, as they are or filtered."""
    kind = kind_of_file(sample[:SAMPLE])
    if kind is Kind.MEDIA:
        return Verdict(as_it_is=True)
    if kind in {Kind.TEXT, Kind.MARKUP} and encoding_of(sample[:SAMPLE]) in {"utf-8", "latin-1"}:
        return Verdict()
    return None


async def _through(stage: Stage, sample: bytes, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if sample and (shown := await to_the_end(stage.feed, sample)):
        yield shown
    async for block in content:
        if shown := await to_the_end(stage.feed, block):
            yield shown
    if rest := await to_the_end(lambda _: stage.close(), None):
        yield rest
