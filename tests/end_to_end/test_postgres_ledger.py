"""The ledger on PostgreSQL, as in production: one deletion with worker and web as processes of their own."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from demo.processes import Process, ending, free_ports, listens
from demo.stack import ROOT
from tests.end_to_end.company import Company, company
from tests.end_to_end.holdings import NOTHING, Somebody, held, plant
from tests.postgres import Postgres
from tests.unit.ledger_rig import sql

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(loop_scope="session")
async def on_postgres(habeas: Company, postgres: Postgres) -> AsyncIterator[Company]:
    """A second worker and door at the same engine, with a queue, a vault and a ledger of their own."""
    stack = habeas.stack
    (port,) = free_ports(1)
    environ = habeas.environ | {
        "HABEAS_LEDGER_URL": postgres.database(),
        "HABEAS_VAULT_URL": f"file:{stack.folder / 'vault-of-postgres'}",
        "HABEAS_TASK_QUEUE": "habeas-postgres",
        "HABEAS_PORT": str(port),
        "HABEAS_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    worker = Process("worker-postgres", [sys.executable, str(ROOT / "worker.py")], environ, stack.folder)
    web = Process("web-postgres", [sys.executable, str(ROOT / "starter.py"), "serve"], environ, stack.folder)
    async with AsyncExitStack() as ends:
        await ends.enter_async_context(ending(worker))
        await worker.start(worker.says("worker ready"))
        await ends.enter_async_context(ending(web))
        await web.start(listens(port))
        whole = await ends.enter_async_context(company(stack, port, environ))
        yield whole
        habeas.canaries.update(whole.canaries)


async def test_deletion_with_the_ledger_on_postgres(on_postgres: Company) -> None:
    """It is carried out as on SQLite; the evidence is in PostgreSQL, whole, and without a word of the person."""
    person = Somebody()
    await plant(on_postgres.stack, person, invoice=True)

    receipt = await on_postgres.asked("delete", person)
    row = await on_postgres.answered(receipt["request_id"])

    left = await held(on_postgres.stack, person)
    evidence = await everything(on_postgres)
    assert row.outcome == "partly"
    assert [key.rpartition("/")[2] for key in left.pop("s3")] == ["2025-7.pdf"]
    assert left.items() <= NOTHING.items()
    assert "Every entry is as it was written" in await on_postgres.starter("audit", "verify")
    assert not [word for word in [*person.canaries, receipt["ticket"]] if word in evidence]
    assert row.id in evidence


async def everything(habeas: Company) -> str:
    """Every row of every table of the ledger."""
    url = habeas.environ["HABEAS_LEDGER_URL"]
    tables = await sql(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [await sql(url, f"SELECT t::text FROM {table} AS t") for (table,) in tables]  # noqa: S608 - of the catalogue
    return "\n".join(str(line) for found in rows for (line,) in found)
