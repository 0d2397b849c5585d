"""The mailbox in the ledger: how far it was read, and what became of each mail. Mails are known by keyed hashes.

A mail may lie in the mailbox for years. What was read is told by its UID there, so the hash is needed only until all
that came before the mail is settled too, and for the day on which a server numbers its mails anew. Then the recent
ones are known by their hashes, and the older ones by their date: so a hash need not be kept as long as the mail.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from dsar.frozen import Frozen
from ledger.database import Database, insert_or_update
from ledger.facts import LONGEST, checked
from ledger.tables import mail_questions, mailboxes, mails
from ledger.transaction import Transaction

KEPT = timedelta(days=60)
"""For so long a mail is known by its hash; who asks what became of one asks within that time. Any time would do."""
SKEW = timedelta(days=1)
"""By so much our clock and the mail server's may differ."""
WHOLE_EVERY = timedelta(hours=1)


class Position(Frozen):
    """How far a mailbox was read: every mail up to this UID is settled (RFC 3501, 2.3.1.1)."""

    uidvalidity: int
    last_uid: int
    since: datetime
    """What came before this moment is none of ours: it was there when the mailbox was read for the first time."""
    whole_at: datetime | None = None
    """When it was read to its end, and nothing waited; within the hour. `None`: never, under its present UIDs."""
    old_uid: int | None = None
    """Up to here mails were there when the server numbered them anew..."""
    old_before: datetime | None = None
    """...and those of them that came before this moment had been settled."""

    def was_settled(self, uid: int, received: datetime) -> bool:
        """Whether a mail was settled under an earlier UID, and may be unknown by its hash."""
        return (
            self.old_uid is not None
            and self.old_before is not None
            and uid <= self.old_uid
            and (received < self.old_before)
        )

    def read_whole(self, now: datetime) -> "Position":
        """All that is there is settled."""
        if self.whole_at and now - self.whole_at < WHOLE_EVERY:
            return self
        return self.model_copy(update={"whole_at": now})

    def numbered_anew(self, uidvalidity: int, last: int, now: datetime) -> "Position":
        """To be read from the start again, up to `last` with what was settled already.

        What waited when the mailbox was last read to its end came after that.
        """
        before = min(now - KEPT, self.whole_at - SKEW) if self.whole_at else self.old_before
        return Position(uidvalidity=uidvalidity, last_uid=0, since=self.since, old_uid=last, old_before=before)


class MailRow(Frozen):
    """What became of a mail."""

    key: str
    verdict: str
    why: str
    """In words of the rules."""
    owner: str | None
    """The request or the question that it became."""
    seen_at: datetime


class Mails:
    """Each mail is settled once."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def position(self, mailbox: str) -> Position | None:
        """How far it was read; `None`: never."""
        query = select(*(mailboxes.c[name] for name in Position.model_fields)).where(mailboxes.c.id == mailbox)
        return next((Position(**row) for row in await self._database.rows(query)), None)

    async def move(self, mailbox: str, position: Position) -> None:
        """It was read so far."""
        key = {"id": checked("mailbox", mailbox)}

        async def work(connection: Transaction) -> None:
            await insert_or_update(connection, mailboxes, key, position.model_dump())

        await self._database.write(work)

    async def settle(self, key: str, verdict: str, why: str, owner: str | None = None) -> bool:
        """Keep what became of a mail; the first word stands. Whether this was it."""
        row: dict[str, object] = {"key": checked("key", key), "verdict": checked("verdict", verdict)}
        row |= {"why": checked("why", why[:LONGEST]), "owner": checked("owner", owner) if owner else None}
        return await self._database.add(mails, row | {"seen_at": self._clock()})

    async def settled(self, key: str) -> MailRow | None:
        """What became of a mail; `None`: it was not seen to its end."""
        rows = await self._database.rows(select(mails).where(mails.c.key == key))
        return next((MailRow(**row) for row in rows), None)

    async def list(self) -> tuple[MailRow, ...]:
        """All that are still known, the newest last."""
        query = select(mails).order_by(mails.c.seen_at, mails.c.key)
        return tuple(MailRow(**row) for row in await self._database.rows(query))

    async def ask(self, mail_id: str) -> bool:
        """A person is asked about a mail; whether that is new."""
        return await self._database.add(mail_questions, {"id": checked("mail_id", mail_id), "asked_at": self._clock()})

    async def end(self, mail_id: str, outcome: str) -> None:
        """The question is over; the first time stands."""
        still = update(mail_questions).where(mail_questions.c.id == mail_id, mail_questions.c.ended_at.is_(None))
        await self._database.change(still.values(ended_at=self._clock(), outcome=checked("outcome", outcome)))

    async def is_over(self, mail_id: str) -> bool:
        """Whether the question was asked and has ended."""
        ended = select(mail_questions.c.id).where(
            mail_questions.c.id == mail_id, mail_questions.c.ended_at.is_not(None)
        )
        return bool(await self._database.rows(ended))

    async def to_shred(self) -> tuple[str, ...]:
        """Ids of questions that are over, and whose key is not destroyed yet."""
        over = mail_questions.c.ended_at.is_not(None), mail_questions.c.shredded_at.is_(None)
        query = select(mail_questions.c.id).where(*over).order_by(mail_questions.c.id)
        return tuple(row["id"] for row in await self._database.rows(query))

    async def mark_shredded(self, mail_id: str) -> None:
        """The question's key is destroyed."""
        this = update(mail_questions).where(mail_questions.c.id == mail_id)
        await self._database.change(this.values(shredded_at=self._clock()))
