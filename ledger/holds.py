"""What is kept after a request is answered: in which system, how much, by what law, until when."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select, update

from dsar.frozen import Frozen
from ledger.database import Database, insert_or_update
from ledger.facts import checked
from ledger.tables import holds


class HoldState(StrEnum):
    """Whether something is kept still."""

    HELD = "held"
    RELEASED = "released"


class HoldRow(Frozen):
    """A hold in one system; a hold of several systems has a row for each."""

    id: str
    system: str
    request_id: str
    until: date | None
    """The last day of the first record to go; `None` while a lock has no end."""
    basis: str
    records: int
    state: HoldState
    kept_at: datetime
    released_at: datetime | None
    shredded_at: datetime | None


class Holds:
    """One row for each hold and system."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def keep(
        self, hold_id: str, request_id: str, system: str, until: date | None, basis: str, records: int
    ) -> None:
        """Keep what a hold holds in one system; said again, it holds what was said last."""
        key = {"id": checked("id", hold_id), "system": checked("system", system)}
        values = {
            "request_id": checked("request_id", request_id),
            "until": until,
            "basis": checked("basis", basis),
            "records": records,
            "state": str(HoldState.HELD),
            "kept_at": self._clock(),
            "released_at": None,
        }
        await self._database.write(lambda connection: insert_or_update(connection, holds, key, values))

    async def release(self, hold_id: str) -> None:
        """Nothing is kept any more, in any system."""
        held = update(holds).where(holds.c.id == hold_id, holds.c.state == str(HoldState.HELD))
        await self._database.change(held.values(state=str(HoldState.RELEASED), released_at=self._clock()))

    async def list(self, request_id: str | None = None, *, held_only: bool = True) -> tuple[HoldRow, ...]:
        """Holds, of one request or of all, the first to end first, those without an end last."""
        query = select(holds).order_by(holds.c.until.is_(None), holds.c.until, holds.c.id, holds.c.system)
        if request_id is not None:
            query = query.where(holds.c.request_id == request_id)
        if held_only:
            query = query.where(holds.c.state == str(HoldState.HELD))
        return tuple(HoldRow(**row) for row in await self._database.rows(query))

    async def to_shred(self) -> tuple[str, ...]:
        """Ids of holds that are released everywhere, and whose key is not destroyed yet."""
        query = select(holds.c.id).where(holds.c.shredded_at.is_(None)).group_by(holds.c.id)
        query = query.having(func.count() == func.count(holds.c.released_at)).order_by(holds.c.id)
        return tuple(row["id"] for row in await self._database.rows(query))

    async def mark_shredded(self, hold_id: str) -> None:
        """The hold's key is destroyed."""
        await self._database.change(update(holds).where(holds.c.id == hold_id).values(shredded_at=self._clock()))
