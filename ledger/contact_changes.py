"""Whose address was corrected, and when: keyed hashes only. The addresses themselves are in the vault."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from dsar.frozen import Frozen
from dsar.policy import LONGEST_COOLING_OFF
from ledger.database import Database, insert_or_update
from ledger.facts import checked
from ledger.tables import contact_changes
from ledger.transaction import Transaction

LONGEST = LONGEST_COOLING_OFF
"""A change that is older holds up no copy, whatever `cooling_off` a policy has: with every extension, a copy is due
within three months (GDPR 12(3); 90 days under Cal. Civ. Code 1798.130(a)(2))."""


class ContactChange(Frozen):
    """A person's address was corrected: by which request, and when."""

    request_id: str
    changed_at: datetime


class ContactChanges:
    """One row for each identifier of a person whose address was corrected; the last change stands.

    It goes with the first change, or the first housekeeping, after nobody has to know it any more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, request_id: str, fingerprints: Iterable[str], at: datetime, forget_before: datetime) -> None:
        """Keep in mind whose address was changed; forget those of whom nobody has to know any more."""
        values = {"request_id": checked("request_id", request_id), "changed_at": at}
        keys = [{"fingerprint": checked("fingerprint", each)} for each in sorted(set(fingerprints))]

        async def work(connection: Transaction) -> None:
            await connection.execute(delete(contact_changes).where(contact_changes.c.changed_at < forget_before))
            for key in keys:
                await insert_or_update(connection, contact_changes, key, values)

        await self._database.write(work)

    async def latest(self, fingerprints: Iterable[str], since: datetime) -> ContactChange | None:
        """The last change of whoever has one of these identifiers, if it was after `since`."""
        query = (
            select(contact_changes.c.request_id, contact_changes.c.changed_at)
            .where(contact_changes.c.fingerprint.in_(sorted(set(fingerprints))))
            .where(contact_changes.c.changed_at > since)
            .order_by(contact_changes.c.changed_at.desc())
            .limit(1)
        )
        return next((ContactChange(**row) for row in await self._database.rows(query)), None)
