"""Time that passes only when everybody waits for it: for programs that sleep and work by a clock."""

import asyncio
import heapq
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")

BEGINNING = datetime(2026, 5, 5, 12, tzinfo=UTC)

ROUNDS = 50
"""So often is everybody who could go on given the chance before time passes."""


class PassingTime:
    """A clock, in seconds, and a way to sleep by it."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self._at_work = 0

    def seconds(self) -> float:
        """How long it has been."""
        return self._now

    def moment(self) -> datetime:
        """The same as a time of day."""
        return BEGINNING + timedelta(seconds=self._now)

    def forward(self, seconds: float) -> None:
        """Let time pass although somebody works: a process that stood still."""
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until so much has passed."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._number), woken))
        await woken

    async def working(self, work: Awaitable[T]) -> T:
        """Something outside of this time: none passes meanwhile."""
        self._at_work += 1
        try:
            return await work
        finally:
            self._at_work -= 1

    async def pass_until(self, seconds: float, *stories: Coroutine[Any, Any, Any]) -> None:
        """Let these go on until then, and end them."""
        tasks = [asyncio.create_task(each) for each in stories]
        while self._now < seconds and not all(task.done() for task in tasks):
            for _ in range(ROUNDS):
                await asyncio.sleep(0)
            while self._at_work:
                await asyncio.sleep(0.0005)
                for _ in range(ROUNDS):
                    await asyncio.sleep(0)
            self._wake()
        for task in tasks:
            task.cancel()
        for end in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(end, Exception):
                raise end

    def _wake(self) -> None:
        while self._sleepers and (self._sleepers[0][2].done() or self._sleepers[0][0] <= self._now):
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
                return
        if self._sleepers:
            self._now = self._sleepers[0][0]
            self._wake()
