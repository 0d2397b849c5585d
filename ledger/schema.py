"""Brings a ledger's tables up to date, whichever of several processes comes first."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from ledger.database import PATIENCE_SECONDS, Database, parse
from ledger.transaction import Transaction

MIGRATIONS = Path(__file__).with_name("migrations")

_ADVISORY_LOCK = 0x4841424541530001
"""PostgreSQL's lock for migrating: `HABEAS`, 1."""

_one_at_a_time = threading.Lock()
"""Alembic keeps what it is doing in module globals."""


class NewerLedger(RuntimeError):
    """The ledger was written by a newer version of this program: this one could not keep its promises."""

    def __init__(self) -> None:
        super().__init__(f"{self.__doc__} Update this process.")


async def migrate(url: str) -> None:
    """Bring the tables up to date. Several processes may do it at once: one does, the others wait.

    Raises:
        NewerLedger: they are ahead of this program.
    """
    await asyncio.to_thread(_migrate, parse(url))


async def is_current(database: Database) -> bool:
    """Whether the tables are as this version of the program needs them."""
    return await database.read(lambda connection: connection.run_sync(_is_current))


def config(connection: Connection) -> Config:
    """Alembic's settings, for work on this connection."""
    made = Config()
    made.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _migrate(url: URL) -> None:
    """In a thread of its own, with a loop of its own, so that no two run in one process at once."""
    with _one_at_a_time:
        if url.get_backend_name() == "sqlite":
            _write_ahead(str(url.database))
        asyncio.run(_upgrade(url))


async def _upgrade(url: URL) -> None:
    database = Database(url.render_as_string(hide_password=False))
    try:
        await database.write(_upgrade_on)
    finally:
        await database.close()


async def _upgrade_on(connection: Transaction) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's transaction has the file to itself
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    if not await connection.run_sync(_is_current):
        await connection.run_sync(lambda c: command.upgrade(config(c), "head"))


def _is_current(connection: Connection) -> bool:
    scripts = ScriptDirectory(str(MIGRATIONS))
    here = MigrationContext.configure(connection).get_current_revision()
    if here is not None and here not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerLedger
    return here == scripts.get_current_head()


def _write_ahead(path: str) -> None:
    """Make it a file whose readers and writers do not wait for each other. Kept in the file from then on."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise  # while another process does the same, SQLite refuses at once, without the time-out
                time.sleep(0.02)
            else:
                return
