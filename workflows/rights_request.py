"""One person's rights request, from receipt to evidence. `run` is the story; the handlers are how people take part."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.access import Access
from workflows.aftercare import Aftercare
from workflows.attributes import DUE, STATE
from workflows.deadline import Deadline, Extension
from workflows.deletion import Deletion
from workflows.people import GivenUp, People, Resolution
from workflows.proof import Confirmation, Proof
from workflows.search import Search

with workflow.unsafe.imports_passed_through():
    from activities.evidence import Entry, Evidence
    from activities.letters import Acknowledge, AnotherCode, Answer, Extend, Letters, Recipient, Ring
    from activities.systems import Act
    from dsar.alarms import Alarm, AlarmKind, proof_by
    from dsar.case import Case, Ending, State, Task, TaskKind, TaskState
    from dsar.data_map import System
    from dsar.frozen import Frozen
    from dsar.identity import Key
    from dsar.outcomes import Result, Tally
    from dsar.plans import Action, PlanSummary
    from dsar.proof import Attempt
    from dsar.requests import Right
    from dsar.status import Status, standing


class Closed(Frozen):
    """What a request leaves behind in the engine."""

    ending: Ending


class Cancellation(Frozen):
    """The request is taken back, by the person, or by us because it is fraudulent."""

    by: str
    reason: str


class Path(Protocol):
    """How one right is carried out."""

    async def carry_out(self) -> Result:
        """Do it."""

    async def put_back(self) -> None:
        """Undo all that can be undone."""

    async def leave(self, system: System) -> None:
        """The answer goes out without this system: undo there what can be undone."""


Work = Callable[[System], Coroutine[Any, Any, Tally]]
"""What a right's path does in one system."""

PATHS: dict[Right, Callable[["RightsRequest"], Path]] = {
    Right.ACCESS: Access,
    Right.PORTABILITY: Access,
    Right.DELETE: Deletion,
}
"""The rights that are carried out; a request for another one is refused at the door."""


@workflow.defn
class RightsRequest:
    """The saga."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self.case = case
        self.deadline = Deadline(case)
        self.people = People(case, self.deadline, self._show)
        self.search = Search(case, self.deadline, self.people)
        self.package: str | None = None
        self._proof = Proof(case.terms.code_attempts, case.terms.codes)
        self._path = PATHS[case.right](self)
        self._state = State.RECEIVED
        self._cancelled: Cancellation | None = None
        self._pivoted = False
        self._given_up: set[str] = set()
        self._unfinished: set[str] = set()
        self._beside: list[asyncio.Task[None]] = []
        self._finishing: dict[str, asyncio.Task[None]] = {}
        self._reaching: asyncio.Task[None] | None = None
        self._proves: frozenset[Key] = frozenset()
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
        await workflow.wait_condition(lambda: story.done() or self._cancelled is not None)
        if self._cancelled:
            await self._take_back(story)
        else:
            await story
        await steps.stopped(clock)
        await self._all_back()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Closed(ending=self._ending or Ending.COMPLIED)

    async def _story(self) -> None:
        if self.case.dry_run:
            # Planned as if the person had proved what they claim: a plan to read, which nothing follows.
            self.search.identity = self.search.identity.proved(frozenset(Key))
            await self.everywhere(self._only_plan)
            await self._end(Ending.PLANNED, "planned only")
            return
        await self._acknowledge()
        if not await self._verified():
            await steps.outside(Letters.deny_unverified, self.recipient(), "Deny for want of proof, with reasons")
            await self._end(Ending.DENIED_UNVERIFIED, "denied, unverified")
            return
        self.stand(State.IN_PROGRESS)
        result = await self._path.carry_out()
        await self._answer(result)
        await Aftercare(self, result).see_to()

    async def _acknowledge(self) -> None:
        """Within ten business days under 11 CCR 7021(a); here, at once."""
        order = Acknowledge(
            **self.recipient().model_dump(), identity=self.case.identity, answer_by=self.deadline.dates.due
        )
        acknowledged = await steps.outside(Letters.acknowledge, order, "Acknowledge, and send a code")
        self._proves = acknowledged.proves
        self._proof.sent(acknowledged.sent)
        self.stand(State.AWAITING_PROOF)
        if not acknowledged.reached:
            self._reaching = self._go_beside(
                self._reach(
                    "There is no address on file for the identifiers given. Find out how to reach the person.\n"
                    "done = the person was reached and is who they say."
                )
            )

    async def _verified(self) -> bool:
        """Wait for proof, until the time to answer is up."""
        dates = self.deadline.dates
        left = proof_by(dates.due, dates.safe, self.deadline.zone, workflow.now()) - workflow.now()
        try:
            await workflow.wait_condition(
                lambda: self._proof.verified, timeout=left, timeout_summary="Without proof until then: denied"
            )
        except TimeoutError:
            return False
        finally:
            if self._reaching:
                self._reaching.cancel()
        self.search.identity = self.search.identity.proved(self._proves)
        await self.record("verified", "verified", state=State.IN_PROGRESS)
        return True

    async def _answer(self, result: Result) -> None:
        titles = {system.name: system.title for system in self.case.systems}
        order = Answer(
            **self.recipient().model_dump(),
            result=result,
            titles=titles,
            package=self.package,
            link_expires=workflow.now() + self.case.terms.link_valid if self.package else None,
        )
        await steps.outside(Letters.answer, order, "Answer the person")
        ending = Ending.COMPLIED if result.complete else Ending.PARTLY
        await self._end(Ending.NOTHING_FOUND if result.nothing_found else ending, "answered")

    async def _take_back(self, story: "asyncio.Task[None]") -> None:
        """Cancelled before the pivot: stop, put everything back, and say so."""
        await steps.stopped(story)
        await self._path.put_back()
        await self._all_back()
        await steps.outside(Letters.confirm_cancellation, self.recipient(), "Confirm the cancellation")
        await self._end(Ending.CANCELLED, "cancelled, everything put back")

    # What every right's path uses

    async def everywhere(self, work: Work) -> Result:
        """Do the work in all systems at once; one that is down delays only itself."""
        self._unfinished = {system.name for system in self.case.systems}
        tallies = await asyncio.gather(*(self._unless_given_up(system, work) for system in self.case.systems))
        return Result(
            tallies=tuple(tally for tally in tallies if tally is not None),
            unreached=tuple(s.title for s, tally in zip(self.case.systems, tallies, strict=True) if tally is None),
        )

    async def confirmed(self, system: System, plan: PlanSummary) -> bool:
        """Ask a person about records that no proven identifier matches: are they the data subject's?"""
        count = plan.of(Action.CONFIRM)
        if not count:
            return False
        words = (
            f"{count} records in {system.title} match only by something that others can share, such as a name.\n"
            f"See them:  python starter.py plan {self.case.request_id} {system.name}\n"
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
            proven=self.search.identity.proven_kinds,
            confirmed=confirmed,
            erase_undecided=erase_undecided,
        )

    def pass_pivot(self) -> None:
        """From here on only forward. A cancellation that came first wins."""
        if self._cancelled:
            raise asyncio.CancelledError
        self._pivoted = True

    def give_up(self, system: System) -> None:
        """A person decided to answer without this system."""
        self._given_up.add(system.name)
        raise GivenUp

    def stand(self, state: State) -> None:
        """Say where the request stands, to whoever watches in the engine."""
        if state is not self._state:
            self._state = state
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

    def recipient(self) -> Recipient:
        """Whom letters are for."""
        return Recipient(request_id=self.case.request_id, right=self.case.right, policy=self.case.policy)

    def _show(self) -> None:
        """Keep what the engine's UI says of this request true."""
        workflow.set_current_details(standing(self.status()))

    async def _only_plan(self, system: System) -> Tally:
        await self.search.in_system(system)
        return Tally(system=system.name)

    async def _unless_given_up(self, system: System, work: Work) -> Tally | None:
        task = asyncio.create_task(work(system))
        try:
            await workflow.wait_condition(lambda: task.done() or system.name in self._given_up)
            if task.done():
                return await task
        except GivenUp:
            pass
        except asyncio.CancelledError:
            await steps.stopped(task)
            raise
        finally:
            self._finished(system)
        await steps.stopped(task)  # nothing may be put back while something is still being taken away
        self._go_beside(self._path.leave(system))
        return None

    def _finished(self, system: System) -> None:
        """Nobody has to be asked any more whether to go on without it."""
        self._unfinished.discard(system.name)
        if asking := self._finishing.pop(system.name, None):
            asking.cancel()

    def _go_beside(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Let something go on beside the story; the saga does not end before it has."""
        task = asyncio.create_task(work)
        self._beside.append(task)
        return task

    async def _all_back(self) -> None:
        """Wait for what goes on beside the story. A bug in there blocks the saga here, so that a fix can resume it."""
        await workflow.wait_condition(lambda: all(task.done() for task in self._beside))
        for task in self._beside:
            if not task.cancelled():
                task.result()

    def _cancel_from_engine(self) -> None:
        """Too late, it is ignored, as the person's own would be refused."""
        if not (self._pivoted or self._ending or self._cancelled):
            self._cancelled = Cancellation(by="engine", reason="cancelled in the engine")

    async def _end(self, ending: Ending, event: str) -> None:
        self._ending = ending
        self.stand(State.ANSWERED)
        await self.record("ended", event, state=State.ANSWERED, ending=ending)

    async def _ring(self, alarm: Alarm) -> None:
        """Wake people; from the escalation on, ask about each system that has not answered."""
        if self._ending or self.case.dry_run:
            return
        dates = self.deadline.dates
        order = Ring(**self.recipient().model_dump(), alarm=alarm, due=dates.due, safe=dates.safe)
        await steps.outside(Letters.ring, order, f"{alarm.kind}: {alarm.days_left} days left")
        await self.record(f"alarm:{alarm.at.isoformat()}", str(alarm.kind), days_left=alarm.days_left)
        if alarm.kind is not AlarmKind.WARNING:
            for system in self.case.systems:
                asking = self._finishing.get(system.name)
                if system.name in self._unfinished and (asking is None or asking.done()):
                    self._finishing[system.name] = self._go_beside(self._ask_to_finish(system))

    async def _ask_to_finish(self, system: System) -> None:
        words = (
            f"{system.title} is not done, and time is running out.\n"
            "done = go on waiting; exception = answer without it, and the person is told so."
        )
        task = await self.people.ask(TaskKind.FINISH, system, f"{system.title} is not done", words)
        if task.state is TaskState.EXCEPTION:
            self._given_up.add(system.name)

    async def _reach(self, words: str) -> None:
        """Where no code can prove it, a person vouches."""
        task = await self.people.ask(TaskKind.REACH, None, "Reach the person another way", words)
        if task.state is TaskState.DONE:
            self._proves = frozenset(i.kind for i in self.case.identity.identifiers)
            self._proof.verified = True

    # How people take part: updates change, and are refused before they leave a trace; queries read

    @workflow.update
    async def confirm(self, confirmation: Confirmation) -> Attempt:
        """The person enters the code."""
        attempt = self._proof.try_code(confirmation)
        if not attempt.verified and attempt.attempts_left == 0:
            await self.record(f"code dead:{workflow.info().get_current_history_length()}", "code dead")
        return attempt

    @confirm.validator
    def _check_confirm(self, confirmation: Confirmation) -> None:
        self._proof.check_possible(confirmation)

    @workflow.update
    async def send_another_code(self) -> None:
        """The person asks for a fresh code."""
        order = AnotherCode(**self.recipient().model_dump(), number=self._proof.next_number)
        self._proof.sent(await steps.outside(Letters.send_another_code, order, "Send another code"))

    @send_another_code.validator
    def _check_another(self) -> None:
        self._proof.check_another()

    @workflow.update
    async def resolve(self, resolution: Resolution) -> Task:
        """A person finishes a task."""
        return await self.people.resolve(resolution)

    @resolve.validator
    def _check_resolve(self, resolution: Resolution) -> None:
        self.people.check_resolution(resolution)

    @workflow.update
    async def extend(self, extension: Extension) -> str:
        """The privacy lead takes the longer period; the person is told why. The new legal date, ISO."""
        self.deadline.extend()
        dates = self.deadline.dates
        workflow.upsert_search_attributes([DUE.value_set(self.deadline.due_at)])
        order = Extend(**self.recipient().model_dump(), reason=extension.reason, answer_by=dates.due)
        await steps.outside(Letters.announce_extension, order, "Announce the extension")
        await self.record("extended", "extended", due=dates.due.isoformat(), safe=dates.safe.isoformat())
        return dates.due.isoformat()

    @extend.validator
    def _check_extend(self, extension: Extension) -> None:
        if self._ending:
            raise ApplicationError("this request is answered already", type="Answered")
        if not extension.reason.strip():
            raise ApplicationError("an extension needs a reason; the person is told it", type="NoExtension")
        self.deadline.check_extension()

    @workflow.update
    async def cancel(self, cancellation: Cancellation) -> None:
        """Take the request back."""
        self._cancelled = cancellation
        await self.record("cancel", "cancellation asked for")

    @cancel.validator
    def _check_cancel(self, cancellation: Cancellation) -> None:
        if self._pivoted:
            raise ApplicationError("too late to cancel: the erasure has begun and cannot be undone", type="TooLate")
        if self._ending or self._cancelled:
            raise ApplicationError("this request is over already", type="Answered")

    @workflow.query
    def status(self) -> Status:
        """Where the request stands."""
        dates = self.deadline.dates
        return Status(
            request_id=self.case.request_id,
            right=self.case.right,
            regime=self.case.clock.regime,
            state=self._state,
            ending=self._ending,
            due=dates.due,
            safe=dates.safe,
            explain=self.deadline.in_words(),
            unfinished=tuple(s.title for s in self.case.systems if s.name in self._unfinished),
            plans=tuple(self.search.plans.values()),
            tasks=tuple(self.people.open),
            attempts_left=self._proof.attempts_left if self._proof.codes_sent else None,
        )
