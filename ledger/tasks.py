"""What people have to do: kind, system, owner and due date. The instructions stay in the saga."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import select, update

from dsar.case import TaskState
from dsar.frozen import Frozen
from ledger.database import Database
from ledger.facts import checked
from ledger.tables import tasks


class TaskRow(Frozen):
    """A task, without its instructions."""

    id: str
    request_id: str
    kind: str
    system: str
    owner: str
    due: date
    state: TaskState
    opened_at: datetime
    closed_at: datetime | None


class Tasks:
    """Opened once, closed once."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def open(self, task_id: str, request_id: str, kind: str, system: str, owner: str, due: date) -> bool:
        """Keep a task as open; whether it was new. One that is known stays as it is, closed ones too."""
        texts = {"id": task_id, "request_id": request_id, "kind": kind, "system": system, "owner": owner}
        row: dict[str, object] = {name: checked(name, text) for name, text in texts.items()}
        row |= {"due": due, "state": str(TaskState.OPEN), "opened_at": self._clock()}
        return await self._database.add(tasks, row)

    async def close(self, task_id: str, state: str) -> bool:
        """Keep what became of a task (`TaskState`); whether it was open."""
        closed = update(tasks).where(tasks.c.id == task_id, tasks.c.state == str(TaskState.OPEN))
        return await self._database.change(closed.values(state=str(TaskState(state)), closed_at=self._clock())) == 1

    async def pass_on(self, task_id: str, owner: str) -> bool:
        """Keep who has a task now; whether it was open."""
        passed = update(tasks).where(tasks.c.id == task_id, tasks.c.state == str(TaskState.OPEN))
        return await self._database.change(passed.values(owner=checked("owner", owner))) == 1

    async def list(self, request_id: str | None = None, *, open_only: bool = True) -> tuple[TaskRow, ...]:
        """Tasks, of one request or of all, by due date."""
        query = select(tasks).order_by(tasks.c.due, tasks.c.opened_at, tasks.c.id)
        if request_id is not None:
            query = query.where(tasks.c.request_id == request_id)
        if open_only:
            query = query.where(tasks.c.state == str(TaskState.OPEN))
        return tuple(TaskRow(**row) for row in await self._database.rows(query))
