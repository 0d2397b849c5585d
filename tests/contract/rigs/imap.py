"""The mailbox's rig over mail-devel, a real server: one for the whole test run, a fresh mailbox for each test."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from pydantic import SecretStr

from connectors.imap import Imap
from connectors.imap_config import Folder, ImapConfig
from connectors.imap_letter import spot_name
from dsar.identity import Identity, Key
from dsar.records import Record
from tests.contract.imap_server import PASSWORD, Account, Line, server
from tests.contract.rig import Fault

FOLDERS = ("INBOX", "Projects/Engine")
COMPANY = "hello@opensession.co"
EVERYTHING = b"UID FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])"
numbers = count(1)


def config(address: str, user: str, **changed: Any) -> ImapConfig:
    """An entry of systems.toml."""
    entry = {
        "name": "mailbox",
        "kind": "imap",
        "title": "Mailbox",
        "base_url": address,
        "secret": SecretStr(PASSWORD),
        "user": user,
        "own": ("@opensession.co", "@company.example"),
        "rules": ({"pattern": "Projects/*", "category": "project communications"},),
        "page_size": 5,
        "timeout_seconds": 1.5,
    }
    return ImapConfig.model_validate(entry | changed)


class ImapRig:
    """A mailbox with two folders. Each of a person's records is a mail that they sent, or that was sent to them.

    Impossible: no mail server says how long to wait.
    """

    name = "imap"
    lossy = False
    impossible = frozenset({Fault.RATE_LIMIT})

    def __init__(self, **changed: Any) -> None:
        self._changed = changed

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Open a mailbox, empty."""
        port = await asyncio.to_thread(server)
        self.account, self.line = Account(port), Line(port)
        await self.account.say(b'CREATE "Projects/Engine"')
        try:
            async with self.line.open() as address:
                self.connector = Imap(config(address, self.account.user, **self._changed))
                yield
                await self.connector.close()
        finally:
            self.account.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Put `count` mails into the folders in turn, in each of the places where an address can stand."""
        (address,) = identity.values(Key.EMAIL)[:1]
        return [await self.put(FOLDERS[n % 2], mail(address, n)) for n in range(count)]

    async def put(self, folder: str, written: bytes) -> str:
        """Put a mail into a folder; its record id."""
        validity, uid = await self.account.put(folder, written)
        return spot_name(Folder(name=folder), validity, uid)

    async def snapshot(self) -> object:
        """All that is in the folders, with what is marked on it."""
        opened = [f'EXAMINE "{folder}"'.encode() for folder in FOLDERS]
        return [await self.account.say(each, EVERYTHING) for each in opened]

    async def present(self, record: Record) -> bool:
        """Whether the mail is in its folder, also marked as deleted."""
        opened = f'EXAMINE "{record.state["folder"]}"'.encode()
        said = await self.account.say(opened, b"UID SEARCH UID %d" % record.state["uid"])
        return re.search(rb"^\* SEARCH \d", said, re.MULTILINE) is not None

    async def fault(self, kind: str, times: int = 1) -> None:
        """Break the next connections."""
        if kind in self.impossible:
            raise NotImplementedError(kind)
        self.line.fault(kind, times)


def mail(address: str, number: int = 0, text: str = "Hello?", more: str = "") -> bytes:
    """A mail whose number says in which field the address stands; `more` are other fields, each ending its line."""
    named = (f"From: Somebody <{address}>", f"To: {address}", f"Cc: {COMPANY}, {address}", f"Reply-To: <{address}>")
    others = "" if number % 4 == 0 else f"From: {COMPANY}\r\n"
    head = f"{others}{named[number % 4]}\r\nSubject: Question {number}\r\nMessage-ID: <{next(numbers)}@x.example>\r\n"
    return f"{head}{more}\r\n{text}\r\n".encode()
