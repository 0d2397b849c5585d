"""Real servers that several kinds of tests share."""

from collections.abc import Iterator

import pytest

from tests.postgres import Postgres, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the session, started when the first test asks for it."""
    with postgres_server() as server:
        yield server
