"""Plays the year: one engine, one clock, and people who act when their time comes."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from foundation import Foundation
from intake.desk import Desk
from tests.year.calendar_of_year import DAYS, FIRST_DAY, ZONE, Calendar
from tests.year.deeds import Deeds
from tests.year.doors import PostOffice
from tests.year.passing_time import Now, Skipped
from tests.year.played import Played
from tests.year.staff import Staff
from tests.year.stories import Story
from tests.year.town import Town
from workflows.housekeeping import Housekeeping

QUEUE = "year"
AFTERMATH = timedelta(days=130)
"""What came in on the last day can take three months, and what was answered is looked after for weeks."""

SESSIONS = (time(10, 7), time(16, 11))
"""When our people are at work. At no full hour: this engine, unlike the real one, hangs where a request calls off a
step at the very moment at which that step ends, and with time skipped everything of an hour is of one moment."""

FORGET_EVERY = 14
"""Days between two runs of the housekeeping."""

STUCK_SECONDS = 120
"""What takes longer, on a busy machine too, never ends."""


@dataclass(order=True)
class Due:
    """Something to be done at a moment."""

    at: datetime
    number: int
    do: Callable[[], Awaitable[None]] = field(compare=False)


class Year:
    """Everything that a check looks at."""

    def __init__(
        self,
        client: Client,
        desk: Desk,
        foundation: Foundation,
        town: Town,
        post: PostOffice,
        now: Now,
        calendar: Calendar,
    ) -> None:
        self.desk = desk
        self.foundation = foundation
        self.town = town
        self.post = post
        self.now = now
        self.calendar = calendar
        self.deeds = Deeds(desk, client, post, now, self._at)
        self.staff = Staff(desk, foundation.ledger, town, now, self.deeds.played)
        self._client = client
        self._time = Skipped(client)
        self._agenda: list[Due] = []
        self._number = itertools.count()
        self._unheard = 0

    @property
    def played(self) -> dict[str, Played]:
        """Every request, by its id, in the order they came in."""
        return self.deeds.played

    async def play(self) -> None:
        """The whole year, and its aftermath."""
        for story in self.calendar.stories:
            self._at(story.at, lambda story=story: self._comes_in(story))  # type: ignore[misc]
        for _, end in self.calendar.engine_down:
            self._at(end, self._dispatch)
        for number in range(DAYS + AFTERMATH.days):
            day = (FIRST_DAY + timedelta(days=number)).date()
            for hour in SESSIONS:
                self._at(datetime.combine(day, hour, ZONE), self.staff.works)
            if number % FORGET_EVERY == 0:
                self._at(datetime.combine(day, SESSIONS[-1], ZONE), self._forget)
        self._at(datetime.combine(day, SESSIONS[-1], ZONE), self._forget)
        while self._agenda:
            due = heapq.heappop(self._agenda)
            async with asyncio.timeout(STUCK_SECONDS):
                await self._passes_until(due.at)
                await due.do()

    def saga(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        """A request, or a hold, in the engine."""
        return self._client.get_workflow_handle(workflow_id)

    def _at(self, moment: datetime, do: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._agenda, Due(moment, next(self._number), do))

    async def _passes_until(self, moment: datetime) -> None:
        left = moment - self.now.moment
        if left <= timedelta(0):
            return
        await self._slept(asyncio.ensure_future(self._time.passes(left)))
        self.now.moment = max(moment, await self._time.moment())

    async def _slept(self, sleeping: "asyncio.Future[None]") -> None:
        """Wait until the time has passed.

        This engine stops the time when a child ends, until its parent has heard of it. A hold's is closed by then.
        """
        while not (await asyncio.wait({sleeping}, timeout=0.5))[0]:
            holds = {row.id for row in await self.foundation.ledger.holds.list(held_only=False) if row.released_at}
            ended = sum([await _is_over(self.saga(hold)) for hold in holds])
            for _ in range(ended - self._unheard):
                await self._time.goes_on()
            self._unheard = ended
        await sleeping

    async def _forget(self) -> None:
        name = f"housekeeping-{next(self._number)}"
        await self._client.execute_workflow(Housekeeping.run, id=name, task_queue=QUEUE)

    async def _dispatch(self) -> None:
        await self.desk.dispatch()

    async def _comes_in(self, story: Story) -> None:
        receipt = await self.desk.submit(story.submission())
        received = story.at - (story.kind.on_paper or timedelta(0))
        ends = dict(zip(story.kind.rights, story.kind.ends, strict=True))
        mine = [Played(story, each, received, ends[each.right]) for each in (receipt, *receipt.others)]
        for each in mine:
            assert not each.receipt.joined, f"{story} joined another"
            self.played[each.id] = each
            self.deeds.tell(each, f"{each.receipt.right} came in; due {each.receipt.due}, safe {each.receipt.safe}")
        for deed in story.kind.deeds:
            self.deeds.plan(deed, mine)


async def _is_over(handle: WorkflowHandle[Any, Any]) -> bool:
    return (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING
