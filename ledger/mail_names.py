"""Which question a mail belongs to, by a keyed hash of whose it is and of which day: for as long as it has to be found.

A question's own id is chance. It stands in the journal for good, and whoever has the ledger's key could else try
whether somebody wrote to the company on some day.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from ledger.database import Database, insert_new
from ledger.facts import checked
from ledger.tables import mail_names
from ledger.transaction import Transaction

KEPT = timedelta(days=14)
"""What a sender writes on one day is gathered on that day; a mail that waits for the engine longer is asked anew."""


class MailNames:
    """One row a question."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def of(self, made: str, fresh: str) -> str:
        """The id of what this keyed hash stands for; from now on it is `fresh`, unless it had one.

        Two at the same moment have the same.
        """
        query = select(mail_names.c.id).where(mail_names.c.made == made)
        for row in await self._database.rows(query):
            return str(row["id"])
        new = {"made": checked("made", made), "id": checked("id", fresh), "named_at": self._clock()}

        async def work(connection: Transaction) -> str:
            await insert_new(connection, mail_names, new)
            return str((await connection.execute(query)).scalar_one())

        return await self._database.write(work)
