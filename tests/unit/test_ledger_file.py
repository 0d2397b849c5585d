"""The ledger's file: what is quick is done at once, and what waits keeps nobody else waiting."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from ledger.database import Database
from ledger.ledger import migrate
from ledger.tables import passphrases
from ledger.transaction import Transaction


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    await migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{file}")
    yield database
    await database.close()


async def where(transaction: Transaction) -> int:
    """The thread in which statements run."""

    def make(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.create_function("thread", 0, threading.get_ident)

    await transaction.run_sync(make)
    return int((await transaction.execute(text("SELECT thread()"))).scalar_one())


async def test_a_statement_runs_where_it_is_asked_for(database: Database) -> None:
    """Reading a row takes less than to hand it to a thread."""
    assert await database.read(where) == threading.get_ident()
    assert await database.write(where) == threading.get_ident()


async def test_others_go_on_while_all_of_a_file_is_read(database: Database) -> None:
    """An audit of years stops nobody's request."""
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    async with database.snapshot() as transaction:
        running = asyncio.create_task(other())
        await transaction.execute(text("SELECT 1"))
        turns.append("audit")
        await running

    assert turns == ["other", "audit"]


async def test_what_went_wrong_is_undone_and_keeps_no_other_writer_away(database: Database) -> None:
    """A transaction ends with its work."""

    async def broken(transaction: Transaction) -> None:
        await transaction.execute(text("INSERT INTO passphrases VALUES ('request-1', 'x')"))
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(broken)
    await database.add(passphrases, {"request_id": "request-2", "hash": "x"})
    rows = await database.rows(select(passphrases))

    assert [row["request_id"] for row in rows] == ["request-2"]


async def test_who_waits_for_another_process_stops_nobody_else(database: Database, file: Path) -> None:
    """The loop goes on, readers read, and the writer gets its turn."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write(transaction: Transaction) -> None:
            await transaction.execute(text("DELETE FROM links"))

        writing = asyncio.create_task(database.write(write))
        await asyncio.sleep(0.02)
        read = await database.read(where)
        waits = not writing.done()
        other.execute("COMMIT")
        await writing

    assert read == threading.get_ident()
    assert waits


async def test_work_that_fails_takes_nothing_from_the_work_beside_it(database: Database) -> None:
    """They share a transaction, and each has its own error."""

    async def broken(transaction: Transaction) -> None:
        await transaction.execute(text("INSERT INTO passphrases VALUES ('request-2', 'x')"))
        raise KeyError

    first, failed, last = await asyncio.gather(
        database.add(passphrases, {"request_id": "request-1", "hash": "x"}),
        database.write(broken),
        database.add(passphrases, {"request_id": "request-3", "hash": "x"}),
        return_exceptions=True,
    )
    rows = await database.rows(select(passphrases).order_by(passphrases.c.request_id))

    assert first is last is True
    assert isinstance(failed, KeyError)
    assert [row["request_id"] for row in rows] == ["request-1", "request-3"]


async def test_nobody_is_told_of_a_commit_that_failed(database: Database) -> None:
    """All that shared it hear of it, and can be repeated."""

    async def broken(transaction: Transaction) -> None:
        def close(connection: Connection) -> None:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("ROLLBACK")  # as SQLite does of itself when the disk is full

        await transaction.run_sync(close)

    row = {"request_id": "request-1", "hash": "x"}
    outcomes = await asyncio.gather(database.add(passphrases, row), database.write(broken), return_exceptions=True)
    repeated = await database.add(passphrases, row)

    assert all(isinstance(outcome, OperationalError) for outcome in outcomes)
    assert repeated
