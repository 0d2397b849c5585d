"""The ledger in a file: SQLite, in write-ahead mode.

A statement takes some microseconds, and to hand it to a thread and back takes many times as long: it runs where it is
asked for. In this mode no reader waits for a writer. What waits is a writer for one of another process, which is done
by asking again, and a commit for the disk, which is done in a thread.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.base import Executable

from ledger.transaction import Parameters, Rows, Transaction, Work, to_the_end

T = TypeVar("T")

LONGEST_PAUSE = 0.02
"""Seconds until a writer asks again whether another process is done."""


class File:
    """Transactions of one file. Those of one process that write come one after another, in order."""

    def __init__(self, url: URL, patience_seconds: int) -> None:
        self._patience_seconds = patience_seconds
        self._reading = _engine(url, patience_seconds)
        self._writing = _engine(url, 0)
        event.listen(self._reading, "begin", _begin)
        self._turn = asyncio.Lock()

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction that has the file to itself: committed at its end, undone by an error."""
        return await to_the_end(self._written(work))

    async def read(self, work: Work[T]) -> T:
        """Work that reads; nothing that it does is kept."""
        with self._reading.connect() as connection:
            return await work(_AtOnce(connection))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """A transaction that reads one moment, however long it takes; others go on between its statements."""
        with self._reading.connect() as connection:
            yield _InTurn(connection)

    async def close(self) -> None:
        """Close every connection."""
        for engine in (self._reading, self._writing):
            await asyncio.to_thread(engine.dispose)

    async def _written(self, work: Work[T]) -> T:
        async with self._turn:
            with self._writing.connect() as connection:
                await self._begun(connection)
                done = await work(_AtOnce(connection))
                await asyncio.to_thread(connection.commit)
                return done

    async def _begun(self, connection: Connection) -> None:
        """Wait for the writers of other processes."""
        give_up = time.monotonic() + self._patience_seconds
        pause = LONGEST_PAUSE / 16
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() > give_up:
                    raise
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


class _AtOnce:
    """A transaction whose statements run where they are asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str) -> Rows:
        return self._connection.exec_driver_sql(statement)

    async def run_sync(self, fn: Callable[[Connection], T], /) -> T:
        return fn(self._connection)


class _InTurn(_AtOnce):
    """One that lets others go on before each statement."""

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        await asyncio.sleep(0)
        return await super().execute(statement, parameters)


def _engine(url: URL, timeout: float) -> Engine:
    opened = partial(
        sqlite3.connect,
        Path(str(url.database)).absolute(),
        timeout=timeout,
        isolation_level=None,  # the driver would begin too late, and not at all for a table's change
        check_same_thread=False,
    )
    engine = create_engine(url, creator=opened, max_overflow=-1, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # FULL, not NORMAL: a letter is sent because of what was committed, which may not vanish with the power.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
