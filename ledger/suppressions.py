"""The suppression list: keyed hashes of those whose data must not come back into use."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update

from dsar.suppression import Scope, Suppression
from ledger.database import Database, insert_new
from ledger.facts import Fact, checked
from ledger.journal import Journal
from ledger.tables import suppressions
from ledger.transaction import Transaction

AT_ONCE = 500
"""Fingerprints in one query: SQLite takes 32,766 variables, PostgreSQL plans long lists badly."""


class Suppressions:
    """One row for each fingerprint and scope; the last request stands: what came before it was to go, too."""

    def __init__(self, database: Database, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock

    async def add(self, request_id: str, scope: Scope, fingerprints: Iterable[str]) -> int:
        """Keep these in mind, and journal it in the same transaction; how many were new."""
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

        facts: dict[str, Fact] = {"scope": str(scope), "identifiers": len(rows)}
        entry = self._journal.addition(request_id, f"suppressed:{scope}", "kept in mind", facts)

        async def work(connection: Transaction) -> int:
            new = sum([await self._add(connection, row) for row in rows])
            await self._journal.write(connection, [entry])
            return new

        return await self._database.write(work)

    async def known(self, fingerprints: Iterable[str]) -> tuple[Suppression, ...]:
        """Which of these are on the list, and for what."""
        asked = sorted(set(fingerprints))
        found: list[Suppression] = []
        for start in range(0, len(asked), AT_ONCE):
            query = select(suppressions.c.fingerprint, suppressions.c.scope, suppressions.c.since)
            query = query.where(suppressions.c.fingerprint.in_(asked[start : start + AT_ONCE]))
            found += [Suppression(**row) for row in await self._database.rows(query)]
        return tuple(found)

    async def forget(self, request_id: str, scope: Scope) -> int:
        """What one request had kept in mind counts no more; how many that were."""
        known = suppressions.c
        gone = delete(suppressions).where(known.request_id == request_id, known.scope == str(scope))
        return await self._database.change(gone)

    async def _add(self, connection: Transaction, row: dict[str, object]) -> bool:
        """Add one, or move it to a later request; a repeat of the same request changes nothing. Whether it is new."""
        if await insert_new(connection, suppressions, row):
            return True
        known = suppressions.c
        this = (known.fingerprint == row["fingerprint"]) & (known.scope == row["scope"])
        later = update(suppressions).where(this, known.request_id != row["request_id"], known.since < row["since"])
        await connection.execute(later.values(request_id=row["request_id"], since=row["since"]))
        return False

    async def count(self) -> int:
        """How many are kept in mind."""
        (row,) = await self._database.rows(select(func.count().label("n")).select_from(suppressions))
        return int(row["n"])
