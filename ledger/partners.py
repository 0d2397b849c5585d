"""What partners handed in, under names of their own; their tokens; and the messages that they may not send twice.

What a partner sent is known again until some time after the request is forgotten; then only by the name that the
protocol gives it (`ledger.forgetting`).
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import Field
from sqlalchemy import delete, func, insert, select, update

from dsar.frozen import Frozen
from ledger.database import Database, insert_new, insert_or_update
from ledger.facts import Fact, checked
from ledger.journal import Journal
from ledger.tables import journal, partner_callbacks, partner_messages, partner_requests, partner_tokens
from ledger.transaction import Transaction

JOINED = "joined:"
"""How the steps begin by which the journal says that a request was asked for once more."""

KEPT_AFTER = timedelta(minutes=5)
"""A message is remembered for so long after it expired: two processes' clocks need not agree."""


class NewPartnerRequest(Frozen):
    """One thing that a partner asked for."""

    partner: str
    ref: str
    """The partner's name for it, or ours for the partner: unique within the partner."""
    request_id: str
    partner_ref: str | None = None
    """What else the partner calls it, to be repeated in answers."""
    digest: str
    joined: bool
    """The request was open already when the partner asked."""
    callbacks: tuple[str, ...] = ()
    told: str = ""
    """The state that the partner reads in the answer, and need not be called about."""
    claims: dict[str, Fact] = Field(default_factory=dict)
    """What the partner says of the person's identity: evidence of a claim, proof of nothing."""


class PartnerRequest(Frozen):
    """What the ledger knows of it. Times are UTC."""

    partner: str
    ref: str
    request_id: str
    partner_ref: str | None
    digest: str
    """Empty some time after the request is forgotten: then no message is the same."""
    joined: bool
    received_at: datetime
    withdrawn_at: datetime | None


class Partners:
    """One row for each thing asked for, one token a partner, one row for each message until it expires."""

    def __init__(self, database: Database, journal: Journal, key: bytes, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._journal = journal
        self._key = hmac.new(key, b"ledger partners 1", hashlib.sha256).digest()
        self._clock = clock

    def digest(self, body: bytes) -> str:
        """A keyed hash, by which the same body is known again."""
        return hmac.new(self._key, body, hashlib.sha256).hexdigest()

    async def bind(self, new: NewPartnerRequest) -> PartnerRequest:
        """Keep what a partner asked for, whom to call about it, and an entry in the journal. Given again, it stands."""
        await self._database.write(lambda connection: self._bind_on(connection, new))
        kept = await self.get(new.partner, new.ref)
        assert kept is not None  # noqa: S101 - written above, and never deleted
        return kept

    async def get(self, partner: str, ref: str) -> PartnerRequest | None:
        """What a partner asked for under this name, or `None`: also for what another partner asked."""
        return next(
            iter(await self._requests(partner_requests.c.partner == partner, partner_requests.c.ref == ref)), None
        )

    async def named(self, partner: str, partner_ref: str) -> PartnerRequest | None:
        """What the partner itself calls by this name, the first of them, or `None`."""
        found = await self._requests(
            partner_requests.c.partner == partner, partner_requests.c.partner_ref == partner_ref
        )
        return min(found, key=lambda row: (row.received_at, row.ref), default=None)

    async def is_last(self, asked: PartnerRequest) -> bool:
        """Whether nobody else wants the request: it came by a partner, and all others that asked took it back.

        Where it cannot be told, it is not.
        """
        rows = await self._requests(partner_requests.c.request_id == asked.request_id)
        counting = select(func.count().label("count")).where(
            journal.c.request_id == asked.request_id, journal.c.step.startswith(JOINED, autoescape=True)
        )
        joined = (await self._database.rows(counting))[0]["count"]
        others = [
            row for row in rows if row.withdrawn_at is None and (row.partner, row.ref) != (asked.partner, asked.ref)
        ]
        opened_by_partner = any(not row.joined for row in rows)
        return opened_by_partner and not others and joined <= sum(row.joined for row in rows)

    async def withdraw(self, asked: PartnerRequest) -> None:
        """The partner took it back; the first time stands."""
        mine = update(partner_requests).where(
            partner_requests.c.partner == asked.partner,
            partner_requests.c.ref == asked.ref,
            partner_requests.c.withdrawn_at.is_(None),
        )
        await self._database.change(mine.values(withdrawn_at=self._clock()))

    async def first_use(self, partner: str, message: bytes, until: datetime) -> bool:
        """Whether a message was not used before; from now on, and until it expires, it was."""
        row = {"partner": checked("partner", partner), "hash": self.digest(message), "until": until + KEPT_AFTER}

        async def work(connection: Transaction) -> bool:
            await connection.execute(delete(partner_messages).where(partner_messages.c.until <= self._clock()))
            return await insert_new(connection, partner_messages, row)

        return await self._database.write(work)

    async def issue_token(self, partner: str) -> str:
        """A new bearer token; the partner's last one is dead. Only its hash is kept."""
        token = secrets.token_urlsafe(32)
        values = {"token_hash": self.digest(token.encode()), "issued_at": self._clock()}
        key = {"partner": checked("partner", partner)}
        await self._database.write(lambda connection: insert_or_update(connection, partner_tokens, key, values))
        return token

    async def partner_of(self, token: str) -> str | None:
        """Whose token it is, or `None`."""
        query = select(partner_tokens.c.partner).where(partner_tokens.c.token_hash == self.digest(token.encode()))
        return next((row["partner"] for row in await self._database.rows(query)), None)

    async def _bind_on(self, connection: Transaction, new: NewPartnerRequest) -> None:
        await self._journal.lock(connection)
        if not await insert_new(connection, partner_requests, self._row(new)):
            return
        if new.callbacks:
            await connection.execute(insert(partner_callbacks), self._callbacks(new, new.callbacks))
        facts: Mapping[str, Fact] = {"partner": new.partner, "ref": new.ref, "joined": new.joined, **new.claims}
        entry = self._journal.addition(new.request_id, f"partner:{new.partner}:{new.ref}", "asked by a partner", facts)
        await self._journal.write(connection, [entry])

    def _row(self, new: NewPartnerRequest) -> dict[str, object]:
        texts = {name: checked(name, getattr(new, name)) for name in ("partner", "ref", "request_id", "digest")}
        partner_ref = None if new.partner_ref is None else checked("partner_ref", new.partner_ref)
        return {**texts, "partner_ref": partner_ref, "joined": new.joined, "received_at": self._clock()}

    def _callbacks(self, new: NewPartnerRequest, urls: Sequence[str]) -> list[dict[str, object]]:
        rest = {"seen": "", "told": new.told, "attempts": 0, "next_at": self._clock(), "done": False}
        return [
            {"partner": new.partner, "ref": new.ref, "url": checked("url", url), **rest} for url in dict.fromkeys(urls)
        ]

    async def _requests(self, *where: object) -> list[PartnerRequest]:
        query = select(partner_requests).where(*where)  # type: ignore[arg-type]
        return [PartnerRequest(**row) for row in await self._database.rows(query)]
