"""What all entries that reach one vendor account share: so many requests at once, and so many a second.

A vendor counts by account, not by our entries or processes. `catalogue.build` finds the entries that reach the same
account; how several processes share a pace is for whoever gives the `Paces` (connectors/leased_pace.py is how the
worker's do).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from aiolimiter import AsyncLimiter


class Pace(Protocol):
    """One account's requests, one after another."""

    async def turn(self) -> None:
        """Return when one more request may leave."""


Paces = Callable[[str, float], Pace]
"""The pace of an account, at so many requests a second. The account's text holds its credential: never keep it."""


class OwnPace:
    """A pace that no other process knows of: for tests, and for commands that end soon."""

    def __init__(self, per_second: float) -> None:
        self._limiter = AsyncLimiter(1, 1 / per_second)

    async def turn(self) -> None:
        """Return when one more request may leave."""
        await self._limiter.acquire()


def own_paces(_: str, per_second: float) -> Pace:
    """Each process for itself."""
    return OwnPace(per_second)


class Account:
    """One account at a vendor, as this process uses it."""

    def __init__(self, connections: int, pace: Pace | None = None) -> None:
        self._places = asyncio.Semaphore(connections)
        self._pace = pace

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the connections, from when it may be used."""
        async with self._places:
            if self._pace is not None:
                await self._pace.turn()
            yield
