"""A pace that several processes share: each leases the account's next turns, and then waits for its own.

A turn is a moment at which one request may leave; turns lie evenly, a little slower than the vendor's limit, and no two
processes get the same. They are leased by the second where all of them are used, by the quarter of a second where some
are, and one by one where a request comes now and then. So a process costs whoever gives the leases about a write a
second while it asks all it may, and never more than four. A process that dies takes the rest of its lease with it, and
nothing has to be cleaned up.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

HEADROOM = 0.965
"""Of the vendor's limit: requests do not arrive as evenly as they leave."""

LATE_SECONDS = 0.03
LATE_PART = 1 / 30
"""A turn that is missed by more, or by more than this part of the time between two, is lost: made up for, it would meet
the turns of others. Together with the headroom, no second has more requests than the limit, wherever it begins."""

SLICE_SECONDS = 1.0
"""The longest lease: who comes new to a busy account waits for the leases that are out."""

SHORTEST_SECONDS = 0.25
"""The shortest lease while requests come more often than that."""

LONGEST_LEAD = 1.0

Ticks = Callable[[], float]
"""A clock in seconds that nobody sets: `time.monotonic`."""


class Lease(Protocol):
    """Gives out turns, each only once, to all processes."""

    async def __call__(self, seconds: float, lead: float, ticks: Ticks) -> float:
        """When the next so many seconds of the account begin, by the caller's own clock; `lead` seconds off or more."""


@dataclass
class _Slice:
    """The turns of one lease, by our clock."""

    begins: float
    turns: int
    gap: float
    late: float
    passed: int = 0
    used: int = 0

    def take(self, now: float) -> float | None:
        """The first turn that is not lost yet."""
        self.passed = max(self.passed, -int((self.begins + self.late - now) // self.gap))
        if self.passed >= self.turns:
            return None
        due = self.begins + self.passed * self.gap
        self.passed += 1
        self.used += 1
        return due

    @property
    def ends(self) -> float:
        return self.begins + self.turns * self.gap


class LeasedPace:
    """This process's part of an account's pace.

    Args:
        lease: of this account.
        per_second: the vendor's limit.
        clock: seconds, by which the lease's moments are meant.
        sleep: waits so many of them.
    """

    def __init__(
        self,
        lease: Lease,
        per_second: float,
        clock: Ticks = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._lease = lease
        self._gap = 1 / (per_second * HEADROOM)
        self._late = max(LATE_SECONDS, self._gap * LATE_PART)
        self._most = max(1, int(per_second * SLICE_SECONDS))
        self._least = max(1, int(per_second * SHORTEST_SECONDS))
        self._clock = clock
        self._sleep = sleep
        self._slices: deque[_Slice] = deque(maxlen=1)
        self._line = asyncio.Lock()
        self._waiting = 0
        self._lead = 0.0

    async def turn(self) -> None:
        """Return when one more request may leave."""
        while True:
            due = await self._next()
            if (left := due - self._clock()) > 0:
                await self._sleep(left)
            if self._clock() - due <= self._late:
                return

    async def _next(self) -> float:
        """The next turn of ours, leased first if there is none. In the order asked."""
        self._waiting += 1
        try:
            async with self._line:
                while (due := self._slices[0].take(self._clock()) if self._slices else None) is None:
                    await self._extend()
                return due
        finally:
            self._waiting -= 1

    async def _extend(self) -> None:
        turns, asked = self._wanted(), self._clock()
        begins = await self._lease(turns * self._gap, self._lead, self._clock)
        took = self._clock() - asked
        # A lease that begins before we hear of it is lost in part: next time it begins no sooner than it can be used.
        self._lead = min(max(took, self._lead / 2), LONGEST_LEAD)
        self._slices.append(_Slice(begins, turns, self._gap, self._late))

    def _wanted(self) -> int:
        """As many turns as are surely used: one for each who waits, more while all that was leased was used in time."""
        last = self._slices[0] if self._slices else None
        if last is None or self._clock() > last.ends + SHORTEST_SECONDS:
            more = 1
        elif 2 * last.used >= last.turns:
            more = max(2 * last.turns, self._least)
        else:
            more = self._least
        return min(self._most, max(more, self._waiting))
