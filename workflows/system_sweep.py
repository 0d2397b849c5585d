"""One sweep in one system: look, erase what may go, ask about the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import steps
from workflows.sweep_report import InSystem, SweepStart
from workflows.sweep_tasks import SweepTasks

with workflow.unsafe.imports_passed_through():
    from activities.failures import NEEDS_PERSON
    from activities.letters import Letters, Proposed, TaskOpened
    from activities.sweep_orders import Asking, Begun, Found, Look, Round, Settled, Swept, Unreached, Which
    from activities.sweeping import Sweeps
    from dsar.case import Task, TaskKind, TaskState
    from dsar.plans import in_records
    from dsar.records import OutcomeKind
    from dsar.requests import Right
    from dsar.zones import earliest_date

P = TypeVar("P")
R = TypeVar("R")

GIVE_UP = timedelta(hours=20)
"""A system that is down for so long is swept tomorrow."""

KEPT_FOR = timedelta(days=365)
"""So long nobody is asked again about what a person decided to keep."""


class SystemSweep:
    """What becomes of one system's records."""

    def __init__(self, start: SweepStart, begun: Begun, tasks: SweepTasks, system: Swept) -> None:
        self._start = start
        self._begun = begun
        self._tasks = tasks
        self._system = system
        self.progress = InSystem(title=system.title)

    async def sweep(self) -> None:
        """Go through it once."""
        look = self._look()
        found = await self._helped(lambda: self._in_system(Sweeps.sweep_through, look, "look through it"))
        if found:
            self._note(found=found)
            if not self._start.dry_run:
                await self._act(found)
        self._note(finished=True)

    async def _act(self, found: Found) -> None:
        if found.erase > self._begun.approve_above:
            await self._propose(Which.EVERY, found.every)
            return
        at_once = [self._propose(Which.PROPOSED, found.propose)] if found.propose else []
        if found.erase:
            at_once.append(self._erase(self._look()))
        await asyncio.gather(*at_once)

    async def _propose(self, which: Which, records: dict[str, int]) -> None:
        """Ask whether records may go; what may is looked at afresh, for it may have changed while we waited."""
        total = sum(records.values())
        bound = f" (more than {self._begun.approve_above} are never erased unseen)" if which is Which.EVERY else ""
        words = (
            f"Past their retention, or back after their person was erased: {in_records(total)} in "
            f"{self._system.title}{bound}.\n{self._see_them()}\n"
            "done = erase them; exception = they are kept, and nobody is asked again for a year."
        )
        task = self._task(TaskKind.DECIDE, f"May {in_records(total)} in {self._system.title} go?", words)
        state = await self._asked(task, Round.FOUND, which, lambda: self._announce_proposal(task, records))
        if state is TaskState.DONE:
            look = self._look(Round.APPROVED, task.id)
            if await self._helped(lambda: self._in_system(Sweeps.sweep_through, look, "look again at what may go")):
                await self._erase(look)
        await self._settle(task, state)

    async def _erase(self, look: Look) -> None:
        gone = await self._helped(lambda: self._in_system(Sweeps.erase_swept, look, "erase, and look again"))
        if gone is None:
            return
        self._note(gone=(*self.progress.gone, gone))
        if by_hand := gone.of(OutcomeKind.NEEDS_PERSON):
            words = (
                f"Only a person can erase what has to go in {self._system.title}: {in_records(by_hand)}.\n"
                f"{self._see_them()}\n"
                "done = they are gone, and the next sweep looks; exception = they stay, and nobody is asked for a year."
            )
            task = self._task(TaskKind.ACT, f"{in_records(by_hand)} in {self._system.title} to erase by hand", words)
            await self._settle(task, await self._asked(task, look.round, Which.BY_HAND, lambda: self._announce(task)))

    async def _helped(self, work: Callable[[], Awaitable[R]]) -> R | None:
        """Do some work in the system, if need be after a person has cleared the way; `None` if it can't be done now."""
        while True:
            try:
                return await work()
            except ActivityError as error:
                cause = error.cause
            refused = isinstance(cause, ApplicationError) and cause.type == NEEDS_PERSON
            if not refused or self._system.name in self._begun.asked_about or not await self._unblocked(cause):
                self._note(missed=True)
                missed = Unreached(sweep_id=self._tasks.sweep_id, system=self._system.name)
                await steps.inside(Sweeps.miss_system, missed, f"Journal: {self._system.title} was not swept")
                return None

    async def _unblocked(self, cause: BaseException | None) -> bool:
        assert isinstance(cause, ApplicationError)  # noqa: S101 - the caller has seen to it
        words = f"{cause.message}\n\n{cause.details[0]}\n\ndone = try again; exception = leave it to a later sweep."
        task = self._task(TaskKind.UNBLOCK, f"{self._system.title} refuses us", words)
        return await self._tasks.ask(task, lambda: self._announce(task)) is TaskState.DONE

    async def _asked(
        self, task: Task, round_: Round, which: Which, announce: Callable[[], Awaitable[None]]
    ) -> TaskState:
        """Ask a person about records: from now on no other sweep does."""
        asking = Asking(
            sweep_id=self._tasks.sweep_id,
            system=self._system.name,
            round=round_,
            task_id=task.id,
            which=which,
            ask_again=date.fromisoformat(task.due),
        )
        await self._in_system(Sweeps.remember_asked, asking, "keep in mind what is asked")
        return await self._tasks.ask(task, announce)

    async def _settle(self, task: Task, state: TaskState) -> None:
        kept = state in {TaskState.EXCEPTION, TaskState.NOT_FOUND}
        again = self._today + (KEPT_FOR if kept else timedelta(0))
        await steps.inside(Sweeps.settle_asked, Settled(task_id=task.id, ask_again=again), "Keep what was decided")

    async def _announce(self, task: Task) -> None:
        order = TaskOpened(request_id=self._tasks.sweep_id, right=Right.DELETE, policy=self._begun.policy, task=task)
        await steps.outside(Letters.announce_task, order, f"Tell the privacy lead: {task.title}")

    async def _announce_proposal(self, task: Task, records: dict[str, int]) -> None:
        order = Proposed(
            sweep=self._tasks.sweep_id,
            policy=self._begun.policy,
            system=self._system.name,
            title=self._system.title,
            records=records,
            task_id=task.id,
        )
        await steps.outside(Letters.announce_proposal, order, f"Tell the privacy lead: {task.title}")

    async def _in_system(self, act: Callable[[Sweeps, P], Awaitable[R]], order: P, does: str) -> R:
        return await steps.in_system(act, order, f"{self._system.title}: {does}", within=GIVE_UP)

    def _task(self, kind: TaskKind, title: str, words: str) -> Task:
        return self._tasks.task(kind, self._system.name, title, words, self._today)

    def _look(self, round_: Round = Round.FOUND, task_id: str = "") -> Look:
        return Look(
            sweep_id=self._tasks.sweep_id,
            system=self._system.name,
            mode=self._start.mode,
            policy=self._begun.policy,
            today=self._today,
            round=round_,
            task_id=task_id,
        )

    def _see_them(self) -> str:
        return f"See them:  python starter.py plan {self._tasks.sweep_id} {self._system.name}"

    def _note(self, **news: object) -> None:
        self.progress = self.progress.model_copy(update=news)

    @property
    def _today(self) -> date:
        """What is kept until a day is kept until it is over everywhere that counts."""
        return earliest_date(workflow.now(), (self._begun.zone,))
