"""After a restore: what a backup of the vault brings back, and how it is forgotten once more."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.housekeeping import Housekeeping
from dsar.case import Ending, State
from dsar.requests import Regime, Right
from dsar.submission import Channel
from ledger.database import Database
from ledger.ledger import Ledger
from ledger.requests import NewRequest
from ledger.transaction import Transaction
from vault.keys import KeyDestroyed, KeyRing
from vault.store import DiskStore
from vault.vault import Vault

REQUEST = "request-abcdefghijklmnopqrstuvwx"
DAY = datetime(2026, 5, 5, tzinfo=UTC)
MASTERS = {"m": bytes(32)}

DOCUMENT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
FORGET_AGAIN = re.findall(r"UPDATE \w+ SET shredded_at = NULL [^;]+", DOCUMENT)
"""What an operator is told to run, for requests, holds, sweeps and questions about mails."""


class Handle:
    async def describe(self) -> None:
        raise RPCError("closed long ago", RPCStatusCode.NOT_FOUND, b"")


class Engine:
    """An engine that has forgotten every workflow."""

    def get_workflow_handle(self, _: str) -> Handle:
        return Handle()


async def answered(ledger: Ledger) -> None:
    new = NewRequest(
        id=REQUEST,
        right=Right.ACCESS,
        regime=Regime.US_CA,
        channel=Channel.STAFF,
        received_at=DAY,
        acknowledge_by=DAY.date(),
        due=DAY.date(),
        safe=DAY.date(),
        subject="0" * 64,
        policy="p",
    )
    await ledger.requests.receive(new)
    await ledger.journal.append(REQUEST, "ended", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)


async def test_forgotten_again(tmp_path: Path) -> None:
    """A key that a backup brought back is destroyed again once the ledger is told to forget again."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}"
    store = DiskStore(tmp_path / "vault")
    vault = Vault(store, KeyRing(store, MASTERS, "m"))
    ledger = await Ledger.open(url, bytes(32))
    sweep = Housekeeping(cast(Client, Engine()), vault, ledger).forget_closed
    await answered(ledger)
    await vault.create(REQUEST)
    await vault.put(REQUEST, "case", b"Ada")
    backup = {name: await store.read(name) for name in await store.names("")}
    await sweep()

    (tmp_path / "vault" / "destroyed" / REQUEST).unlink()
    for name, data in backup.items():
        await store.create(name, data)
    restored = Vault(store, KeyRing(store, MASTERS, "m"))
    readable = await restored.get(REQUEST, "case")
    database = Database(url)

    async def forget_again(connection: Transaction) -> None:
        for statement in FORGET_AGAIN:
            await connection.execute(text(statement))

    await database.write(forget_again)
    count = await Housekeeping(cast(Client, Engine()), restored, ledger).forget_closed()

    assert len(FORGET_AGAIN) == 4
    assert readable == b"Ada"
    assert count == 1
    assert await store.names("keys/") == []
    assert await store.names("objects/") == []
    with pytest.raises(KeyDestroyed):
        await restored.get(REQUEST, "case")
    await database.close()
    await ledger.close()
