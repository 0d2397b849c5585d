"""The ledger's tables: made by migrations, by one process at a time, and as the program says they are."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection

from ledger import schema
from ledger.database import BadLedgerUrl, Database
from ledger.ledger import Ledger, migrate
from tests.unit.ledger_rig import KEY, opened, sql


async def on_a_connection(url: str, work: Callable[[Connection], None]) -> None:
    """Run Alembic's own work on the ledger's database."""
    database = Database(url)
    try:
        await database.write(lambda connection: connection.run_sync(work))
    finally:
        await database.close()


async def test_migrations_make_what_the_program_works_with(ledger_url: str) -> None:
    """Alembic finds nothing to add, to change or to take away."""
    await migrate(ledger_url)

    await on_a_connection(ledger_url, lambda connection: command.check(schema.config(connection)))


async def test_what_was_made_can_be_taken_away_and_made_again(ledger_url: str) -> None:
    """Down to nothing, and up."""
    await migrate(ledger_url)

    def down(connection: Connection) -> None:
        command.downgrade(schema.config(connection), "base")

    await on_a_connection(ledger_url, down)
    async with opened(ledger_url) as ledger:
        assert await ledger.journal.append("request-1", "step", "event")


async def test_migrating_at_once_migrates_once(ledger_url: str) -> None:
    """One does it, the others find it done."""
    await asyncio.gather(*(migrate(ledger_url) for _ in range(4)))

    async with opened(ledger_url) as ledger:
        assert (await ledger.journal.verify()).problems == ()


async def test_opening_makes_a_new_ledger_and_leaves_an_old_one(ledger_url: str) -> None:
    """What was written is there at the next opening."""
    async with opened(ledger_url) as ledger:
        await ledger.journal.append("request-1", "step", "event")

    async with opened(ledger_url) as ledger:
        assert len(await ledger.journal.entries("request-1")) == 1


async def test_a_newer_ledger_is_left_alone(ledger_url: str) -> None:
    """An old process does not write into tables that it does not know."""
    await migrate(ledger_url)
    await sql(ledger_url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(schema.NewerLedger, match="newer version"):
        await Ledger.open(ledger_url, KEY)
    with pytest.raises(schema.NewerLedger):
        await migrate(ledger_url)


async def test_a_migration_that_breaks_leaves_nothing_half_done(ledger_url: str) -> None:
    """The next one begins where this one began."""
    await sql(ledger_url, "CREATE TABLE holds (id TEXT)")

    with pytest.raises(Exception, match="holds"):
        await migrate(ledger_url)
    await sql(ledger_url, "DROP TABLE holds")

    async with opened(ledger_url) as ledger:
        assert await ledger.journal.append("request-1", "step", "event")


async def test_a_file_is_safe_from_loss_of_power_and_its_readers_do_not_wait(tmp_path: Path) -> None:
    """Write-ahead, each commit on the disk before its caller hears of it."""
    path = tmp_path / "ledger.sqlite"
    url = f"sqlite:///{path}"
    await migrate(url)

    with closing(sqlite3.connect(path)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    ((synchronous,),) = await sql(url, "PRAGMA synchronous")

    assert (mode, synchronous) == ("wal", 2)


@pytest.mark.parametrize(
    ("url", "why"),
    [("mysql://u:secret@h/d", "not in mysql"), ("sqlite://", "needs a file"), ("sqlite:///:memory:", "needs a file")],
)
async def test_other_databases_are_refused(url: str, why: str) -> None:
    """In words that do not repeat a password."""
    with pytest.raises(BadLedgerUrl, match=why) as refused:
        await Ledger.open(url, KEY)

    assert "secret" not in str(refused.value)


async def test_a_ledger_that_cannot_be_opened_is_closed(tmp_path: Path) -> None:
    """No connection is left behind, and no key is guessed."""
    with pytest.raises(ValueError, match="16 bytes"):
        await Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", b"short")
