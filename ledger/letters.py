"""Which letters were sent, and a keyed hash of each: proof of what the person was told, without the words."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from dsar.frozen import Frozen
from ledger.database import Database
from ledger.digests import Digests
from ledger.facts import checked
from ledger.tables import letters

SENDING = "sending"
SENT = "sent"


class LetterRow(Frozen):
    """A letter. `digest` (`ledger.digests`) and `sent_at` are there once it was sent."""

    id: str
    request_id: str
    kind: str
    state: str
    digest: str | None
    claimed_at: datetime
    sent_at: datetime | None


_ROW = [letters.c[name].label(name) for name in LetterRow.model_fields]


class Letters:
    """Each letter is claimed before it is sent, and marked after."""

    def __init__(self, database: Database, digests: Digests, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._digests = digests
        self._clock = clock

    async def claim(self, letter_id: str, request_id: str, kind: str) -> bool:
        """Whether the caller must send this letter: nobody was seen to have sent it.

        A crash between sending and `sent` cannot be told from one before sending: the letter is sent again. Its id
        is the same then, and so should its Message-ID be.
        """
        texts = {"id": letter_id, "request_id": request_id, "kind": kind}
        row: dict[str, object] = {name: checked(name, text) for name, text in texts.items()}
        row |= {"state": SENDING, "claimed_at": self._clock()}
        if await self._database.add(letters, row):
            return True
        (known,) = await self._database.rows(select(letters.c.state).where(letters.c.id == letter_id))
        return bool(known["state"] != SENT)

    async def sent(self, letter_id: str, sha256: str) -> None:
        """The letter is out. Said again, it changes nothing."""
        out = update(letters).where(letters.c.id == letter_id, letters.c.state == SENDING)
        sent = {"state": SENT, "digest": self._digests.of(sha256), "sent_at": self._clock()}
        await self._database.change(out.values(sent))

    async def of(self, request_id: str) -> list[LetterRow]:
        """The letters of a request, in the order they were claimed."""
        query = select(*_ROW).where(letters.c.request_id == request_id).order_by(letters.c.claimed_at, letters.c.id)
        return [LetterRow(**row) for row in await self._database.rows(query)]
