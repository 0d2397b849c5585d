"""The sweeps that went through the systems: when, by which policy, and whether what they found is forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from dsar.frozen import Frozen
from ledger.database import Database
from ledger.facts import checked
from ledger.tables import sweeps

LONGEST = timedelta(days=60)
"""A sweep that has not said by then that it is over never will."""


class SweepRow(Frozen):
    """One sweep. Times are UTC."""

    id: str
    mode: str
    policy: str
    begun_at: datetime
    ended_at: datetime | None
    shredded_at: datetime | None


class Sweeps:
    """One row a sweep."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, sweep_id: str, mode: str, policy: str) -> bool:
        """Keep a sweep; whether it was new."""
        texts = {"id": sweep_id, "mode": mode, "policy": policy}
        row: dict[str, object] = {name: checked(name, text) for name, text in texts.items()}
        return await self._database.add(sweeps, row | {"begun_at": self._clock()})

    async def end(self, sweep_id: str) -> None:
        """It is over; the first time stands."""
        still = update(sweeps).where(sweeps.c.id == sweep_id, sweeps.c.ended_at.is_(None))
        await self._database.change(still.values(ended_at=self._clock()))

    async def get(self, sweep_id: str) -> SweepRow | None:
        """A sweep, or `None`."""
        rows = await self._database.rows(select(sweeps).where(sweeps.c.id == sweep_id))
        return next((SweepRow(**row) for row in rows), None)

    async def list(self) -> tuple[SweepRow, ...]:
        """All of them, the newest last."""
        query = select(sweeps).order_by(sweeps.c.begun_at, sweeps.c.id)
        return tuple(SweepRow(**row) for row in await self._database.rows(query))

    async def to_shred(self) -> tuple[str, ...]:
        """Ids of sweeps that are over, and whose key is not destroyed yet."""
        over = or_(sweeps.c.ended_at.is_not(None), sweeps.c.begun_at < self._clock() - LONGEST)
        query = select(sweeps.c.id).where(over, sweeps.c.shredded_at.is_(None)).order_by(sweeps.c.id)
        return tuple(row["id"] for row in await self._database.rows(query))

    async def mark_shredded(self, sweep_id: str) -> None:
        """The sweep's key is destroyed."""
        await self._database.change(update(sweeps).where(sweeps.c.id == sweep_id).values(shredded_at=self._clock()))
