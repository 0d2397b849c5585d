"""What a hold asks of people: to erase, once its time is over, what no interface erases."""

from collections.abc import Sequence
from datetime import date, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.people import Resolution

with workflow.unsafe.imports_passed_through():
    from activities.evidence import Evidence, TaskChange
    from activities.holds import Held
    from activities.letter_orders import TaskOpened
    from activities.letters import Letters
    from dsar.case import Owner, Task, TaskKind, TaskState
    from dsar.requests import Right

PATIENCE = timedelta(days=14)
"""When a task is due."""

ENDINGS = "done = it is erased; not_found = nothing is there; exception = not now: it is asked again within a month."


class HoldTasks:
    """The tasks of one hold, one a system at a time; `open_tasks` and `asked` are those of the run before."""

    def __init__(self, hold_id: str, right: Right, policy: str, open_tasks: Sequence[Task], asked: int) -> None:
        self._hold_id = hold_id
        self._right = right
        self._policy = policy
        self._open = {task.id: task for task in open_tasks}
        self.asked = asked
        self._said: set[str] = set()

    @property
    def open(self) -> tuple[Task, ...]:
        """What people still have to do."""
        return tuple(self._open.values())

    @property
    def answered(self) -> bool:
        """Whether somebody says that something is gone, and nobody has looked yet."""
        return bool(self._said)

    def taken(self) -> frozenset[str]:
        """The systems of which somebody says that it is gone: each once."""
        said, self._said = frozenset(self._said), set()
        return said

    async def ask(self, held: Held, today: date) -> None:
        """Open a task for what is to be erased by hand in a system; where one is open, tell its owner again."""
        of_it = [task for task in self.open if task.system == held.system]
        if not held.by_hand:
            for task in of_it:
                await self._close(task, TaskState.WITHDRAWN)
        elif of_it:
            await self._tell(of_it[0], again=today.isoformat())
        else:
            await self._opened(held, today)

    def check(self, resolution: Resolution) -> None:
        """Refuse what resolves nothing."""
        if resolution.task_id not in self._open:
            raise ApplicationError(f"this hold has no open task {resolution.task_id}", type="NoTask")
        if resolution.state in {TaskState.OPEN, TaskState.WITHDRAWN}:
            raise ApplicationError("resolve a task as done, not_found or exception", type="NoResolution")

    async def resolve(self, resolution: Resolution) -> None:
        """Close a task; what is said to be gone is looked for."""
        task = self._open[resolution.task_id]
        if resolution.state is not TaskState.EXCEPTION:
            self._said.add(task.system)
        await self._close(task, resolution.state, resolution.by)

    async def _opened(self, held: Held, today: date) -> None:
        self.asked += 1
        title = held.title or held.system
        task = Task(
            id=f"{self._hold_id}.{self.asked}",
            kind=TaskKind.ACT,
            system=held.system,
            title=f"Erase by hand in {title}: its time is over",
            instructions="\n\n".join((*held.instructions, ENDINGS)),
            owner=Owner.PRIVACY_LEAD,
            due=(today + PATIENCE).isoformat(),
        )
        await self._keep(task)
        self._open[task.id] = task
        await self._tell(task)

    async def _close(self, task: Task, state: TaskState, by: str = "") -> None:
        del self._open[task.id]
        await self._keep(task.model_copy(update={"state": state}), by)

    async def _keep(self, task: Task, by: str = "") -> None:
        change = TaskChange(request_id=self._hold_id, task=task, by=by)
        await steps.inside(Evidence.keep_task, change, f"Task {task.state}: {task.title}")

    async def _tell(self, task: Task, again: str = "") -> None:
        order = TaskOpened(
            request_id=self._hold_id,
            right=self._right,
            policy=self._policy,
            task=task,
            again=again,
            reminder=bool(again),
        )
        await steps.outside(Letters.announce_task, order, f"Tell the privacy lead: {task.title}")
