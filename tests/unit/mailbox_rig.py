"""A mailbox on a real IMAP server, and the desk that its mails reach; the engine only remembers what it was told."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import aiosmtplib

from activities.policies import Policies
from demo.processes import Process, ending, free_ports, listens
from dsar.case import Case
from dsar.mail_note import MailQuestionStart
from dsar.policy import Controller, People, Policy, Terms
from dsar.requests import Regime
from dsar.talking import Message
from dsar.undelivered import LetterBack
from intake.desk import Desk
from intake.engine import Engine, EngineDown
from intake.inbox import Address, opened
from intake.mail_door import MailDoor, Own
from intake.mailbox import Mailbox
from intake.refusals import Refused
from ledger.ledger import Ledger
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

HELLO = "hello@company.example"
PRIVACY = "privacy@company.example"
KEY = b"k" * 32
POLICY = Policy(
    controller=Controller(name="Company", contact=HELLO, zone="America/Los_Angeles", regime=Regime.US_CA),
    terms=Terms(people=People(privacy_lead="lead@company.example", deputy="deputy@company.example")),
    categories={},
)


class Saga:
    """A request that hears what is said about it, as long as it is not over."""

    def __init__(self, engine: "Noting", request_id: str) -> None:
        self._engine = engine
        self._id = request_id

    async def execute_update(self, update: Any, message: Message, id: str) -> int:  # noqa: A002 - the engine's name
        if self._id in self._engine.over:
            raise Refused("this is not running: it is over, or not started yet")
        said = self._engine.written.setdefault(self._id, {})
        said.setdefault(id, message)
        return len(said)


class Noting(Engine):
    """An engine that is up or down, and starts nothing."""

    def __init__(self) -> None:
        self.up = True
        self.started: list[Case] = []
        self.asked: dict[str, MailQuestionStart] = {}
        self.over: set[str] = set()
        self.written: dict[str, dict[str, Message]] = {}
        """What was said about each request, once under each name."""
        self.backs: list[tuple[str, LetterBack]] = []
        """Each time that a saga was told of a letter that did not arrive."""

    async def start(self, case: Case) -> None:
        if not self.up:
            raise EngineDown
        self.started.append(case)

    async def request(self, request_id: str) -> Any:
        if not self.up:
            raise EngineDown
        return Saga(self, request_id)

    async def letter_back(self, request_id: str, back: LetterBack) -> bool:
        if not self.up:
            raise EngineDown
        self.backs.append((request_id, back))
        return request_id not in self.over

    async def ask_about_mail(self, start: MailQuestionStart) -> None:
        if not self.up:
            raise EngineDown
        self.asked.setdefault(start.mail_id, start)


@dataclass
class Server:
    """Where mail is sent to and read from."""

    smtp: int
    imap: int
    sent: int = 0

    async def send(self, text: str, sender: str = "dana@somewhere.example", **headers: str) -> None:
        """Send a mail to the company."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, HELLO, "CCPA Request"
        for name, value in headers.items():
            del message[name.replace("_", "-")]
            message[name.replace("_", "-")] = value
        message.set_content(text)
        await self.deliver(message)

    async def deliver(self, message: EmailMessage) -> None:
        """Send what is written already."""
        await aiosmtplib.send(
            message, hostname="127.0.0.1", port=self.smtp, sender="envelope@relay.example", recipients=[HELLO],
            username="demo", password="demo",
        )  # fmt: skip
        self.sent += 1


@asynccontextmanager
async def mail_server(folder: Path) -> AsyncIterator[Server]:
    """A mail server of its own."""
    smtp, imap = free_ports(2)
    command = [
        str(Path(sys.executable).parent / "mail_devel"), "--host", "127.0.0.1", "--multi-user", "--password", "demo",
        "--no-http", "--smtp-port", str(smtp), "--imap-port", str(imap),
    ]  # fmt: skip
    process = Process("mail", command, {}, folder)
    async with ending(process):
        await process.start(listens(smtp, imap))
        yield Server(smtp, imap)


@dataclass
class Office:
    """The mailbox's reader, and all that it reaches."""

    server: Server
    folder: Path
    ledger: Ledger
    vault: Vault
    engine: Noting = field(default_factory=Noting)

    def __post_init__(self) -> None:
        self.policies = Policies(self.ledger)
        self.desk = Desk(self.engine, self.ledger, self.vault, self.policies, POLICY, (), KEY)

    @property
    def address(self) -> Address:
        """The company's mailbox."""
        return Address("127.0.0.1", self.server.imap, HELLO, "demo", secure=False)

    def door(self, desk: Desk | None = None) -> MailDoor:
        """What decides of each mail."""
        own = Own(PRIVACY, "https://privacy.company.example")
        return MailDoor(desk or self.desk, self.engine, self.ledger, self.vault, self.policies, POLICY, own, KEY)

    def mailbox(self, door: MailDoor | None = None) -> Mailbox:
        """A reader that remembers nothing but what is in the ledger."""
        return Mailbox(partial(opened, self.address), self.address.name, door or self.door(), self.ledger, KEY)


@asynccontextmanager
async def office(server: Server, folder: Path) -> AsyncIterator[Office]:
    """An office whose ledger and vault are fresh, and whose mailbox was opened for the first time."""
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", b"a" * 32)
    keys = KeyRing(DiskStore(folder / "vault", durable=False), {"m1": b"k" * 32}, "m1")
    made = Office(server, folder, ledger, Vault(DiskStore(folder / "vault", durable=False), keys))
    try:
        await made.mailbox().read()
        await asyncio.sleep(0)
        yield made
    finally:
        await ledger.close()
