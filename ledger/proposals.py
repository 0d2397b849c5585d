"""Records about which a person was asked, by keyed hash: so that tomorrow's sweep does not ask again."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from sqlalchemy import delete, select, update

from dsar.frozen import Frozen
from ledger.database import Database, insert_or_update
from ledger.facts import checked
from ledger.suppressions import AT_ONCE
from ledger.tables import proposals
from ledger.transaction import Transaction


class Proposal(Frozen):
    """One record, known by a keyed hash, and who was asked about it when."""

    record: str
    task_id: str
    asked_at: datetime
    ask_again: date
    """Until this day it is left alone: somebody is being asked, or has decided."""


class Proposals:
    """One row a record: the last task stands."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, task_id: str, records: Iterable[str], ask_again: date) -> None:
        """A person is asked about these. May be repeated."""
        values = {"task_id": checked("task_id", task_id), "asked_at": self._clock(), "ask_again": ask_again}
        keys = [{"record": checked("record", record)} for record in sorted(set(records))]

        async def work(connection: Transaction) -> None:
            for key in keys:
                await insert_or_update(connection, proposals, key, values)

        await self._database.write(work)

    async def resting(self, records: Iterable[str], today: date) -> dict[str, Proposal]:
        """Which of these are left alone today, by their hash."""
        asked = sorted(set(records))
        found: dict[str, Proposal] = {}
        for start in range(0, len(asked), AT_ONCE):
            part = asked[start : start + AT_ONCE]
            query = select(proposals).where(proposals.c.record.in_(part), proposals.c.ask_again > today)
            found |= {row["record"]: Proposal(**row) for row in await self._database.rows(query)}
        return found

    async def settle(self, task_id: str, ask_again: date) -> int:
        """The task is over: its records are left alone until this day; how many they are."""
        mine = update(proposals).where(proposals.c.task_id == task_id)
        return await self._database.change(mine.values(ask_again=ask_again))

    async def purge(self, today: date) -> None:
        """Forget those that may be asked about again."""
        past = delete(proposals).where(proposals.c.ask_again <= today)

        async def work(connection: Transaction) -> None:
            await connection.execute(past)

        await self._database.write(work)
