"""The second factor of a download: keyed hashes of what was shown once to whoever submitted, and of tickets for it.

Those of a request go when it is forgotten (`ledger.forgetting`): there is nothing left to open.
"""

import hashlib
import hmac

from sqlalchemy import select

from ledger.database import Database
from ledger.facts import checked
from ledger.tables import passphrases
from ledger.transaction import Transaction

TICKET = ".ticket"
"""What a request's name ends with where its tickets are kept: a ticket opens no download."""


class Passphrases:
    """A request has one for each time it was submitted.

    They are long and made at random, so that a fast hash does; without its key, it cannot be tried against a copy.
    """

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = hmac.new(key, b"ledger passphrases 1", hashlib.sha256).digest()

    async def add(self, request_id: str, passphrase: str) -> None:
        """Accept this passphrase for the request's downloads."""
        row = {"request_id": checked("request_id", request_id), "hash": self._hash(request_id, passphrase)}
        await self._database.add(passphrases, row)

    async def matches(self, request_id: str, passphrase: str) -> bool:
        """Whether it is one of the request's. Counts no attempt: for our own people, not for a page."""
        return await self._database.read(lambda connection: self.matches_on(connection, request_id, passphrase))

    async def matches_on(self, connection: Transaction, request_id: str, passphrase: str) -> bool:
        """The same within the caller's transaction; the time it takes tells nothing of how nearly it is."""
        given = self._hash(request_id, passphrase)
        query = select(passphrases.c.hash).where(passphrases.c.request_id == request_id)
        kept = list((await connection.execute(query)).scalars())
        return sum(hmac.compare_digest(given, each) for each in kept) > 0

    def _hash(self, request_id: str, passphrase: str) -> str:
        """Spaces, hyphens and capitals are how people write it, not what it is."""
        letters = "".join(c for c in passphrase.lower() if c.isalnum())
        return hmac.new(self._key, f"{request_id}\n{letters}".encode(), hashlib.sha256).hexdigest()
