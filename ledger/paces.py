"""Who may ask a vendor when: each account's next seconds, leased by the processes that share it.

The time is the database's own where that is a server, so that machines whose clocks differ meet at one; a file is used
by the processes of one machine, and their common clock is the ledger's. A lease is told in the caller's clock, as it
stood when the database answered.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, case, extract, func, literal
from sqlalchemy.dialects import postgresql, sqlite

from ledger.database import Database
from ledger.facts import checked
from ledger.tables import paces
from ledger.transaction import Transaction

FURTHEST_SECONDS = 3600.0
"""Leases that lie further ahead were made by a clock that has been set back since: they hold up nobody."""


class Paces:
    """One row an account, under a keyed hash of where it is and of its credential."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def lease(self, account: str, seconds: float, lead: float, ticks: Callable[[], float]) -> float:
        """Take the account's next so many seconds, no sooner than in `lead` seconds; when they begin, by `ticks`.

        No two leases of an account overlap. One that is not used is lost, and delays the others by its length.
        """
        checked("account", account)

        async def work(connection: Transaction) -> float:
            is_file = connection.dialect.name == "sqlite"
            now = literal(self._clock().timestamp(), Double) if is_file else _server_now()
            free, soonest = paces.c.free_at, now + lead
            begins = case(
                (free < soonest, soonest), (free > now + FURTHEST_SECONDS + 100 * seconds, soonest), else_=free
            )
            first = (sqlite if is_file else postgresql).insert(paces)
            statement = first.values(account=account, free_at=soonest + seconds).on_conflict_do_update(
                index_elements=["account"], set_={"free_at": begins + seconds}
            )
            free_at, answered = (await connection.execute(statement.returning(free, now))).one()
            return ticks() + float(free_at) - seconds - float(answered)

        return await self._database.write(work)


def _server_now() -> ColumnElement[Any]:
    """The server's clock at this statement, in seconds: `now()` would be that of the transaction's beginning."""
    return extract("epoch", func.clock_timestamp()).cast(Double)
