"""Every policy that decided a request, word for word, under its digest."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from sqlalchemy import select

from ledger.database import Database
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
        await self._database.add(policies, row)

    async def get(self, digest: str) -> str:
        """A policy's text.

        Raises:
            UnknownPolicy: there is none of this digest.
        """
        query = select(policies.c.text).where(policies.c.digest == digest)
        for row in await self._database.rows(query):
            return str(row["text"])
        raise UnknownPolicy(f"the ledger has no policy {digest}")

    async def since(self, digest: str) -> datetime:
        """When a policy was first used, UTC.

        Raises:
            UnknownPolicy: there is none of this digest.
        """
        for row in await self._database.rows(select(policies.c.first_used).where(policies.c.digest == digest)):
            return cast("datetime", row["first_used"])
        raise UnknownPolicy(f"the ledger has no policy {digest}")
