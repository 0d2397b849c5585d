"""Every policy that decided a request, word for word, under its digest."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from ledger.database import Database, insert_new
from ledger.tables import policies


class UnknownPolicy(LookupError):
    """The ledger has no policy of this digest: it belongs to another ledger, or was never remembered."""


class Policies:
    """The company's own promises: they may name its people, and no data subject."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def remember(self, digest: str, text: str) -> None:
        """Keep a policy, once."""
        row = {"digest": digest, "text": text, "first_used": self._clock()}
        async with self._database.write() as connection:
            await insert_new(connection, policies, row)

    async def get(self, digest: str) -> str:
        """A policy's text.

        Raises:
            UnknownPolicy: there is none of this digest.
        """
        query = select(policies.c.text).where(policies.c.digest == digest)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise UnknownPolicy(f"the ledger has no policy {digest}")
        return str(row.text)
