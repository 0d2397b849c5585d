"""The database under the ledger: SQLite in a file, or PostgreSQL. The two differ here, and in the migrations."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, RowMapping, Select, Table, Update, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.prompt import BEGIN, BEGIN_WRITING, PromptConnection, made

T = TypeVar("T")

PATIENCE_SECONDS = 30
"""How long one process waits for another's transaction, before it gives up and its caller tries again."""

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class BadLedgerUrl(ValueError):
    """The ledger's address cannot be used. Says why, and not the address: it may hold a password."""


class Database:
    """Reads, and writes in transactions."""

    def __init__(self, url: str) -> None:
        self.url = parse(url)
        self._in_file = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url, PromptConnection) if self._in_file else _postgres(self.url)
        # Reading all of a file takes its time, and takes it in a thread.
        self._whole = _sqlite(self.url, aiosqlite.Connection) if self._in_file else self.engine
        self._writing = self.engine.execution_options(begin=BEGIN_WRITING)
        # SQLite's own queue of writers is a poll with pauses; within one process a fair lock is faster.
        self._one_writer: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self._in_file else nullcontext()
        )

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Work in a transaction: committed at its end, undone by an error. In SQLite it has the file to itself."""

        async def transaction() -> T:
            async with self._one_writer, self._writing.begin() as connection:
                return await work(connection)

        return await _to_the_end(transaction())

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Work that reads; nothing that it does is kept."""

        async def reading() -> T:
            async with self.engine.connect() as connection:
                return await work(connection)

        return await _to_the_end(reading())

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection that reads one moment, however long it takes."""
        async with self._whole.connect() as connection:
            if not self._in_file:  # in SQLite every transaction is a snapshot
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    async def rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        """The rows of a query, by column."""

        async def fetch(connection: AsyncConnection) -> Sequence[RowMapping]:
            return (await connection.execute(query)).mappings().all()

        return await self.read(fetch)

    async def change(self, statement: Update) -> int:
        """Change rows in a transaction of its own; how many."""

        async def execute(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self.write(execute)

    async def add(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Add a row in a transaction of its own, unless its key is there; whether it was new."""
        return await self.write(lambda connection: insert_new(connection, table, values))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self._whole.dispose()


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish what has been begun, also for a caller that is cancelled meanwhile; it hears of that afterwards.

    A connection that is left in the middle of a statement stays in its transaction, and others wait for it.
    """
    running = asyncio.create_task(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


def parse(url: str) -> URL:
    """The address, with the driver that is used for its kind of database.

    Raises:
        BadLedgerUrl: it is neither PostgreSQL's nor a file's.
    """
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind not in _DRIVERS:
        raise BadLedgerUrl(f"the ledger is kept in sqlite or postgresql, not in {kind}")
    if kind == "sqlite" and (parsed.database or ":memory:") == ":memory:":
        raise BadLedgerUrl("the ledger needs a file: sqlite+aiosqlite:///ledger.sqlite")
    return parsed.set(drivername=_DRIVERS[kind])


async def insert_new(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is there; whether it was new."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    result = await connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1


async def insert_or_update(
    connection: AsyncConnection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Insert a row; where its key is there, give it these values."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table).values({**key, **values})
    await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def _postgres(url: URL) -> AsyncEngine:
    milliseconds = str(PATIENCE_SECONDS * 1000)
    settings = {
        "application_name": "habeas",
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,  # a process that hangs does not stop the others
    }
    return create_async_engine(
        url,
        isolation_level="READ COMMITTED",  # who waited for the journal's end must see what the one before wrote
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"server_settings": settings, "timeout": 10},
    )


def _sqlite(url: URL, connection: type[aiosqlite.Connection]) -> AsyncEngine:
    opened = partial(
        sqlite3.connect,
        Path(str(url.database)).absolute(),
        timeout=PATIENCE_SECONDS,
        isolation_level=None,  # the driver would begin too late, and not at all for a table's change
        check_same_thread=False,
    )

    async def connected() -> aiosqlite.Connection:
        return await made(connection, opened)

    engine = create_async_engine(url, hide_parameters=True, async_creator=connected)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # FULL, not NORMAL: a letter is sent because of what was committed, which may not vanish with the power.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", BEGIN))

    return engine
