"""Real servers that several kinds of tests share."""

from collections.abc import Iterator

import pytest

from tests.fuzzing import PROFILE
from tests.postgres import Postgres, postgres_server

LONGEST_FIRST = ("year", "end_to_end", "flows", "attacks")
"""Folders whose files take minutes: begun last, one of them would leave the other cores idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the work, it is handed out in this order."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next((n for n, name in enumerate(LONGEST_FIRST) if name in item.path.parts), len(LONGEST_FIRST))


assert PROFILE  # registered before `--hypothesis-profile` asks for it


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the session, started when the first test asks for it."""
    with postgres_server() as server:
        yield server
