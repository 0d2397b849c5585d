"""What a sweep asks of people. It waits for them, but not for ever: the next sweep asks again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.people import Resolution

with workflow.unsafe.imports_passed_through():
    from activities.evidence import Evidence, TaskChange
    from dsar.case import Owner, Task, TaskKind, TaskState

PATIENCE = timedelta(days=14)
"""How long a sweep waits for an answer."""


class SweepTasks:
    """The tasks of one sweep."""

    def __init__(self, sweep_id: str) -> None:
        self.sweep_id = sweep_id
        self._tasks: dict[str, Task] = {}
        self._numbers = 0

    @property
    def open(self) -> tuple[Task, ...]:
        """What people still have to do."""
        return tuple(task for task in self._tasks.values() if task.state is TaskState.OPEN)

    def task(self, kind: TaskKind, system: str, title: str, instructions: str, today: date) -> Task:
        """A task with an id of its own, for the privacy lead."""
        self._numbers += 1
        return Task(
            id=f"{self.sweep_id}.{self._numbers}",
            kind=kind,
            system=system,
            title=title,
            instructions=instructions,
            owner=Owner.PRIVACY_LEAD,
            due=(today + PATIENCE).isoformat(),
        )

    async def ask(self, task: Task, announce: Callable[[], Awaitable[None]]) -> TaskState:
        """Open a task, tell its owner, and wait; unanswered, it is withdrawn."""
        await self._keep(task)  # before anybody can resolve it: opened and closed must be kept in this order
        self._tasks[task.id] = task
        try:
            await announce()
            await workflow.wait_condition(
                lambda: self._state(task.id) is not TaskState.OPEN, timeout=PATIENCE, timeout_summary=task.title
            )
        except (TimeoutError, asyncio.CancelledError) as error:
            if self._state(task.id) is TaskState.OPEN:
                await self._close(task.id, TaskState.WITHDRAWN)
            if isinstance(error, asyncio.CancelledError):
                raise
        return self._state(task.id)

    def check(self, resolution: Resolution) -> None:
        """Refuse what resolves nothing."""
        task = self._tasks.get(resolution.task_id)
        if task is None:
            raise ApplicationError(f"this sweep has no task {resolution.task_id}", type="NoTask")
        if task.state is not TaskState.OPEN:
            raise ApplicationError(f"this task is {task.state} already", type="TaskClosed")
        if resolution.state in {TaskState.OPEN, TaskState.WITHDRAWN}:
            raise ApplicationError("resolve a task as done, not_found or exception", type="NoResolution")

    async def resolve(self, resolution: Resolution) -> None:
        """Close a task; the sweep goes on where it waited."""
        await self._close(resolution.task_id, resolution.state)

    def _state(self, task_id: str) -> TaskState:
        return self._tasks[task_id].state

    async def _close(self, task_id: str, state: TaskState) -> None:
        self._tasks[task_id] = self._tasks[task_id].model_copy(update={"state": state})
        await self._keep(self._tasks[task_id])

    async def _keep(self, task: Task) -> None:
        change = TaskChange(request_id=self.sweep_id, task=task)
        await steps.inside(Evidence.keep_task, change, f"Task {task.state}: {task.title}")
