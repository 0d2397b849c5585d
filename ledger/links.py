"""Download links: single use, expiring, with a second factor and few attempts. Only a token's hash is kept."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from dsar.frozen import Frozen
from ledger.database import Database
from ledger.facts import checked
from ledger.journal import Journal
from ledger.passphrases import Passphrases
from ledger.tables import links
from ledger.transaction import Transaction

ATTEMPTS = 5
"""Wrong passphrases that a link bears; the last of them ends it."""


class Ready(Frozen):
    """The link waits for its passphrase."""

    expires_at: datetime
    attempts_left: int


class Granted(Frozen):
    """The passphrase was right: this is what may be downloaded, this once."""

    request_id: str
    name: str
    """The vault's name of it."""


class WrongPassphrase(Frozen):
    """Not the passphrase; the link still works."""

    attempts_left: int


class Locked(Frozen):
    """Too many wrong passphrases: this link is dead."""


class Expired(Frozen):
    """The link's time is over."""


class Used(Frozen):
    """It was downloaded with this link already."""


class Unknown(Frozen):
    """There never was such a link."""


LinkUse = Granted | WrongPassphrase | Locked | Expired | Used | Unknown
LinkView = Ready | Locked | Expired | Used | Unknown


class Links:
    """Issues links, and lets each be used once."""

    def __init__(
        self, database: Database, passphrases: Passphrases, journal: Journal, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._passphrases = passphrases
        self._journal = journal
        self._clock = clock

    async def issue(self, request_id: str, name: str, expires_at: datetime) -> str:
        """A fresh token, 256 random bits, for one object of a request. It cannot be read again."""
        token = secrets.token_urlsafe(32)
        row = {
            "token_hash": _hash(token),
            "request_id": checked("request_id", request_id),
            "name": checked("name", name),
            "expires_at": expires_at,
            "attempts": 0,
        }
        await self._database.add(links, row)
        return token

    async def peek(self, token: str) -> LinkView:
        """How it stands with a link. Changes nothing: mail scanners and browsers look ahead."""
        return await self._database.read(lambda connection: self._view(connection, _hash(token)))

    async def consume(self, token: str, passphrase: str) -> LinkUse:
        """Use a link up. Of several at once, one is granted; the journal has it, and what locked a link."""
        return await self._database.write(lambda connection: self._consume(connection, _hash(token), passphrase))

    async def _consume(self, connection: Transaction, token_hash: str, passphrase: str) -> LinkUse:
        view = await self._view(connection, token_hash)
        if not isinstance(view, Ready):
            return view
        query = select(links.c.request_id, links.c.name).where(links.c.token_hash == token_hash)
        link = (await connection.execute(query)).one()
        granted = await self._passphrases.matches_on(connection, link.request_id, passphrase)
        attempts = await self._take(connection, token_hash, granted=granted)
        if attempts is None:  # somebody else was faster
            view = await self._view(connection, token_hash)
            return Used() if isinstance(view, Ready) else view
        if granted:
            await self._enter(connection, link.request_id, token_hash, "package collected")
            return Granted(request_id=link.request_id, name=link.name)
        if attempts < ATTEMPTS:
            return WrongPassphrase(attempts_left=ATTEMPTS - attempts)
        await self._enter(connection, link.request_id, token_hash, "link locked")
        return Locked()

    async def _take(self, connection: Transaction, token_hash: str, *, granted: bool) -> int | None:
        """One attempt, in one statement that finds the link alive or finds nothing; the attempts that failed by now."""
        now = self._clock()
        alive = (
            update(links)
            .where(links.c.token_hash == token_hash, links.c.consumed_at.is_(None))
            .where(links.c.attempts < ATTEMPTS, links.c.expires_at > now)
        )
        taken = alive.values(consumed_at=now) if granted else alive.values(attempts=links.c.attempts + 1)
        row = (await connection.execute(taken.returning(links.c.attempts))).one_or_none()
        return None if row is None else int(row.attempts)

    async def _view(self, connection: Transaction, token_hash: str) -> LinkView:
        row = (await connection.execute(select(links).where(links.c.token_hash == token_hash))).one_or_none()
        if row is None:
            return Unknown()
        if row.consumed_at is not None:
            return Used()
        if row.attempts >= ATTEMPTS:
            return Locked()
        if row.expires_at <= self._clock():
            return Expired()
        return Ready(expires_at=row.expires_at, attempts_left=ATTEMPTS - row.attempts)

    async def _enter(self, connection: Transaction, request_id: str, token_hash: str, event: str) -> None:
        addition = self._journal.addition(request_id, f"link:{token_hash[:16]}:{event}", event)
        await self._journal.write(connection, [addition])


def _hash(token: str) -> str:
    """A token is long and random: nobody finds it by trying, so a plain hash does."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
