"""The servers, each started when the first test asks for it and ended with the session."""

from collections.abc import Iterator

import pytest

from tests.independent.servers import free_port, in_javascript, in_python, running


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
    """BigQuery, as bqemulator has it, over DuckDB."""
    port = free_port()
    where = ["--rest-host", "127.0.0.1", "--rest-port", str(port), "--grpc-port", "0"]
    command = [in_python("python", "bqemulator"), "start", "--ephemeral", "--log-level", "warning", *where]
    with running(command, port, tmp_path_factory.mktemp("bqemulator")) as address:
        yield address


@pytest.fixture(scope="session")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Stripe, as localstripe has it."""
    port = free_port()
    command = [in_python("localstripe", "localstripe"), "--port", str(port), "--from-scratch"]
    with running(command, port, tmp_path_factory.mktemp("localstripe")) as address:
        yield address
