"""The database's rig over SQLite: a file with three tables that are listed, and one that is not."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event

from connectors.sql import Sql
from connectors.sql_config import SqlConfig
from dsar.identity import Identity
from dsar.records import Record
from tests.contract.rig import Fault
from tests.contract.sql_tables import DDL, ENTRY, TABLES, insert, is_present, keys, named_again, planted


class SqlRig:
    """A file of its own for each test.

    Impossible here: all but a file that another process keeps locked. Nobody is asked who they are, and no line breaks.
    """

    name = "sql"
    lossy = False
    impossible = frozenset(value for name, value in vars(Fault).items() if name.isupper()) - {Fault.TIMEOUT}

    def __init__(self, **changed: Any) -> None:
        self._changed = changed
        self._numbers = count(1)

    @asynccontextmanager
    async def start(self, ddl: str = DDL) -> AsyncIterator[None]:
        """Make the file."""
        with tempfile.TemporaryDirectory(prefix="habeas-records-") as folder:
            self.path = Path(folder) / "business records.db"
            self.beside = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
            self.beside.execute("PRAGMA synchronous = OFF")
            self.beside.executescript(ddl)
            self.connector = Sql(
                SqlConfig.model_validate(
                    ENTRY | {"secret": SecretStr(f"sqlite:///{self.path}"), "timeout_seconds": 0.5} | self._changed
                )
            )
            event.listen(self.connector.database.engine, "handle_error", lambda _: self._release())
            try:
                yield
            finally:
                await self.connector.close()
                self.beside.close()

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """For a crowd: pages of two would be hundreds."""
        yield
        await self.connector.close()
        self.connector = Sql(self.connector.config.model_copy(update={"page_size": 50}))

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant rows in turn in all tables."""
        first = next(self._numbers) * 100
        rows = planted(identity, count, first)
        for _, table, row in rows:
            self.beside.execute(insert(table, row))
        return [record_id for record_id, _, _ in rows]

    async def snapshot(self) -> object:
        """Every row of every table."""
        await asyncio.sleep(0)  # whoever waits for a change lets others make it
        return {table: self.rows(table) for table in TABLES}

    async def present(self, record: Record) -> bool:
        """Whether the row still says anything."""
        await asyncio.sleep(0)
        table = record.state["table"]
        key = dict(zip(keys(table), record.state["key"], strict=True))
        return is_present(table, next((row for row in self.rows(table) if key.items() <= row.items()), None))

    async def named_again(self, record: Record) -> None:
        """Somebody, or something, writes the person back into the row."""
        self.beside.execute(named_again(record.state["table"], record.state["key"]))

    async def fault(self, kind: str, times: int = 1) -> None:
        """Lock the file, until somebody was refused."""
        if kind in self.impossible:
            raise NotImplementedError(kind)
        self.beside.execute("BEGIN EXCLUSIVE")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All of a table."""
        found = self.beside.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2')  # noqa: S608
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def _release(self) -> None:
        if self.beside.in_transaction:
            self.beside.rollback()
