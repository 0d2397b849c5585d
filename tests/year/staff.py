"""The privacy lead and the deputy: they come twice a day and do what is due, or has lain long enough."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from dsar.case import Ending, TaskKind, TaskState
from intake.desk import Desk, Refused
from ledger.ledger import Ledger
from ledger.tasks import TaskRow
from tests.year.passing_time import Now
from tests.year.played import Played
from tests.year.town import Town

ZONE = ZoneInfo("America/Los_Angeles")
SATURDAY = 5
HOLIDAY = (31, 32, 33)
"""The weeks of summer in which nobody is there but whoever does what is due."""


class Staff:
    """Our own people."""

    def __init__(self, desk: Desk, ledger: Ledger, town: Town, now: Now, played: Mapping[str, Played]) -> None:
        self._desk = desk
        self._ledger = ledger
        self._systems = {system.config.name: system for system in town.systems}
        self._now = now
        self._played = played
        self.answered_without: set[str] = set()
        """The requests that they let go out without a system."""

    async def works(self) -> None:
        """One session. At weekends only what cannot wait is done."""
        for row in await self._ledger.tasks.list():
            played = self._played[row.request_id]
            if self._takes(row, played):
                await self._resolve(row, played)

    def _takes(self, row: TaskRow, played: Played) -> bool:
        today = self._now().astimezone(ZONE).date()
        if row.due <= today:
            return True
        if today.weekday() >= SATURDAY or today.isocalendar().week in HOLIDAY:
            return False
        return row.opened_at + played.story.patience <= self._now()

    async def _resolve(self, row: TaskRow, played: Played) -> None:
        state = await self._decide(row, played)
        here = f"{self._now().astimezone(ZONE):%Y-%m-%d %H:%M}"
        try:
            await self._desk.resolve(row.id, state, by="lea", note=f"canary: it is {state}")
        except Refused as refused:
            played.told.append(f"{here} the task {row.kind} is refused: {refused}")
        else:
            played.told.append(f"{here} {row.owner}: {row.kind} {row.system} {state}")

    async def _decide(self, row: TaskRow, played: Played) -> TaskState:
        kind, system = TaskKind(row.kind), self._systems.get(row.system)
        says = played.story.kind.says.get(kind, TaskState.DONE)
        owner = played.story.number
        match kind:
            case TaskKind.JUDGE if played.receipt.right == "appeal":
                return played.story.kind.appeal_says
            case TaskKind.FINISH:
                assert system
                if not (system.is_down() or system.is_stuck(owner) or owner in system.refused):
                    return TaskState.DONE
                self.answered_without.add(row.request_id)
                if played.expected is Ending.COMPLIED:
                    played.expected = Ending.PARTLY
                return TaskState.EXCEPTION
            case TaskKind.UNBLOCK if says is TaskState.DONE:
                assert system
                system.refused.discard(owner)
            case TaskKind.ACT if system:
                system.erase_by_hand((await self._desk.task(row.id)).instructions)
        return says
