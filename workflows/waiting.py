"""Waiting for the person: something is asked of them, and where the law knows a pause, the clock stands still."""

from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.clocks import Clocks, Recount
    from activities.letter_orders import Clarify, Pause, Resumed
    from activities.letters import Letters
    from dsar.clock_events import ClockEvent, EventKind
    from dsar.frozen import Frozen
    from dsar.letters import WaitsFor
    from dsar.requests import Regime
    from dsar.waiting import Subject
    from dsar.zones import earliest_date

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest

ASKED = {
    Subject.PROOF: (EventKind.ID_REQUESTED, EventKind.ID_RECEIVED),
    Subject.CLARIFICATION: (EventKind.CLARIFICATION_REQUESTED, EventKind.CLARIFICATION_RECEIVED),
}

WAITS_FOR = {Subject.PROOF: WaitsFor.PROOF, Subject.CLARIFICATION: WaitsFor.CLARIFICATION}

PROOF_MOVES_DATES = frozenset({Regime.UK, Regime.EU})
"""Where asking for proof can move the legal date (UK GDPR 12A; the practice of some EU authorities)."""


class Ask(Frozen):
    """Order of the privacy lead: ask the person for proof, or what they mean."""

    what: Subject
    question: str
    by: str


class Received(Frozen):
    """The person has answered. What they said is read in the task, by whoever acts on it."""

    what: Subject
    by: str


class Waiting:
    """What one request waits for, and what that does to its clock."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._events: tuple[ClockEvent, ...] = ()
        self._open: set[Subject] = set()

    @property
    def asked(self) -> tuple[Subject, ...]:
        """What was asked for and has not come."""
        return tuple(subject for subject in Subject if subject in self._open)

    def check_ask(self, ask: Ask) -> None:
        """Refuse to ask twice, or when it is too late."""
        if self._request.answered:
            raise ApplicationError("this request is answered already", type="Answered")
        if ask.what in self._open:
            raise ApplicationError(f"{ask.what} was asked for already and has not come", type="AskedAlready")
        if not ask.question.strip():
            raise ApplicationError("say what is asked; the person reads it", type="NoQuestion")

    def check_receive(self, received: Received) -> None:
        """Refuse what was never asked for."""
        if received.what not in self._open:
            raise ApplicationError(f"{received.what} was not asked for", type="NotAsked")

    async def ask(self, ask: Ask) -> str:
        """Ask the person; the legal date as it stands now, ISO."""
        self._open.add(ask.what)  # before the first await: the next question must find it
        try:
            await self._happened(ASKED[ask.what][0])
        except ApplicationError:
            self._open.discard(ask.what)
            raise
        number = len(self._events)
        if self._paused:
            order = Pause(
                **self._request.recipient().model_dump(), question=ask.question, kind=WAITS_FOR[ask.what], number=number
            )
            await steps.outside(Letters.announce_pause, order, f"Ask the person: {ask.what}; the clock stands still")
        else:
            dates = self._request.deadline.dates
            clarify = Clarify(
                **self._request.recipient().model_dump(), question=ask.question, answer_by=dates.due, number=number
            )
            await steps.outside(Letters.ask_clarification, clarify, f"Ask the person: {ask.what}")
        return await self._recorded(f"asked for {ask.what}")

    async def receive(self, received: Received) -> str:
        """It has come; the legal date as it stands now, ISO."""
        self._open.discard(received.what)
        was_paused = self._paused
        try:
            await self._happened(ASKED[received.what][1])
        except ApplicationError:
            self._open.add(received.what)
            raise
        if was_paused:
            dates = self._request.deadline.dates
            head = self._request.recipient().model_dump()
            order = Resumed(**head, answer_by=dates.due, number=len(self._events))
            await steps.outside(Letters.announce_resumed, order, "Tell the person until when the answer comes")
        return await self._recorded(f"received {received.what}")

    async def proof_came(self) -> None:
        """The code was asked for with the acknowledgement, and is here now."""
        clock = self._request.case.clock
        if clock.regime in PROOF_MOVES_DATES and not self._open and not self._events:
            acknowledged = earliest_date(workflow.info().start_time, (clock.zone,))
            self._events = (ClockEvent(kind=EventKind.ID_REQUESTED, on=max(acknowledged, clock.received_on)),)
            try:
                await self._happened(EventKind.ID_RECEIVED)
            except ApplicationError:
                self._events = ()  # a letter that lay on a desk: the clock had run out before anything was asked
                return
            await self._recorded(f"received {Subject.PROOF}")

    @property
    def _paused(self) -> bool:
        return self._request.deadline.paused

    async def _happened(self, kind: EventKind) -> None:
        events = (*self._events, ClockEvent(kind=kind, on=self._request.deadline.today))
        order = Recount(sheet=self._request.case.clock, events=events, extended_on=self._request.deadline.extended_on)
        recounted = await steps.inside(Clocks.recount, order, "Work the dates out anew")
        if recounted.sheet is None:
            raise ApplicationError(recounted.refused, type="RefusedEvent")
        self._events = events
        self._request.deadline.adopt(recounted.sheet)
        self._request.dates_moved()

    async def _recorded(self, event: str) -> str:
        await self._request.record_dates(f"waiting:{len(self._events)}", event)
        return self._request.deadline.dates.due.isoformat()
