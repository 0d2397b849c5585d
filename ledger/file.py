"""The ledger in a file: SQLite, in write-ahead mode.

A statement takes some microseconds, and to hand it to a thread and back takes many times as long: it runs where it is
asked for. In this mode no reader waits for a writer. What waits is a writer for one of another process, which is done
by asking again, and a commit for the disk, which is done in a thread, and once for all that came meanwhile. Where much
is written, commits keep a distance, so that more can come along: each costs several times what is written with it.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.base import Executable

from ledger.transaction import Parameters, Rows, Transaction, Work, outlasted

T = TypeVar("T")

MOST_AT_ONCE = 100
"""Pieces of work in one transaction, so that writers of other processes get their turn."""

DISTANCE = 0.04
"""Seconds between commits, where there are many."""
FREE = 1.0
"""After so many seconds without one, as many commits come at once as would have found place in them."""

ALONE = 5
"""So many commits need not wait after one that waited for nobody."""

LONGEST_PAUSE = 0.02
"""Seconds until a writer asks again whether another process is done."""


class _Job(Generic[T]):
    """Work that waits for its turn, and what came of it."""

    def __init__(self, work: Work[T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: Exception | None = None
        self.done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def run(self, connection: Connection, *, alone: bool) -> None:
        """Do it; what it did before an error is undone, and nothing of the others who share the transaction."""
        if not alone:
            connection.exec_driver_sql("SAVEPOINT job")
        try:
            self._result = await self._work(_AtOnce(connection))
        except Exception as error:  # noqa: BLE001 - it is raised where the work came from
            self._error = error
            if alone:
                return connection.rollback()
            connection.exec_driver_sql("ROLLBACK TO job")
        if not alone:
            connection.exec_driver_sql("RELEASE job")
        return None

    def tell(self, failure: Exception | None = None) -> None:
        """Let the caller know; `failure`: of the transaction."""
        error = self._error or failure
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(cast(T, self._result))


class File:
    """Transactions of one file. Those of one process that write come one after another, in order."""

    def __init__(self, url: URL, patience_seconds: int) -> None:
        self._patience_seconds = patience_seconds
        self._reading = _engine(url, patience_seconds)
        self._writing = _engine(url, 0)
        event.listen(self._reading, "begin", _begin)
        self._waiting: list[_Job[Any]] = []
        self._writer: asyncio.Task[None] | None = None
        self._next = 0.0

    async def write(self, work: Work[T]) -> T:
        """Work that has the file to itself: committed when this returns, undone by an error of its own."""
        job = _Job(work)
        self._waiting.append(job)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await outlasted(job.done)

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

    async def _write(self) -> None:
        jobs: list[_Job[Any]] = []
        try:
            while self._waiting:
                await self._distance()
                jobs, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                failure: Exception | None = None
                try:
                    await self._committed(jobs)
                except Exception as error:  # noqa: BLE001 - it is raised where the work came from
                    failure = error
                for job in jobs:
                    job.tell(failure)
        finally:  # nothing is left, unless the loop itself comes to its end
            for job in (*jobs, *self._waiting):
                job.done.cancel()
            self._waiting.clear()

    async def _distance(self) -> None:
        """Let others come along, if there were many commits of late."""
        now = asyncio.get_running_loop().time()
        wait = self._next - now
        self._next = max(self._next, now - FREE) + DISTANCE
        if wait > 0:
            await asyncio.sleep(wait)
            if len(self._waiting) == 1:  # nobody came along: whoever writes may be alone, and hardly waits
                self._next -= ALONE * DISTANCE

    async def _committed(self, jobs: Sequence[_Job[Any]]) -> None:
        with self._writing.connect() as connection:
            await self._begun(connection)
            for job in jobs:
                await job.run(connection, alone=len(jobs) == 1)
            await asyncio.to_thread(connection.commit)

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
