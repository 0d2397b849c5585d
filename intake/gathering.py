"""Requests that wait behind another in the same name: shown like any other, and begun when their sender comes back.

The form on the web takes anybody's word. So a flood of it in one person's name costs that person a letter or two, and
us one saga: the rest is kept, each with its number, and looks as a request looks whose code nobody has entered. Who
asks for a code, or tries one, has theirs begun. What nobody comes back to ends on its own date, like every request
that nobody proved; the answer to the first, which says the same, has gone to the address on file by then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from dsar.alarms import NO_TIME, proof_by
from dsar.case import Case, Ending, State
from dsar.policy import Policy
from dsar.requests import Right
from dsar.status import Status
from dsar.zones import named
from intake.engine import EngineDown
from intake.refusals import Refused
from ledger.gathered import Waiting
from ledger.ledger import Ledger
from ledger.requests import RequestRow

CODE_SECONDS = 8.0
"""How long a code may take to go out, for whoever waits at a page."""
LOOK_SECONDS = 0.05


class Gathering:
    """What becomes of requests that wait behind another."""

    def __init__(self, ledger: Ledger, policy: Policy, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._policy = policy
        self._now = now

    def status(self, row: RequestRow, case: Case) -> Status:
        """As it would stand if nobody had entered a code yet: who is behind whom is nobody's to see."""
        return Status(
            request_id=row.id,
            right=row.right,
            regime=row.regime,
            state=row.state,
            ending=row.outcome,
            due=row.due,
            safe=row.safe,
            explain=case.clock.explain,
            unfinished=(),
            plans=(),
            tasks=(),
            attempts_left=case.terms.code_attempts if row.state is State.AWAITING_PROOF else None,
        )

    async def begin(self, request_id: str) -> None:
        """Let it go on by itself.

        Raises:
            Refused: enough was sent in this person's name within a day.
        """
        if not await self._ledger.requests.gathered.begin(request_id):
            raise Refused("enough codes were sent to this address today; ask again tomorrow")

    async def cancel(self, request_id: str) -> None:
        """It is taken back; nobody has to be written to about it."""
        await self._close(request_id, Ending.CANCELLED, "cancelled, not begun")

    async def settle(self) -> None:
        """See to those whose time has come, or behind which nothing goes on any more."""
        policy = self._policy
        today = self._now().astimezone(named(policy.controller.zone)).date()
        waiting = await self._ledger.requests.gathered.waiting(
            today + policy.terms.hold_before_erasure + timedelta(days=1)
        )
        await self._go_on([each for each in waiting if each.lead is Ending.CANCELLED])
        for each in waiting:
            if each.state is State.RECEIVED and each.lead and each.lead is not Ending.CANCELLED:
                await self._close(each.id, each.lead, "answered with the one before, which says the same")
            elif self._too_late(each):
                await self._close(each.id, Ending.DENIED_UNVERIFIED, "denied, unverified")

    async def _go_on(self, waiting: Iterable[Waiting]) -> None:
        """The one before was taken back, perhaps by somebody else: the next begins in its place."""
        gathered, seen = self._ledger.requests.gathered, set[str]()
        for each in waiting:
            if each.behind not in seen and await gathered.begin(each.id):
                await gathered.follow(each.behind, each.id)
            seen.add(each.behind)

    def _too_late(self, waiting: Waiting) -> bool:
        zone = self._policy.controller.zone
        takes = self._policy.terms.hold_before_erasure if waiting.right is Right.DELETE else NO_TIME
        return self._now() >= proof_by(waiting.due, waiting.safe, zone, waiting.received_at, takes)

    async def _close(self, request_id: str, ending: Ending, event: str) -> None:
        await self._ledger.journal.append(request_id, "ended", event, state=State.ANSWERED, closed=ending)


async def code_is_out(status: Callable[[], Awaitable[Status]]) -> None:
    """Wait until the code of a request that has just begun can be tried.

    Raises:
        EngineDown: it takes too long.
    """
    try:
        async with asyncio.timeout(CODE_SECONDS):
            while not (await status()).attempts_left:  # noqa: ASYNC110 - the engine tells nobody of it
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise EngineDown from None
