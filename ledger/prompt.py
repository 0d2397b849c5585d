"""A connection to SQLite that goes to its thread only for what waits: for another's transaction, or for the disk.

A statement takes some microseconds; handing it to a thread and back takes ten times as long. In write-ahead mode no
reader waits for a writer. So what can wait is the begin of a writing transaction, its end, and opening and closing.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

import aiosqlite

BEGIN = "BEGIN"
BEGIN_WRITING = "BEGIN IMMEDIATE"

_WAITING = frozenset({"commit", "close"})


class PromptConnection(aiosqlite.Connection):
    """Runs statements at once, where they are called. Its file must be in write-ahead mode."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Everything that is done with the connection and its cursors comes by here."""
        if fn.__name__ in _WAITING or args[:1] == (BEGIN_WRITING,):
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return fn(*args, **kwargs)


async def made(kind: type[aiosqlite.Connection], opened: Callable[[], sqlite3.Connection]) -> aiosqlite.Connection:
    """A connection of this kind, open."""
    connection = kind(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - a process that ends does not wait for it, as with SQLAlchemy's own
    return await connection
