"""The ledger in PostgreSQL: many processes on many machines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine

from ledger.transaction import Transaction, Work, to_the_end

T = TypeVar("T")


class Server:
    """Transactions of PostgreSQL."""

    def __init__(self, url: URL, patience_seconds: int) -> None:
        milliseconds = str(patience_seconds * 1000)
        settings = {
            "application_name": "habeas",
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": milliseconds,  # a process that hangs does not stop the others
        }
        self._engine = create_async_engine(
            url,
            isolation_level="READ COMMITTED",  # who waited for the journal's end must see what the one before wrote
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"server_settings": settings, "timeout": 10},
        )

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction: committed at its end, undone by an error."""

        async def writing() -> T:
            async with self._engine.begin() as connection:
                return await work(connection)

        return await to_the_end(writing())

    async def read(self, work: Work[T]) -> T:
        """Work that reads; nothing that it does is kept."""

        async def reading() -> T:
            async with self._engine.connect() as connection:
                return await work(connection)

        return await to_the_end(reading())

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """A transaction that reads one moment, however long it takes."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
