"""A mailbox on an IMAP server. Mails are read and flagged; nothing is moved, marked as read, or deleted."""

import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import unquote, urlsplit

from connectors.connector import NeedsPerson, TryLater
from connectors.imap_letter import content
from connectors.imap_login import is_busy, log_in
from connectors.imap_wire import Reply, Wire, quoted
from connectors.oauth import Tokens, grant_in
from intake.mail_reading import MAX_BYTES

SECONDS = 60.0
"""What the server may take to answer, or to hand out a piece of a mail."""
PIECE = 1 << 20
"""Bytes of a mail that are asked for at once."""
WHOSE = "HABEAS_IMAP_SECRET"
FLAG = "$Habeas"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

_INTERNALDATE = re.compile(rb'INTERNALDATE "([^"]{20,40})"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UIDVALIDITY = re.compile(rb"UIDVALIDITY (\d+)")


class BadInbox(ValueError):
    """The mailbox's address cannot be used. Says why, and not the address."""


class InboxDown(Exception):
    """The mail server cannot be used now: it does not answer, or refuses us. Says which, without an address."""


@dataclass(frozen=True)
class Address:
    """Where a mailbox is, and how it is opened."""

    host: str
    port: int
    user: str
    key: str | Tokens = field(repr=False)
    """A password, or where access tokens come from."""
    folder: str = "INBOX"
    secure: bool = True

    @property
    def name(self) -> str:
        """What tells this mailbox from others."""
        return f"{self.user}@{self.host}/{self.folder}"


@dataclass(frozen=True)
class Delivery:
    """A mail as the server keeps it."""

    uid: int
    received: datetime
    """INTERNALDATE: when our own server took it."""
    raw: bytes = field(repr=False)
    whole: bool = True
    """False: it is too long; this is its beginning."""


class Inbox(Protocol):
    """An open mailbox."""

    uidvalidity: int

    async def uids_after(self, uid: int, since: date) -> Sequence[int]:
        """The UIDs above this one of mails that came on this day or later, ascending."""

    async def fetch(self, uid: int) -> Delivery | None:
        """A mail; `None`: it is gone."""

    async def flag(self, uid: int) -> None:
        """Say in the mailbox that it was seen. Where the server keeps no keywords, nothing happens."""


def parse_address(url: str, secret: str) -> Address:
    """Read `imaps://USER@HOST:PORT/FOLDER`; `imap://`, without encryption, only for this machine.

    `secret` is a password, or an OAuth credential as JSON (connectors/oauth.py).

    Raises:
        BadInbox: it cannot be used.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise BadInbox("HABEAS_IMAP_URL is written as imaps://USER@HOST:PORT/FOLDER")
    if parts.password:
        raise BadInbox("HABEAS_IMAP_URL holds no password: HABEAS_IMAP_SECRET says where it is")
    if parts.scheme == "imap" and not _is_loopback(parts.hostname):
        raise BadInbox("HABEAS_IMAP_URL: imap:// would send the password in clear; write imaps://")
    user, folder = unquote(parts.username), unquote(parts.path.strip("/")) or "INBOX"
    if any(c in '"\\' or not (c.isprintable() and c.isascii()) for c in user + folder):
        raise BadInbox("HABEAS_IMAP_URL: user and folder are of ASCII, without quotes")
    secure = parts.scheme == "imaps"
    return Address(parts.hostname, parts.port or (993 if secure else 143), user, _key(secret), folder, secure)


def _key(secret: str) -> str | Tokens:
    try:
        grant = grant_in(secret)
    except ValueError as error:
        raise BadInbox(f"{WHOSE}: {error}") from None
    if grant:
        return Tokens(grant, f"{WHOSE}'s credential")
    if not secret or not secret.isprintable():
        raise BadInbox(f"{WHOSE}: the password is empty, or is not one line of text")
    return secret


@asynccontextmanager
async def opened(address: Address) -> AsyncIterator["ImapInbox"]:
    """Log in and open the folder.

    Raises:
        InboxDown: the server cannot be reached, or refuses us.
    """
    tls = ssl.create_default_context() if address.secure else None
    try:
        wire = await Wire.open(address.host, address.port, tls, "HABEAS_IMAP_URL", SECONDS)
    except TryLater as error:
        raise InboxDown(error.why) from None
    try:
        inbox = ImapInbox(wire)
        await inbox.open(address)
        yield inbox
    finally:
        await wire.close()


class ImapInbox:
    """The real one."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.uidvalidity = 0

    async def open(self, address: Address) -> None:
        """Log in, and open the folder."""
        try:
            reply = await log_in(self._wire, address.user, address.key, (address.host, address.port))
        except NeedsPerson as error:
            raise InboxDown(f"{error.why}. {error.instructions}") from None
        except TryLater as error:
            raise InboxDown(error.why) from None
        if reply.status != "OK":
            raise _not_let_in(address, reply)
        lines = (await self._ask("it has no such folder", "SELECT", quoted(address.folder))).lines
        found = [match for line in lines if (match := _UIDVALIDITY.search(line.text))]
        if not found:
            raise InboxDown("the mail server does not number its mails (UIDVALIDITY)")
        self.uidvalidity = int(found[0].group(1))

    async def uids_after(self, uid: int, since: date) -> Sequence[int]:
        """The UIDs above this one of mails that came on this day or later, ascending; `n:*` names the last always."""
        day = f"{since.day}-{MONTHS[since.month - 1]}-{since.year}"
        reply = await self._ask("it does not search", "UID SEARCH", f"UID {uid + 1}:* SINCE {day}")
        words = (word for line in reply.lines if line.text.startswith(b"SEARCH") for word in line.text.split()[1:])
        return sorted({number for word in words if word.isdigit() and (number := int(word)) > uid})

    async def fetch(self, uid: int) -> Delivery | None:
        """A mail, without marking it as read."""
        raw, text, piece = bytearray(), b"", b""
        while not raw or (len(piece) == PIECE and len(raw) < MAX_BYTES):
            wanted = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<{len(raw)}.{PIECE}>)"
            reply = await self._ask("it does not hand a mail out", "UID FETCH", str(uid), wanted)
            told = [(line.text, each[1]) for line in reply.lines if (each := content(line)) and each[0] == uid]
            if not told:
                break
            text, piece = told[0]
            raw += piece
            if not piece:
                break
        received, size = _INTERNALDATE.search(text), _SIZE.search(text)
        if received is None:
            return None
        whole = size is None or int(size.group(1)) <= MAX_BYTES
        return Delivery(uid, _moment(received.group(1).decode("ascii")), bytes(raw[:MAX_BYTES]), whole)

    async def flag(self, uid: int) -> None:
        """Say in the mailbox that it was seen."""
        with suppress(_Refused):
            await self._ask("it keeps no flags", "UID STORE", str(uid), "+FLAGS.SILENT", f"({FLAG})")

    async def _ask(self, otherwise: str, *words: str) -> Reply:
        """What the server answers; every way in which it does not, as one."""
        try:
            reply = await self._wire.command(*words)
        except TryLater as error:
            raise InboxDown(error.why) from None
        if reply.status != "OK":
            raise _Refused(f"the mail server refuses: {otherwise}")
        return reply


class _Refused(InboxDown):
    """It says no."""


def _not_let_in(address: Address, reply: Reply) -> InboxDown:
    if isinstance(address.key, Tokens) and reply.status == "NO" and not is_busy(reply):
        refused = address.key.refused("the mail server")
        return InboxDown(f"{refused.why}. {refused.instructions}")
    return InboxDown("the mail server refuses: it does not let us in")


def _moment(text: str) -> datetime:
    """`17-Jul-1996 02:44:25 -0700`; a day before the tenth has a space in front."""
    return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
