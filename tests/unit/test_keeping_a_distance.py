"""Commits, and the vault's rounds, keep a distance where many write; who writes alone waits for nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.file import ALONE, DISTANCE, FREE
from ledger.transaction import Transaction
from vault.store import DiskStore, one

Write = Callable[[int], Awaitable[object]]

ALLOWANCE = int(FREE / DISTANCE)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was slept for company; nobody really sleeps."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        if seconds > 0:
            slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", counted)
    return slept


def in_the_vault(folder: Path) -> Write:
    store = DiskStore(folder)
    return lambda number: store.write(f"objects/me/{number}", one(b"x"))


def in_the_ledger(folder: Path) -> Write:
    database = Database(f"sqlite:///{folder / 'ledger.sqlite'}")

    async def nothing(connection: Transaction) -> None:
        await connection.exec_driver_sql("SELECT 1")

    return lambda _: database.write(nothing)


@pytest.mark.parametrize("place", [in_the_vault, in_the_ledger])
async def test_a_few_writes_wait_for_nobody(place: Callable[[Path], Write], tmp_path: Path, waits: list[float]) -> None:
    """As many as one request makes."""
    write = place(tmp_path)

    for number in range(ALLOWANCE // 3):
        await write(number)

    assert waits == []


@pytest.mark.parametrize("place", [in_the_vault, in_the_ledger])
async def test_who_writes_alone_hardly_waits(
    place: Callable[[Path], Write], tmp_path: Path, waits: list[float]
) -> None:
    """A long export is not slowed down much for company that never comes: now and then it is looked for."""
    write = place(tmp_path)

    for number in range(6 * ALLOWANCE):
        await write(number)

    assert 0 < len(waits) <= 12 * ALLOWANCE / ALONE
    assert max(waits) <= DISTANCE


@pytest.mark.parametrize("place", [in_the_vault, in_the_ledger])
async def test_where_many_write_they_wait_for_one_another(
    place: Callable[[Path], Write], tmp_path: Path, waits: list[float]
) -> None:
    """Each of many who write one thing after another."""
    write = place(tmp_path)

    async def one_of_many(who: int) -> None:
        for number in range(2 * ALLOWANCE):
            await write(100 * who + number)

    await asyncio.gather(*(one_of_many(who) for who in range(10)))

    assert len(waits) >= 10
