"""One person's rights request, from receipt to evidence. `run` is the story; `taking_part` has people's part in it."""

import asyncio
from collections.abc import Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.access import Access
from workflows.aftercare import Aftercare
from workflows.agency import Agency
from workflows.attributes import DUE, STATE
from workflows.beside import Beside
from workflows.cooling_off import CoolingOff
from workflows.correction import Correction
from workflows.deadline import Deadline
from workflows.deletion import Deletion
from workflows.fanout import Fanout
from workflows.judgement import Judgement
from workflows.path import Path
from workflows.people import People
from workflows.restraint import Restraint
from workflows.search import Search
from workflows.siblings import Siblings, Told
from workflows.taking_part import Cancellation, TakingPart
from workflows.talking import Talking
from workflows.undelivered import Undelivered
from workflows.verification import Verification
from workflows.waiting import Waiting

with workflow.unsafe.imports_passed_through():
    from activities.agency import Agency as AgencyLetters
    from activities.evidence import Entry, Evidence
    from activities.letter_orders import Answer, Recipient, Refusal, Ring
    from activities.letters import Letters
    from activities.plan_work import Act
    from activities.suppression import Suppress, Suppressions
    from dsar.alarms import Alarm, AlarmKind
    from dsar.case import Case, Ending, State, TaskKind, TaskState
    from dsar.data_map import System
    from dsar.frozen import Frozen
    from dsar.identity import Key
    from dsar.outcomes import Result, Tally
    from dsar.plans import Action, PlanSummary, in_records
    from dsar.proof import looked_at_again
    from dsar.requests import Right
    from dsar.status import Status, standing
    from dsar.suppression import Scope


class Closed(Frozen):
    """What a request leaves behind in the engine."""

    ending: Ending


PATHS: dict[Right, Callable[["RightsRequest"], Path]] = {
    Right.KNOW: Access,
    Right.ACCESS: Access,
    Right.PORTABILITY: Access,
    Right.DELETE: Deletion,
    Right.CORRECT: Correction,
    Right.OPT_OUT: Restraint,
    Right.LIMIT: Restraint,
    Right.WITHDRAW: Restraint,
    Right.RESTRICT: Restraint,
    Right.OBJECT: Restraint,
    Right.APPEAL: Judgement,
    Right.COMPLAINT: Judgement,
}
"""How each right is carried out."""


@workflow.defn
class RightsRequest(TakingPart):
    """The saga."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self.case = case
        self.deadline = Deadline(case)
        self.people = People(case, self.deadline, self._show)
        self.search = Search(case, self.deadline, self.people)
        self.beside = Beside()
        self.afterwards = Beside()
        self.talking = Talking(self)
        self.undelivered = Undelivered(self)
        self.fanout = Fanout(case, self.people, self.beside)
        self.package: str | None = None
        self.categories: dict[str, int] = {}
        self.siblings = Siblings(case)
        self.lowered = False
        self.changed_in: set[str] = set()
        self.waiting = Waiting(self)
        self.agency = Agency(self)
        self.cooling_off = CoolingOff(self)
        self.verification = Verification(self)
        self.path = PATHS[case.right](self)
        self._state = State.RECEIVED
        self.cancelled: Cancellation | None = None
        self._asked_for = case.right
        self._pivoted = False
        self._ending: Ending | None = None

    # The story

    @workflow.run
    async def run(self, case: Case) -> Closed:
        """Carried through whatever the engine is told: a cancel from its UI is a cancellation, if one is possible."""
        return await steps.carried_through(self._life(), self._cancel_from_engine)

    async def _life(self) -> Closed:
        """Received, acknowledged, verified, carried out, answered, remembered; beside it, the clock."""
        clock = asyncio.create_task(self.deadline.watch(self._ring))
        story = asyncio.create_task(self._story())
        await workflow.wait_condition(lambda: story.done() or self.cancelled is not None)
        if self.cancelled:
            await self._take_back(story)
        else:
            await story
        await steps.stopped(clock)
        await self.beside.all_back()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._nothing_left()
        return Closed(ending=self._ending or Ending.COMPLIED)

    async def _nothing_left(self) -> None:
        """Wait until every message is read, every letter that came back is seen to, and nothing is being said."""
        while not (self.afterwards.back and workflow.all_handlers_finished()):
            await workflow.wait_condition(lambda: self.afterwards.back and workflow.all_handlers_finished())
        await self.afterwards.all_back()

    async def _story(self) -> None:
        if self.case.dry_run:
            # Planned as if the person had proved what they claim: a plan to read, which nothing follows.
            self.search.identity = self.search.identity.proved(frozenset(Key))
            await self.everywhere(self._only_plan)
            await self._end(Ending.PLANNED, "planned only")
            return
        await self.verification.acknowledge()
        if not await self.verification.verified():
            await steps.outside(Letters.deny_unverified, self.recipient(), "Deny for want of proof, with reasons")
            await self._end(Ending.DENIED_UNVERIFIED, "denied, unverified")
            return
        await self.siblings.my_turn()
        await self.cooling_off.over()
        self.stand(State.IN_PROGRESS)
        result = await self.path.carry_out()
        await self._answer(result)
        await Aftercare(self, self.path, result).see_to()

    async def _answer(self, result: Result) -> None:
        if result.refused:
            refusal = Refusal(**self.recipient().model_dump(), reasons=(result.refused,))
            await steps.outside(Letters.refuse, refusal, "Refuse, with reasons")
            await self._end(Ending.REFUSED, "refused")
            return
        titles = {system.name: system.title for system in self.case.systems}
        ending = _ending(result)
        if self.lowered and ending is Ending.COMPLIED:
            ending = Ending.PARTLY
        order = Answer(
            **self.recipient().model_dump(),
            ending=ending,
            result=result,
            titles=titles,
            package=self.package,
            link_expires=workflow.now() + self.case.terms.link_valid if self.package else None,
            detail=self.case.wish.detail,
            categories=self.categories,
            consents=self.case.wish.consents,
            decision=result.decision,
            lowered=self._asked_for if self.lowered else None,
        )
        await steps.outside(Letters.answer, order, "Answer the person")
        self._ended(ending)  # the letter's own step has entered it into the journal
        self.verification.over()

    async def _take_back(self, story: "asyncio.Task[None]") -> None:
        """Cancelled before the pivot: stop, put everything back, and say so."""
        await steps.stopped(story)
        await self.path.put_back()
        await self.beside.all_back()
        if self.fraud:
            await steps.outside(AgencyLetters.disown, self.recipient(), "Say that it is ended as a fraud")
            await self._end(Ending.FRAUDULENT, "ended as a fraud, everything put back")
            return
        await steps.outside(Letters.confirm_cancellation, self.recipient(), "Confirm the cancellation")
        await self._end(Ending.CANCELLED, "cancelled, everything put back")

    def take_for_categories(self) -> None:
        """Not proved enough for specific pieces: from here on a request for the categories (11 CCR 7024(a))."""
        self.lowered = True
        self.case = looked_at_again(self.case)
        self.search = Search(self.case, self.deadline, self.people)
        self.fanout = Fanout(self.case, self.people, self.beside)
        self.path = Access(self)

    # What every right's path uses

    async def everywhere(self, work: Callable[[System], Any]) -> Result:
        """Do the work in all systems at once; one that is down delays only itself."""
        return await self.fanout.everywhere(work, self.path.leave)

    async def confirmed(self, system: System, plan: PlanSummary) -> bool:
        """Ask a person about records that no proven identifier matches: are they the data subject's?"""
        count = plan.of(Action.CONFIRM)
        if not count:
            return False
        words = (
            f"May be the person's: {in_records(count)} in {system.title}. What matches is only something that others "
            "can share, such as a name, or that nobody has proved to be theirs, such as an account they named.\n"
            f"Compare them:  python starter.py compare {self.case.request_id} {system.name}\n"
            "done = they are the person's; not_found = they are somebody else's and stay untouched."
        )
        task = await self.people.ask(TaskKind.CONFIRM, system, f"Whose records in {system.title}?", words)
        return task.state is TaskState.DONE

    def act(self, system: System, *, confirmed: bool, erase_undecided: bool = False) -> Act:
        """The order to carry out a system's plan."""
        return Act(
            owner=self.case.request_id,
            system=system.name,
            right=self.case.right,
            policy=self.case.policy,
            today=self.deadline.today,
            wish=self.case.wish,
            proven=self.search.identity.proven_kinds,
            confirmed=confirmed,
            erase_undecided=erase_undecided,
            identity=self.search.identity,
        )

    def pass_pivot(self) -> None:
        """From here on only forward. A cancellation that came first wins."""
        if self.cancelled:
            raise asyncio.CancelledError
        self._pivoted = True

    def stand(self, state: State) -> None:
        """Say where the request stands, to whoever watches in the engine."""
        if state is not self._state:
            self._state = state
            if state is not State.AWAITING_PROOF:  # what needs proof was started as that: each change costs the engine
                workflow.upsert_search_attributes([STATE.value_set(state)])
        self._show()

    async def record(
        self, step: str, event: str, *, state: State | None = None, ending: Ending | None = None, **facts: str | int
    ) -> None:
        """Enter something into the journal."""
        entry = Entry(
            request_id=self.case.request_id, step=step, event=event, facts=dict(facts), state=state, ending=ending
        )
        await steps.inside(Evidence.record, entry, f"Journal: {event}")

    async def record_dates(self, step: str, event: str) -> None:
        """Enter into the journal what moved the dates, and have the ledger's lists go by the new ones."""
        due, safe = self.deadline.dates.due, self.deadline.dates.safe
        facts: dict[str, str | int | bool | None] = {"due": due.isoformat(), "safe": safe.isoformat()}
        entry = Entry(request_id=self.case.request_id, step=step, event=event, facts=facts, due=due, safe=safe)
        await steps.inside(Evidence.record, entry, f"Journal: {event}")

    async def suppress(self, scope: Scope) -> None:
        """Have the person known again by a keyed hash, so that what was done to their data stays done."""
        known = tuple(i for i in self.search.identity.identifiers if i.proven)
        order = Suppress(request_id=self.case.request_id, scope=scope, identifiers=known)
        await steps.inside(Suppressions.suppress, order, f"Keep in mind: {scope}")

    async def unsuppress(self, scope: Scope) -> None:
        """What this request had kept in mind of the person is over."""
        order = Suppress(request_id=self.case.request_id, scope=scope, identifiers=())
        await steps.inside(Suppressions.end_suppression, order, f"Keep in mind no more: {scope}")

    def recipient(self) -> Recipient:
        """Whom letters are for."""
        return Recipient(
            request_id=self.case.request_id,
            right=self.case.right,
            policy=self.case.policy,
            regime=self.case.clock.regime,
            to_agent=self.agency.answer_to_agent,
        )

    def check_not_too_late(self) -> None:
        """Refuse what can only be said while everything can be put back."""
        if self._pivoted:
            raise ApplicationError("too late to cancel: the erasure has begun and cannot be undone", type="TooLate")
        if self._ending or self.cancelled:
            raise ApplicationError("this request is over already", type="Answered")

    def end_as_fraud(self, reason: str) -> None:
        """It is not the person's: put everything back, here and in what was asked for together with it."""
        if self._pivoted or self._ending or self.cancelled:
            return
        self.cancelled = Cancellation(by="the person", reason=reason, fraud=True)
        if self.case.proves:
            told = Told(by=self.case.request_id, over=True, fraud=True)
            self.beside.go(self.siblings.tell(self.case.proves, told))

    def permission_confirmed(self) -> None:
        """The person says that they gave the permission: as good as their code (11 CCR 7063(a)(2))."""
        self.verification.confirmed_directly()

    def dates_moved(self) -> None:
        """The clock was extended, paused or let run again: whoever watches sees the new date."""
        workflow.upsert_search_attributes([DUE.value_set(self.deadline.due_at)])
        self._show()

    @property
    def fraud(self) -> bool:
        """Whether it was ended as a fraud."""
        return bool(self.cancelled and self.cancelled.fraud)

    @property
    def answered(self) -> bool:
        """Whether the answer is out."""
        return self._ending is not None

    def _show(self) -> None:
        """Keep what the engine's UI says of this request true."""
        workflow.set_current_details(standing(self.status()))

    async def _only_plan(self, system: System) -> Tally:
        await self.search.in_system(system)
        return Tally(system=system.name)

    def _cancel_from_engine(self) -> None:
        """Too late, it is ignored, as the person's own would be refused."""
        if not (self._pivoted or self._ending or self.cancelled):
            self.cancelled = Cancellation(by="engine", reason="cancelled in the engine")

    async def _end(self, ending: Ending, event: str) -> None:
        self._ended(ending)
        await self.record("ended", event, state=State.ANSWERED, ending=ending)
        self.verification.over()

    def _ended(self, ending: Ending) -> None:
        self._ending = ending
        self.stand(State.ANSWERED)

    async def _ring(self, alarm: Alarm) -> None:
        """Wake people; from the escalation on, ask about each system that has not answered."""
        if self._ending or self.case.dry_run:
            return
        dates = self.deadline.dates
        order = Ring(**self.recipient().model_dump(), alarm=alarm, due=dates.due, safe=dates.safe)
        await steps.outside(Letters.ring, order, f"{alarm.kind}: {alarm.days_left} days left")
        await self.record(f"alarm:{alarm.at.isoformat()}", str(alarm.kind), days_left=alarm.days_left)
        if alarm.kind is not AlarmKind.WARNING:
            self.fanout.ask_to_finish()

    @workflow.query
    def status(self) -> Status:
        """Where the request stands."""
        dates, state = self.deadline.dates, self._state
        if state is State.AWAITING_PROOF and self.verification.came:
            state = State.IN_PROGRESS  # said here alone: the engine's own lists would cost a step
        return Status(
            request_id=self.case.request_id,
            right=self._asked_for,
            regime=self.case.clock.regime,
            state=state,
            ending=self._ending,
            due=dates.due,
            safe=dates.safe,
            explain=self.deadline.in_words(),
            unfinished=self.fanout.unfinished,
            plans=tuple(self.search.plans.values()),
            tasks=tuple(self.people.open),
            attempts_left=self.verification.proof.attempts_left if self.verification.proof.codes_sent else None,
            proving=self.verification.points.asked(code=self.verification.proof.verified),
        )


def _ending(result: Result) -> Ending:
    if result.decision:
        return Ending.COMPLIED
    if result.nothing_found:
        return Ending.NOTHING_FOUND
    return Ending.COMPLIED if result.complete else Ending.PARTLY
