"""One transaction of a database, PostgreSQL or a file of SQLite, and what its refusals mean.

Work is a function of a connection that knows no event loop. SQLite's runs in a thread: a search reads whole tables.
An error's own text may quote a row: it is replaced by the kind of error, and the state that the standard gives it.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from connectors.connector import ConnectorError, NeedsPerson, SystemConfig, TryLater

T = TypeVar("T")
Work = Callable[[Connection], T]

PASSING = ("08", "40", "53", "55", "57", "58", "XX")
"""What passes, by PostgreSQL's classes: no connection, a deadlock, no room, a lock, a shutdown, its system, a bug."""
DENIED = ("28", "42501")
UNKNOWN = frozenset({"42P01", "42703", "3F000"})
"""A table, a column or a schema is not there (any more)."""

BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})
CLOSED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})


class Database(Protocol):
    """Work in transactions."""

    @property
    def engine(self) -> Engine:
        """What the connections come from."""

    async def read(self, work: Work[T]) -> T:
        """Work that reads one moment; nothing that it writes is kept."""

    async def write(self, work: Work[T]) -> T:
        """Work that is committed when this returns, and undone by an error. It is done whole or not at all."""

    async def close(self) -> None:
        """Close every connection."""


class File:
    """A file of SQLite, which must be there: none is made."""

    def __init__(self, url: URL, config: SystemConfig) -> None:
        address = f"file:{quote(str(url.database))}?mode=rw"
        opened = partial(
            sqlite3.connect,
            address,
            uri=True,
            timeout=config.timeout_seconds,
            isolation_level=None,  # the driver would begin too late
            check_same_thread=False,
        )
        self.engine = create_engine(
            url, creator=opened, poolclass=QueuePool, pool_size=config.max_connections, hide_parameters=True
        )
        event.listen(self.engine, "connect", _heed_references)

    async def read(self, work: Work[T]) -> T:
        """In a thread."""
        return await _to_the_end(asyncio.to_thread(self._run, work, "BEGIN", keep=False))

    async def write(self, work: Work[T]) -> T:
        """In a thread; nobody else writes meanwhile."""
        return await _to_the_end(asyncio.to_thread(self._run, work, "BEGIN IMMEDIATE", keep=True))

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.to_thread(self.engine.dispose)

    def _run(self, work: Work[T], begin: str, *, keep: bool) -> T:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(begin)
            result = work(connection)
            if keep:
                connection.commit()
            return result


class Server:
    """PostgreSQL."""

    def __init__(self, url: URL, config: SystemConfig) -> None:
        milliseconds = str(int(config.timeout_seconds * 1000))
        settings = {
            "application_name": "habeas",
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": milliseconds,
        }
        self._engine: AsyncEngine = create_async_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_size=config.max_connections,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"server_settings": settings, "timeout": 10},
        )
        self.engine = self._engine.sync_engine

    async def read(self, work: Work[T]) -> T:
        """In a transaction in which PostgreSQL itself refuses to write."""

        async def reading() -> T:
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                return await connection.run_sync(work)

        return await _to_the_end(reading())

    async def write(self, work: Work[T]) -> T:
        """In a transaction."""

        async def writing() -> T:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

        return await _to_the_end(writing())

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def opened(url: URL, config: SystemConfig) -> Database:
    """The database at this address; nothing is connected yet."""
    return File(url, config) if url.get_backend_name() == "sqlite" else Server(url, config)


def meaning(error: Exception, config: SystemConfig) -> ConnectorError | None:
    """What an error of the database, or of the way there, means; `None` for any other."""
    if not isinstance(error, (SQLAlchemyError, OSError, TimeoutError)) and not state_of(error):
        return None
    state = state_of(error)
    said = f"{config.title}: {type(getattr(error, 'orig', None) or error).__name__} {state}".strip()
    if _is_passing(error, state):
        return TryLater(said)
    if state in UNKNOWN or str(getattr(error, "orig", "")).startswith("no such "):
        return TryLater(f"{said}: the database is looked at again")
    if state.startswith(DENIED) or _code(error) in CLOSED:
        return NeedsPerson(
            said,
            f"The user, or the file, that systems.toml points at for [{config.name}] is not there or lacks a right: "
            "it must read the tables that the entry lists and those that refer to them, and write what is corrected "
            "or erased. Grant it, restart the worker where the address changed, then retry.",
        )
    return NeedsPerson(said, f"The database of {config.title} refused. An engineer should look at its own log.")


def state_of(error: BaseException) -> str:
    """The SQLSTATE that PostgreSQL gave, empty where there is none."""
    for each in (error, getattr(error, "orig", None), getattr(getattr(error, "orig", None), "__cause__", None)):
        state = getattr(each, "sqlstate", None)
        if state:
            return str(state)
    return ""


def _is_passing(error: Exception, state: str) -> bool:
    if isinstance(error, (OSError, TimeoutError)) or state.startswith(PASSING):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _code(error) in BUSY
    return type(error).__name__ == "TimeoutError"  # of the pool: every connection is in use


def _code(error: Exception) -> int:
    """SQLite's own."""
    return int(getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)) & 0xFF


def _heed_references(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish what has been begun, also for a caller that is cancelled meanwhile; it hears of that afterwards."""
    running = asyncio.create_task(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
