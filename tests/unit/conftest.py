"""Each test of the ledger runs on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from tests.unit.ledger_rig import Clock, OpenLedger, opened
from tests.unit.machine import Machine, at_a_machine


@pytest.fixture
def clock() -> Clock:
    """The ledger's time."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database in which nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
async def open_ledger(ledger_url: str, clock: Clock) -> AsyncIterator[OpenLedger]:
    """Opens the same ledger as often as it is called, as so many processes would."""
    async with AsyncExitStack() as stack:

        async def one_more() -> Ledger:
            return await stack.enter_async_context(opened(ledger_url, clock))

        yield one_more


@pytest.fixture
async def ledger(open_ledger: OpenLedger) -> Ledger:
    """A ledger in which nothing is yet."""
    return await open_ledger()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Machine:
    return at_a_machine(tmp_path, monkeypatch, capsys)
