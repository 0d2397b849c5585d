"""What the saga itself decided, put into the ledger: entries of the journal, tasks, and how a request ended."""

from datetime import date

from temporalio import activity

from dsar.case import Ending, State, Task, TaskState
from dsar.frozen import Frozen
from ledger.facts import Fact
from ledger.ledger import Ledger


class Entry(Frozen):
    """One entry of the journal; the same `step` of a request is entered once, however often it is repeated."""

    request_id: str
    step: str
    event: str
    facts: dict[str, str | int | bool | None] = {}  # noqa: RUF012 - pydantic copies defaults
    state: State | None = None
    ending: Ending | None = None
    due: date | None = None
    """The legal date, where it has moved."""
    safe: date | None = None
    """The cautious one, where it has moved."""


class TaskChange(Frozen):
    """A task opened or finished."""

    request_id: str
    task: Task
    by: str = ""
    """Who finished it, or passed it on; empty: nobody did, it was opened or withdrawn."""
    number: int = 0
    """How often it was passed on: once to somebody and back are two entries."""


PROVED = frozenset({State.IN_PROGRESS, State.ON_HOLD})


class StillOpen(Frozen):
    """Some requests: asked with, those that one waits for; answered with, those of them that are not answered yet."""

    requests: tuple[str, ...]
    proved: bool = False
    """Only those whose person has proved who they are: what nobody has proved holds up nobody."""


class Evidence:
    """The ledger, as the saga writes to it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @activity.defn
    async def record(self, entry: Entry) -> None:
        """Enter into the journal what happened, and with it where the request stands now."""
        await self._ledger.journal.append(
            entry.request_id,
            entry.step,
            entry.event,
            entry.facts,
            state=entry.state,
            closed=entry.ending,
            due=entry.due,
            safe=entry.safe,
        )

    @activity.defn
    async def keep_task(self, change: TaskChange) -> None:
        """Keep a task's state, without its instructions."""
        task = change.task
        if task.state is TaskState.OPEN:
            due = date.fromisoformat(task.due)
            await self._ledger.tasks.open(task.id, change.request_id, task.kind, task.system, task.owner, due)
        else:
            await self._ledger.tasks.close(task.id, task.state)
        facts = {"task": task.id, "kind": task.kind, "system": task.system, "owner": task.owner, "state": task.state}
        facts |= {"by": change.by} if change.by else {}
        await self._ledger.journal.append(
            change.request_id, f"task:{task.id}:{task.state}", f"task {task.state}", facts
        )

    @activity.defn
    async def pass_on_task(self, change: TaskChange) -> None:
        """Keep who has a task now."""
        task = change.task
        await self._ledger.tasks.pass_on(task.id, task.owner)
        facts: dict[str, Fact] = {"task": task.id, "owner": task.owner, "by": change.by}
        step = f"task:{task.id}:to {task.owner}:{change.number}"
        await self._ledger.journal.append(change.request_id, step, "task passed on", facts)

    @activity.defn
    async def still_open(self, asked: StillOpen) -> StillOpen:
        """Which of these requests are not answered yet."""
        rows = [await self._ledger.requests.get(request_id) for request_id in asked.requests]
        still = [row for row in rows if row and row.closed_at is None and (row.state in PROVED or not asked.proved)]
        return StillOpen(requests=tuple(row.id for row in still))
