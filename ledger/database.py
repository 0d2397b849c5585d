"""The database under the ledger: SQLite in a file, or PostgreSQL. The two differ here, and in the migrations."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from sqlalchemy import Delete, RowMapping, Select, Table, Update, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from ledger.file import File
from ledger.server import Server
from ledger.transaction import Transaction, Work

T = TypeVar("T")

PATIENCE_SECONDS = 30
"""How long one process waits for another's transaction, before it gives up and its caller tries again."""

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class BadLedgerUrl(ValueError):
    """The ledger's address cannot be used. Says why, and not the address: it may hold a password."""


class Database:
    """Reads, and writes in transactions."""

    def __init__(self, url: str) -> None:
        self.url = parse(url)
        kind = File if self.url.get_backend_name() == "sqlite" else Server
        self._kept: File | Server = kind(self.url, PATIENCE_SECONDS)

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction: committed at its end, undone by an error. In SQLite it has the file to itself."""
        return await self._kept.write(work)

    async def read(self, work: Work[T]) -> T:
        """Work that reads; nothing that it does is kept."""
        return await self._kept.read(work)

    def snapshot(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that reads one moment, however long it takes."""
        return self._kept.snapshot()

    async def rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        """The rows of a query, by column."""

        async def fetch(connection: Transaction) -> Sequence[RowMapping]:
            return (await connection.execute(query)).mappings().all()

        return await self.read(fetch)

    async def change(self, statement: Update | Delete) -> int:
        """Change rows in a transaction of its own; how many."""

        async def execute(connection: Transaction) -> int:
            return (await connection.execute(statement)).rowcount

        return await self.write(execute)

    async def add(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Add a row in a transaction of its own, unless its key is there; whether it was new."""
        return await self.write(lambda connection: insert_new(connection, table, values))

    async def close(self) -> None:
        """Close every connection."""
        await self._kept.close()


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
        raise BadLedgerUrl("the ledger needs a file: sqlite:///ledger.sqlite")
    return parsed.set(drivername=_DRIVERS[kind])


async def insert_new(connection: Transaction, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key is there; whether it was new."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    result = await connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing())
    return result.rowcount == 1


async def insert_or_update(
    connection: Transaction, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Insert a row; where its key is there, give it these values."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table).values({**key, **values})
    await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
