"""What people do in the course of a request: each act as it goes through the desk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from temporalio.client import Client

from dsar.case import Ending, TaskState
from dsar.requests import Right
from dsar.submission import Person, Submission
from dsar.wish import Wish
from intake.desk import Desk, Refused
from tests.year.doors import PostOffice
from tests.year.passing_time import Now
from tests.year.played import Played
from tests.year.stories import Act, Deed

ZONE = ZoneInfo("America/Los_Angeles")
CLOSES = time(17)
TOMORROW = timedelta(days=1)

WRONG, WRONG_TOO = "000000", "111111"

Later = Callable[[datetime, Callable[[], Awaitable[None]]], None]
"""Puts something on the agenda."""


class Deeds:
    """Everything that persons and our people do of their own accord."""

    def __init__(self, desk: Desk, client: Client, post: PostOffice, now: Now, later: Later) -> None:
        self._desk = desk
        self._client = client
        self._post = post
        self._now = now
        self._later = later
        self.played: dict[str, Played] = {}
        self.joined = 0
        self._acts: dict[Act, Callable[[Deed, list[Played]], Awaitable[None]]] = {
            Act.CODE: self._code,
            Act.WRONG_CODES: self._wrong_codes,
            Act.ANOTHER_CODE: lambda _, mine: self._desk.send_another_code(mine[0].id),
            Act.CANCEL: self._cancel,
            Act.ASK: self._ask,
            Act.RECEIVE: self._receive,
            Act.EXTEND: self._extend,
            Act.LIFT: lambda _, mine: self._desk.lift(mine[0].id, by="lea", reason="canary: it is settled"),
            Act.AGAIN: self._again,
            Act.APPEAL: self._appeal,
        }

    def plan(self, deed: Deed, mine: list[Played]) -> None:
        """Put a deed on the agenda, counted from now or from the safe date."""
        moment = self._now.moment + deed.after
        if deed.before_safe is not None:
            safe = min(each.receipt.safe for each in mine)
            moment = datetime.combine(safe, CLOSES, ZONE) - deed.before_safe
        self._later(moment, lambda: self._do(deed, mine))

    def tell(self, played: Played, words: str) -> None:
        """Note what happened, for whoever reads a failure."""
        played.told.append(f"{self._now.moment.astimezone(ZONE):%Y-%m-%d %H:%M} {words}")

    async def _do(self, deed: Deed, mine: list[Played]) -> None:
        try:
            await self._acts[deed.act](deed, mine)
        except Refused as refused:
            self.tell(mine[0], f"{deed.act}: refused, {refused}")
        else:
            self.tell(mine[0], str(deed.act))

    async def _code(self, deed: Deed, mine: list[Played]) -> None:
        """Enter the code that came, of whichever request asks for it; or look into the mail again tomorrow."""
        asking = next((each.id for each in mine if each.id in self._post.codes), None)
        if asking is None:
            self._later(self._now.moment + TOMORROW, lambda: self._do(deed, mine))
            return
        attempt = await self._desk.confirm(asking, self._post.codes.pop(asking))
        assert attempt.verified, f"{asking}: the code that was sent is wrong"

    async def _wrong_codes(self, _: Deed, mine: list[Played]) -> None:
        right = self._post.codes.pop(mine[0].id, "")
        while (await self._desk.confirm(mine[0].id, WRONG_TOO if right == WRONG else WRONG)).attempts_left:
            pass

    async def _cancel(self, _: Deed, mine: list[Played]) -> None:
        first = mine[0]
        self._post.codes.pop(first.id, None)
        await self._rests(first)
        await self._desk.cancel(first.id, by="canary", reason="canary: changed my mind")

    async def _ask(self, deed: Deed, mine: list[Played]) -> None:
        await self._desk.ask(mine[0].id, deed.about, "canary: what do you mean?", by="lea")

    async def _receive(self, deed: Deed, mine: list[Played]) -> None:
        await self._desk.receive(mine[0].id, deed.about, by="lea")

    async def _extend(self, _: Deed, mine: list[Played]) -> None:
        await self._desk.extend(mine[0].id, "canary: the archive is being restored")

    async def _again(self, _: Deed, mine: list[Played]) -> None:
        receipt = await self._desk.submit(mine[0].story.submission())
        assert receipt.joined, f"{mine[0].id}: asked twice, and not joined"
        assert receipt.request_id == mine[0].id
        self.joined += 1

    async def _appeal(self, _: Deed, mine: list[Played]) -> None:
        story, says = mine[0].story, mine[0].story.kind.appeal_says
        receipt = await self._desk.submit(
            Submission(
                right=Right.APPEAL,
                person=Person(email=story.customer.email),
                wish=Wish(about=mine[0].id, statement="canary: it is not so"),
                regime=story.kind.regime,
            )
        )
        ends = Ending.COMPLIED if says is TaskState.DONE else Ending.REFUSED
        appeal = Played(story, receipt, self._now.moment, ends)
        self.played[appeal.id] = appeal
        self.tell(appeal, f"appeal came in; due {receipt.due}, safe {receipt.safe}")
        self.plan(Deed(Act.CODE, after=timedelta(days=2)), [appeal])

    async def _rests(self, played: Played) -> None:
        """Wait until nothing is done but waiting: this engine refuses to cancel a step that ends at the same moment."""
        handle = self._client.get_workflow_handle(played.id)
        for _ in range(400):
            said = (await handle.describe()).raw_description
            working = [a for a in said.pending_activities if not a.HasField("last_failure")]
            if not working and not said.HasField("pending_workflow_task"):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{played.id} does not come to rest")
