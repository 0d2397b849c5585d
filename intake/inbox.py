"""A mailbox on an IMAP server. Mails are read and flagged; nothing is moved, marked as read, or deleted."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aioimaplib

from intake.mail_reading import MAX_BYTES

SECONDS = 60.0
"""What the server may take to answer."""
FETCH_SECONDS = 600.0
"""What it may take to hand out the longest mail that is read."""
FLAG = "$Habeas"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

_INTERNALDATE = re.compile(rb'INTERNALDATE "([^"]{20,40})"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UIDVALIDITY = re.compile(rb"UIDVALIDITY (\d+)")

logging.getLogger("aioimaplib").setLevel(logging.ERROR)  # at its other levels it writes mails into the log


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
    password: str = field(repr=False)
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


def parse_address(url: str, password: str) -> Address:
    """Read `imaps://USER@HOST:PORT/FOLDER`; `imap://`, without encryption, only for this machine.

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
    if not password or not password.isprintable():
        raise BadInbox("HABEAS_IMAP_SECRET: the password is empty, or is not one line of text")
    secure = parts.scheme == "imaps"
    return Address(parts.hostname, parts.port or (993 if secure else 143), user, password, folder, secure)


@asynccontextmanager
async def opened(address: Address) -> AsyncIterator["ImapInbox"]:
    """Log in and open the folder.

    Raises:
        InboxDown: the server cannot be reached, or refuses us.
    """
    client = _client(address)
    try:
        inbox = ImapInbox(client)
        await inbox.open(address)
        yield inbox
    finally:
        with suppress(Exception):  # it may be gone already
            await client.logout()
        if client.protocol and client.protocol.transport:
            client.protocol.transport.close()


class ImapInbox:
    """The real one."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.uidvalidity = 0

    async def open(self, address: Address) -> None:
        """Log in, and open the folder."""
        await _said(self._client.wait_hello_from_server())
        _ok(await _said(self._client.login(f'"{address.user}"', address.password)), "it does not let us in")
        lines = _ok(await _said(self._client.select(f'"{address.folder}"')), "it has no such folder")
        found = [match for line in lines if (match := _UIDVALIDITY.search(line))]
        if not found:
            raise InboxDown("the mail server does not number its mails (UIDVALIDITY)")
        self.uidvalidity = int(found[0].group(1))

    async def uids_after(self, uid: int, since: date) -> Sequence[int]:
        """The UIDs above this one of mails that came on this day or later, ascending; `n:*` names the last always."""
        day = f"{since.day}-{MONTHS[since.month - 1]}-{since.year}"
        search = self._client.uid_search(f"UID {uid + 1}:* SINCE {day}", charset=None)
        lines = _ok(await _said(search), "it does not search")
        numbers = {int(word) for line in lines for word in line.split() if word.isdigit()}
        return sorted(number for number in numbers if number > uid)

    async def fetch(self, uid: int) -> Delivery | None:
        """A mail, without marking it as read."""
        wanted = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{MAX_BYTES}>)"
        lines = _ok(
            await _said(self._client.uid("fetch", str(uid), wanted), FETCH_SECONDS), "it does not hand a mail out"
        )
        said = b" ".join(line for line in lines if isinstance(line, bytes))
        raw = next((bytes(line) for line in lines if isinstance(line, bytearray)), None)
        date, size = _INTERNALDATE.search(said), _SIZE.search(said)
        if raw is None or date is None:
            return None
        whole = size is None or int(size.group(1)) <= MAX_BYTES
        return Delivery(uid, _moment(date.group(1).decode("ascii")), raw, whole)

    async def flag(self, uid: int) -> None:
        """Say in the mailbox that it was seen."""
        await _said(self._client.uid("store", str(uid), "+FLAGS.SILENT", f"({FLAG})"))


def _client(address: Address) -> Any:
    if address.secure:
        context = ssl.create_default_context()
        return aioimaplib.IMAP4_SSL(address.host, address.port, timeout=SECONDS, ssl_context=context)
    return aioimaplib.IMAP4(address.host, address.port, timeout=SECONDS)


async def _said(call: Any, seconds: float = SECONDS) -> Any:
    """What the server answers; every way in which it does not, as one."""
    try:
        return await asyncio.wait_for(call, seconds)
    except (aioimaplib.AioImapException, OSError) as error:
        raise InboxDown(f"the mail server does not answer ({type(error).__name__})") from None


def _ok(response: Any, otherwise: str) -> Sequence[bytes]:
    if response.result != "OK":
        raise InboxDown(f"the mail server refuses: {otherwise}")
    lines: Sequence[bytes] = response.lines
    return lines


def _moment(text: str) -> datetime:
    """`17-Jul-1996 02:44:25 -0700`; a day before the tenth has a space in front."""
    return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
