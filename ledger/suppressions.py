"""The suppression list: keyed hashes of those whose data must not come back into use."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsar.suppression import Scope, Suppression
from ledger.database import Database, insert_new
from ledger.facts import checked
from ledger.tables import suppressions

AT_ONCE = 500
"""Fingerprints in one query: SQLite takes 32,766 variables, PostgreSQL plans long lists badly."""


class Suppressions:
    """One row for each fingerprint and scope; the first day stands."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def add(self, request_id: str, scope: Scope, fingerprints: Iterable[str]) -> int:
        """Keep these in mind; how many were new."""
        now = self._clock()
        rows = [
            {
                "fingerprint": checked("fingerprint", fingerprint),
                "scope": str(scope),
                "request_id": checked("request_id", request_id),
                "since": now,
            }
            for fingerprint in sorted(fingerprints)
        ]

        async def insert(connection: AsyncConnection) -> int:
            return sum([await insert_new(connection, suppressions, row) for row in rows])

        return await self._database.write(insert)

    async def known(self, fingerprints: Iterable[str]) -> tuple[Suppression, ...]:
        """Which of these are on the list, and for what."""
        asked = sorted(set(fingerprints))
        found: list[Suppression] = []
        for start in range(0, len(asked), AT_ONCE):
            query = select(suppressions.c.fingerprint, suppressions.c.scope, suppressions.c.since)
            query = query.where(suppressions.c.fingerprint.in_(asked[start : start + AT_ONCE]))
            found += [Suppression(**row) for row in await self._database.rows(query)]
        return tuple(found)

    async def count(self) -> int:
        """How many are kept in mind."""
        (row,) = await self._database.rows(select(func.count().label("n")).select_from(suppressions))
        return int(row["n"])
