"""The database's rig over PostgreSQL, a real server: one for the whole test run, emptied for each test."""

import asyncio
import atexit
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import cache
from itertools import count
from typing import Any

import asyncpg
from pydantic import SecretStr
from sqlalchemy import Connection, event

from connectors.sql import Sql
from connectors.sql_config import SqlConfig
from dsar.identity import Identity
from dsar.records import Record
from tests.contract.rig import Fault
from tests.contract.sql_tables import DDL, ENTRY, TABLES, insert, is_present, keys, named_again, planted
from tests.postgres import Postgres, postgres_server

ROLES = "CREATE ROLE outsider; CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;"

BEGINNING = {
    Fault.SERVER_ERROR: ["SELECT pg_terminate_backend(pg_backend_pid())"],
    Fault.TIMEOUT: ["SET LOCAL statement_timeout = '1ms'", "SELECT pg_sleep(1)"],
    Fault.FORBIDDEN: ["SET LOCAL ROLE outsider"],
}
"""What befalls a transaction as it begins: the connection is ended, a statement takes too long, rights are missing."""
CONNECTING = {Fault.UNAUTHORISED: "nobody_here", Fault.RATE_LIMIT_WITHOUT_HINT: "crowded"}
"""As whom a connection is tried: a user that there is not, and one with no connection left."""


@cache
def server() -> Postgres:
    """The one server of this test run, started when first asked for and ended when Python is."""
    stack = ExitStack()
    started = stack.enter_context(postgres_server())
    atexit.register(stack.close)
    return started


@cache
def database() -> str:
    """Its one database, with the tables."""
    address = server().database()

    async def made() -> None:
        connection = await asyncpg.connect(_plain(address))
        await connection.execute(DDL + ROLES)
        await connection.close()

    asyncio.run(made())
    return address


def _plain(address: str) -> str:
    return address.replace("+asyncpg", "")


class SqlPostgresRig:
    """Tables of its own for each test.

    Impossible here: PostgreSQL names no wait and speaks no HTTP.
    """

    name = "sql_postgres"
    lossy = False
    impossible = frozenset({Fault.RATE_LIMIT, Fault.OVERLOADED_529, Fault.HTML})

    def __init__(self, **changed: Any) -> None:
        self._changed = changed
        self._numbers = count(1)
        self._beginning: list[str] = []
        self._user = ""

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Empty the tables."""
        address = await asyncio.to_thread(database)
        self.beside = await asyncpg.connect(_plain(address))
        quoted = ", ".join(f'"{table}"' for table in TABLES)
        await self.beside.execute(f"TRUNCATE {quoted}")
        self.connector = Sql(SqlConfig.model_validate(ENTRY | {"secret": SecretStr(_plain(address))} | self._changed))
        engine = self.connector.database.engine
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "do_connect", self._connecting)
        try:
            yield
        finally:
            await self.connector.close()
            await self.beside.close()

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """For a crowd: pages of two would be hundreds."""
        yield
        await self.connector.close()
        self.connector = Sql(self.connector.config.model_copy(update={"page_size": 50}))

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant rows in turn in all tables."""
        rows = planted(identity, count, next(self._numbers) * 100)
        await self.beside.execute("; ".join(insert(table, row) for _, table, row in rows))
        return [record_id for record_id, _, _ in rows]

    async def snapshot(self) -> object:
        """Every row of every table."""
        return {table: await self.rows(table) for table in TABLES}

    async def present(self, record: Record) -> bool:
        """Whether the row still says anything."""
        table = record.state["table"]
        key = dict(zip(keys(table), record.state["key"], strict=True))
        found = (row for row in await self.rows(table) if key.items() <= row.items())
        return is_present(table, next(found, None))

    async def named_again(self, record: Record) -> None:
        """Somebody, or something, writes the person back into the row."""
        await self.beside.execute(named_again(record.state["table"], record.state["key"]))

    async def fault(self, kind: str, times: int = 1) -> None:
        """Befall the next transaction, or the next connection."""
        if kind in self.impossible:
            raise NotImplementedError(kind)
        self._beginning = BEGINNING.get(kind, [])
        self._user = CONNECTING.get(kind, "")
        if self._user:
            await self.connector.close()  # what is connected already would be used again

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """All of a table."""
        return [dict(row) for row in await self.beside.fetch(f'SELECT * FROM "{table}" ORDER BY 1, 2')]  # noqa: S608

    def _begun(self, connection: Connection) -> None:
        statements, self._beginning = self._beginning, []
        for statement in statements:
            connection.exec_driver_sql(statement)

    def _connecting(self, _dialect: object, _record: object, _args: object, parameters: dict[str, Any]) -> None:
        if self._user:
            parameters["user"], self._user = self._user, ""
