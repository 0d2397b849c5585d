"""People as part of the saga: a task is opened, its owner told, and the saga waits there, and only there."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows import steps
from workflows.deadline import Deadline

with workflow.unsafe.imports_passed_through():
    from activities.evidence import Evidence, TaskChange
    from activities.failures import NEEDS_PERSON
    from activities.letter_orders import TaskOpened
    from activities.letters import Letters
    from dsar.alarms import reminders
    from dsar.case import Case, Owner, Task, TaskKind, TaskState
    from dsar.data_map import System
    from dsar.frozen import Frozen
    from dsar.outcomes import Tally
    from dsar.records import OutcomeKind
    from dsar.requests import Right
    from dsar.staff import StaffName

R = TypeVar("R")

BEFORE_THE_CLOCK = timedelta(days=3)
"""A task is due so long before the safe date."""


LETS_IT_RUN = frozenset({TaskKind.APPROVE, TaskKind.REACH, TaskKind.AUTHORITY})
"""What stands between a request that somebody entered and an erasure."""


class Resolution(Frozen):
    """What a person says of a task."""

    task_id: str
    state: TaskState
    by: StaffName
    """Who says so: a name of our own staff."""
    note: str = ""


class PassOn(Frozen):
    """Somebody else is to do it."""

    task_id: str
    owner: Owner
    by: StaffName
    """Who says so: a name of our own staff."""


class GivenUp(Exception):
    """A person decided that the answer goes out without this system."""


class People:
    """The tasks of one request."""

    def __init__(self, case: Case, deadline: Deadline, changed: Callable[[], None]) -> None:
        self._case = case
        self._deadline = deadline
        self._changed = changed
        self.tasks: dict[str, Task] = {}
        self._passed_on = 0

    @property
    def open(self) -> list[Task]:
        """What people still have to do."""
        return [task for task in self.tasks.values() if task.state is TaskState.OPEN]

    async def ask(
        self,
        kind: TaskKind,
        system: System | None,
        title: str,
        instructions: str,
        owner: Owner = Owner.PRIVACY_LEAD,
    ) -> Task:
        """Open a task and wait until it is resolved; cancelled meanwhile, it is withdrawn."""
        due = max(self._deadline.today, self._deadline.dates.safe - BEFORE_THE_CLOCK)
        task = Task(
            id=f"{self._case.request_id}.{len(self.tasks) + 1}",
            kind=kind,
            system=system.name if system else "",
            title=title,
            instructions=instructions,
            owner=owner,
            due=due.isoformat(),
        )
        self.tasks[task.id] = task
        self._changed()
        change = TaskChange(request_id=self._case.request_id, task=task)
        try:
            await steps.inside(Evidence.keep_task, change, f"Open the task: {title}")
            order = TaskOpened(
                request_id=self._case.request_id, right=self._case.right, policy=self._case.policy, task=task
            )
            await steps.outside(Letters.announce_task, order, f"Tell the privacy lead: {title}")
            await self._finished(task.id, order)
        except asyncio.CancelledError:
            if self.tasks[task.id].state is TaskState.OPEN:
                await self._close(task.id, TaskState.WITHDRAWN)
            raise
        return self.tasks[task.id]

    async def _finished(self, task_id: str, order: TaskOpened) -> None:
        """Wait until somebody has finished it; as it falls due, its owner is told again."""
        due = date.fromisoformat(order.task.due)
        for at in reminders(due, self._deadline.zone, workflow.now()):
            if await self._finished_by(task_id, at):
                return
            task = self.tasks[task_id]
            again = order.model_copy(update={"task": task, "again": at.date().isoformat(), "reminder": True})
            await steps.outside(Letters.announce_task, again, f"Remind: {task.title}")
        await workflow.wait_condition(lambda: self.tasks[task_id].state is not TaskState.OPEN)

    async def _finished_by(self, task_id: str, at: datetime) -> bool:
        """Whether it was finished by then."""
        try:
            await workflow.wait_condition(
                lambda: self.tasks[task_id].state is not TaskState.OPEN,
                timeout=at - workflow.now(),
                timeout_summary=f"A reminder on {at:%Y-%m-%d}, if it is still open",
            )
        except TimeoutError:
            return False
        return True

    def check_passing_on(self, order: PassOn) -> None:
        """Refuse what passes nothing on."""
        task = self.tasks.get(order.task_id)
        if task is None or task.state is not TaskState.OPEN:
            raise ApplicationError(f"there is no open task {order.task_id}", type="NoTask")
        if task.owner == order.owner:
            raise ApplicationError(f"it is the {order.owner.in_words}'s already", type="SameOwner")

    async def pass_on(self, order: PassOn) -> None:
        """Somebody else has it now, and is told."""
        task = self.tasks[order.task_id].model_copy(update={"owner": order.owner})
        self.tasks[task.id] = task
        self._changed()
        self._passed_on += 1
        change = TaskChange(request_id=self._case.request_id, task=task, by=order.by, number=self._passed_on)
        await steps.inside(Evidence.pass_on_task, change, f"Passed on to {task.owner}: {task.title}")
        told = TaskOpened(
            request_id=self._case.request_id,
            right=self._case.right,
            policy=self._case.policy,
            task=task,
            again=f"{task.owner}.{self._passed_on}",
        )
        await steps.outside(Letters.announce_task, told, f"Tell the {task.owner}: {task.title}")

    def check_resolution(self, resolution: Resolution) -> None:
        """Refuse what resolves nothing."""
        task = self.tasks.get(resolution.task_id)
        if task is None:
            raise ApplicationError(f"this request has no task {resolution.task_id}", type="NoTask")
        if task.state is not TaskState.OPEN:
            raise ApplicationError(f"this task is {task.state} already", type="TaskClosed")
        if resolution.state in {TaskState.OPEN, TaskState.WITHDRAWN}:
            raise ApplicationError("resolve a task as done, not_found or exception", type="NoResolution")
        if self._is_own_word(task, resolution):
            why = "you entered this erasure: by the policy somebody else approves it, or vouches for the person"
            raise ApplicationError(why, type="TwoPeople")
        if task.kind is TaskKind.JUDGE and resolution.state is TaskState.NOT_FOUND:
            raise ApplicationError("resolve this one as done or exception", type="NoResolution")
        if task.kind is TaskKind.JUDGE and not resolution.note.strip():
            raise ApplicationError("say in the note what you decided and why: the person reads it", type="NoNote")

    def _is_own_word(self, task: Task, resolution: Resolution) -> bool:
        """Whether who entered an erasure would let it run all by themselves."""
        case = self._case
        guarded = case.terms.two_people and case.right is Right.DELETE and task.kind in LETS_IT_RUN
        same = _known_as(case.entered_by) == _known_as(resolution.by)
        return guarded and same and resolution.state is TaskState.DONE

    async def resolve(self, resolution: Resolution) -> Task:
        """Close a task; the saga goes on where it waited."""
        return await self._close(resolution.task_id, resolution.state, resolution.note, resolution.by)

    async def _close(self, task_id: str, state: TaskState, note: str = "", by: str = "") -> Task:
        task = self.tasks[task_id].model_copy(update={"state": state, "note": note})
        self.tasks[task_id] = task
        self._changed()
        change = TaskChange(request_id=self._case.request_id, task=task, by=by)
        await steps.inside(Evidence.keep_task, change, f"Task {task.state}: {task.title}")
        return task

    async def helped(self, system: System, work: Callable[[], Awaitable[R]]) -> R:
        """Do some work in a system; where only a person can clear the way, ask, and do it again."""
        while True:
            try:
                return await work()
            except ActivityError as error:
                cause = error.cause
                if not (isinstance(cause, ApplicationError) and cause.type == NEEDS_PERSON):
                    raise
                why, instructions = cause.message, str(cause.details[0])
            task = await self.ask(TaskKind.UNBLOCK, system, f"{system.title} refuses us", f"{why}\n\n{instructions}")
            if task.state is TaskState.EXCEPTION:
                raise GivenUp

    async def by_hand(self, system: System, tally: Tally, title: str, after: OutcomeKind, failed: str) -> Tally:
        """What no interface could do, a person does; the tally as they say it ended."""
        if not tally.of(OutcomeKind.NEEDS_PERSON):
            return tally
        task = await self.ask(TaskKind.ACT, system, title, "\n\n".join(tally.instructions))
        match task.state:
            case TaskState.EXCEPTION:
                seen, reasons = OutcomeKind.REFUSED, (*tally.reasons, failed)
            case TaskState.NOT_FOUND:
                seen, reasons = OutcomeKind.NOT_FOUND, tally.reasons
            case _:
                seen, reasons = after, tally.reasons
        told = tally.recounted(OutcomeKind.NEEDS_PERSON, seen)
        return told.model_copy(update={"reasons": reasons, "instructions": ()})


def _known_as(name: str) -> str:
    return " ".join(name.split()).casefold()
