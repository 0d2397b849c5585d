"""What the ledger's work is done on: a transaction of either kind of database."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.base import Executable

T = TypeVar("T")

Rows = CursorResult[*tuple[Any, ...]]

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction(Protocol):
    """The part of SQLAlchemy's `AsyncConnection` that is used here. Results are read before it ends."""

    @property
    def dialect(self) -> Dialect:
        """Which database it is."""

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        """Run a statement, or the same for each of several sets of parameters."""

    async def exec_driver_sql(self, statement: str) -> Rows:
        """Run SQL as it is written."""

    async def run_sync(self, fn: Callable[[Connection], T], /) -> T:
        """Run work that knows of no event loop."""


Work = Callable[[Transaction], Awaitable[T]]
"""What is done in one transaction."""


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish what has been begun, also for a caller that is cancelled meanwhile; it hears of that afterwards.

    A connection that is left in the middle of a statement stays in its transaction, and others wait for it.
    """
    return await outlasted(asyncio.create_task(work))


async def outlasted(running: "asyncio.Future[T]") -> T:
    """The result of what goes on also when its caller is cancelled."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise
