"""What the ledger has kept for long enough: emptied or deleted, by rules that can be applied again and again.

Evidence stays (`docs/operations.md` has a line for each table). What is forgotten here are the keyed hashes of
persons and of what they said, as soon as nothing has to be known again by them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Exists, Update, delete, exists, func, update

from ledger.database import Database
from ledger.passphrases import TICKET
from ledger.tables import legal_holds, passphrases, requests


class Forgetting:
    """One short transaction a rule, so that nobody waits for all of them."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def purge(self) -> None:
        """Apply every rule; also to what an older version of this program, or a backup, has left."""
        for rule in self._rules():
            await self._database.change(rule)

    def _rules(self) -> Iterator[Update | Delete]:
        lifted = legal_holds.c.lifted_at.is_not(None)
        yield update(legal_holds).where(lifted, legal_holds.c.subject.is_not(None)).values(subject=None)
        yield delete(passphrases).where(_forgotten(func.replace(passphrases.c.request_id, TICKET, "")))


def _forgotten(request_id: ColumnElement[str]) -> Exists:
    """Whether the request's key is destroyed; one that the ledger does not know may still have its own."""
    return exists().where(requests.c.id == request_id, requests.c.shredded_at.is_not(None))
