"""Where attacks begin: people's own records in a system, the mailbox's door, and pages as a stranger reads them."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from activities.policies import Policies
from dsar.identity import Identity, Key
from dsar.records import Located
from intake.desk import Desk
from intake.engine import Engine
from intake.inbox import Delivery
from intake.mail_door import MailDoor, Own
from ledger.ledger import Ledger
from tests.flows.fake_system import FakeSystem
from tests.flows.house import LEAD, QUEUE, House, policy
from tests.flows.test_deletion import mine
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

EVE = "eve@evil.example"


class Customers(FakeSystem):
    """Holds one record of each person, under their address."""

    def __init__(self, *addresses: str) -> None:
        super().__init__("crm", [mine(address) for address in addresses])

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """Only those whose address is asked for."""
        await self._may_fail("locate")
        theirs = [self.records[address] for address in identity.values(Key.EMAIL) if address in self.records]
        return Located(records=tuple(theirs))


def mail(text: str, headers: str, subject: str = "CCPA Request", more: bytes = b"") -> bytes:
    """A mail as it lies on the server."""
    return f"{headers}Subject: {subject}\r\n\r\n{text}\r\n".encode() + more


def mail_door(at: House) -> MailDoor:
    """The mailbox's reader, at the house's desk."""

    async def connected() -> object:
        return at.env.client

    parts = at.foundation
    return MailDoor(
        at.desk, Engine(connected, QUEUE), parts.ledger, parts.vault, parts.policies, policy(),  # type: ignore[arg-type]
        Own(LEAD, "https://privacy.opensession.co"), bytes(32),
    )  # fmt: skip


async def mailed(at: House, raw: bytes) -> str:
    """Have a mail read; what it became, by id, or nothing."""
    await mail_door(at).take(Delivery(1, datetime.now(UTC), raw))
    return (await at.foundation.ledger.mails.list())[-1].owner or ""


def letters_to(at: House, address: str) -> list[str]:
    return [body for _, body in at.mail.to(address)]


def as_a_stranger_reads(page: str, **known: str) -> str:
    """A page without what differs by chance: numbers, tokens, and what the stranger typed."""
    text = re.sub(r"request-[a-z2-7]{24}", "NUMBER", page)
    text = re.sub(r'name="(form_token|form_id)" value="[^"]+"', "TOKEN", text)
    text = re.sub(r"\b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b", "PASSPHRASE", text)
    for name, value in known.items():
        text = text.replace(value, name.upper())
    return text


async def _no_engine() -> object:
    raise ConnectionRefusedError


@asynccontextmanager
async def counter(folder: Path) -> AsyncIterator[tuple[Desk, Ledger, Vault]]:
    """A desk on a real ledger and vault, whose engine is down: for what happens before or after a saga."""
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", b"a" * 32)
    keys = KeyRing(DiskStore(folder / "vault", durable=False), {"m1": b"k" * 32}, "m1")
    vault = Vault(DiskStore(folder / "vault", durable=False), keys)
    engine = Engine(_no_engine, "none")  # type: ignore[arg-type]
    try:
        yield Desk(engine, ledger, vault, Policies(ledger), policy(), (), b"s" * 32), ledger, vault
    finally:
        await ledger.close()


def headers(**given: str) -> Mapping[str, str]:
    return {name.replace("_", "-"): value for name, value in given.items()}
