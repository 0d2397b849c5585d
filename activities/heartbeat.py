"""Signs of life: while an activity works, the engine hears from it, also when one page takes long."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from temporalio import activity

EVERY_SECONDS = 4.0
"""Well under the shortest heartbeat timeout that the saga sets."""


@asynccontextmanager
async def heartbeating() -> AsyncIterator[Callable[[int], None]]:
    """Beat in the background; call what is yielded with the page just finished, for those who watch.

    Finishing a page does not beat by itself: the engine writes each beat to its disk, and most work is over before
    the first one is due.
    """
    page = -1

    def beat(done: int) -> None:
        nonlocal page
        page = done

    async def keep_beating() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            activity.heartbeat(page)

    task = asyncio.create_task(keep_beating())
    try:
        yield beat
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
