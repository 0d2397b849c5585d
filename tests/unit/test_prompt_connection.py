"""A connection to the ledger's file: what is quick is done at once, what waits keeps nobody else waiting."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database
from ledger.ledger import migrate


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


async def where(connection: AsyncConnection) -> int:
    """The thread in which statements run."""
    raw = await connection.get_raw_connection()
    assert raw.driver_connection is not None
    await raw.driver_connection.create_function("thread", 0, threading.get_ident)
    return int((await connection.execute(text("SELECT thread()"))).scalar_one())


async def test_a_statement_runs_where_it_is_asked_for(database: Database) -> None:
    """Reading a row takes less than to hand it to a thread."""
    assert await database.read(where) == threading.get_ident()
    assert await database.write(where) == threading.get_ident()


async def test_all_of_a_file_is_read_in_a_thread(database: Database) -> None:
    """An audit of years stops nobody's request."""
    async with database.snapshot() as connection:
        thread = await where(connection)

    assert thread != threading.get_ident()


async def test_who_waits_for_another_process_stops_nobody_else(database: Database, file: Path) -> None:
    """The loop goes on, readers read, and the writer gets its turn."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(text("DELETE FROM links"))

        writing = asyncio.create_task(database.write(write))
        await asyncio.sleep(0.02)
        read = await database.read(where)
        waits = not writing.done()
        other.execute("COMMIT")
        await writing

    assert read == threading.get_ident()
    assert waits
