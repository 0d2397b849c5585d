"""How often somebody told what we hold, by a keyed hash of the mailbox that has the code: asking anew gives no more."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from ledger.database import Database
from ledger.facts import checked
from ledger.journal import Journal
from ledger.tables import proof_attempts
from ledger.transaction import Transaction

COUNTED = timedelta(days=45)
"""For so long an attempt counts: as long as California's law gives us to answer."""


class ProofAttempts:
    """One row an attempt, for as long as it counts; after that, until the next housekeeping."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    async def claim(self, attempt: str, subject: str, at: datetime, since: datetime, most: int) -> bool:
        """Count an attempt of this subject, unless it has had so many since then; what is older is forgotten.

        Two at the same moment are counted one after the other.
        """
        row = {"id": checked("id", attempt), "subject": checked("subject", subject), "tried_at": at}

        async def work(connection: Transaction) -> bool:
            await self._journal.lock(connection)
            await connection.execute(delete(proof_attempts).where(proof_attempts.c.tried_at <= since))
            query = select(func.count()).select_from(proof_attempts).where(proof_attempts.c.subject == subject)
            if (await connection.execute(query)).scalar_one() >= most:
                return False
            await connection.execute(insert(proof_attempts), [row])
            return True

        return await self._database.write(work)
