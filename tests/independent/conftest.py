"""The servers, each started when the first test asks for it and ended with the session."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.independent.servers import free_port, in_javascript, in_python, running

EXTENSIONS = "from duckdb_extensions import import_extension as put; put('spatial'); put('avro')"


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """S3, as moto (getmoto.org) has it."""
    port = free_port()
    command = [in_python("python", "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, tmp_path_factory.mktemp("moto"), asked="/moto-api/") as address:
        yield address


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Azure Blob Storage, as Microsoft's own emulator has it."""
    port = free_port()
    # Azure's client asks for a newer version of the interface than this emulator has heard of.
    options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    command = [in_javascript("azurite-blob"), "--blobHost", "127.0.0.1", "--blobPort", str(port), *options]
    with running(command, port, tmp_path_factory.mktemp("azurite")) as address:
        yield address


@pytest.fixture(scope="session")
def bqemulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """BigQuery, as bqemulator has it, over DuckDB.

    It would fetch two extensions from DuckDB's site, and looks into its home for them first: there they are put.
    """
    port, home = free_port(), tmp_path_factory.mktemp("bqemulator")
    env = {"HOME": str(home)}
    python = [in_python("python", "python"), "-c", EXTENSIONS]
    subprocess.run(python, check=True, timeout=60, env=os.environ | env)  # noqa: S603 - fixed arguments
    where = ["--rest-host", "127.0.0.1", "--rest-port", str(port), "--grpc-port", "0"]
    command = [in_python("python", "bqemulator"), "start", "--ephemeral", "--log-level", "warning", *where]
    with running(command, port, home, env=env) as address:
        yield address


@pytest.fixture(scope="session")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Stripe, as localstripe has it."""
    port = free_port()
    command = [in_python("localstripe", "localstripe"), "--port", str(port), "--from-scratch"]
    with running(command, port, tmp_path_factory.mktemp("localstripe")) as address:
        yield address
