"""Whom to call about what changed: read from where requests stand, so that no change is missed and none is invented.

An address is kept as long as there may be something to tell.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, exists, func, select, update

from dsar.frozen import Frozen
from ledger.database import Database
from ledger.figures import EXTENDED
from ledger.tables import journal, partner_callbacks, partner_requests, requests

LEASE = timedelta(minutes=2)
"""Who takes a callback on has it for so long; then another process may."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
ATTEMPTS = 40
"""Of one change of state: somewhat more than a week."""


class Callback(Frozen):
    """A change that a partner has not been told yet."""

    partner: str
    ref: str
    url: str
    request_id: str
    now_seen: str
    """Where the request stands, as one word for each standing there is."""
    told: str
    attempts: int
    next_at: datetime


class Callbacks:
    """Changes to tell: each at least once, each by one process at a time, in the order in which they can be told."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def due(self, limit: int = 100) -> list[Callback]:
        """Those whose turn it is, the longest waiting first."""
        mine = (partner_requests.c.partner == partner_callbacks.c.partner) & (
            partner_requests.c.ref == partner_callbacks.c.ref
        )
        now_seen = _standing()
        query = (
            select(
                partner_callbacks.c.partner,
                partner_callbacks.c.ref,
                partner_callbacks.c.url,
                partner_requests.c.request_id,
                now_seen.label("now_seen"),
                partner_callbacks.c.told,
                partner_callbacks.c.attempts,
                partner_callbacks.c.next_at,
            )
            .join(partner_requests, mine)
            .join(requests, requests.c.id == partner_requests.c.request_id)
            .where(
                partner_callbacks.c.done.is_(False),
                partner_callbacks.c.next_at <= self._clock(),
                partner_callbacks.c.seen != now_seen,
            )
            .order_by(partner_callbacks.c.next_at, partner_callbacks.c.partner, partner_callbacks.c.ref)
            .limit(limit)
        )
        return [Callback(**row) for row in await self._database.rows(query)]

    async def take(self, callback: Callback) -> bool:
        """Take one on; whether nobody else did."""
        return await self._change(callback, untaken=True, next_at=self._clock() + LEASE)

    async def settle(self, callback: Callback, told: str, *, final: bool) -> None:
        """It is told, or says nothing new; `final`: nothing more will come, and the address is forgotten."""
        if final:
            await self._forget(callback)
        else:
            await self._change(callback, seen=callback.now_seen, told=told, attempts=0, next_at=self._clock())

    async def postpone(self, callback: Callback) -> bool:
        """It failed; whether it is tried again. If not, the address is forgotten."""
        attempts = callback.attempts + 1
        pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
        if attempts >= ATTEMPTS:
            await self._forget(callback)
            return False
        await self._change(callback, attempts=attempts, next_at=self._clock() + pause)
        return True

    async def _change(self, callback: Callback, *, untaken: bool = False, **values: object) -> bool:
        row = update(partner_callbacks).where(*_this(callback))
        if untaken:
            row = row.where(partner_callbacks.c.next_at == callback.next_at)
        return await self._database.change(row.values(values)) == 1

    async def _forget(self, callback: Callback) -> None:
        await self._database.change(delete(partner_callbacks).where(*_this(callback)))


def _this(callback: Callback) -> tuple[ColumnElement[bool], ...]:
    table = partner_callbacks.c
    return table.partner == callback.partner, table.ref == callback.ref, table.url == callback.url


def _standing() -> ColumnElement[str]:
    """Where a request stands for a partner: its state, its ending, whether it was extended or taken back."""
    extended = exists().where(journal.c.request_id == requests.c.id, journal.c.step == EXTENDED)
    return (
        requests.c.state
        + ":"
        + func.coalesce(requests.c.outcome, "")
        + case((extended, ":extended"), else_="")
        + case((partner_requests.c.withdrawn_at.is_not(None), ":withdrawn"), else_="")
    )
