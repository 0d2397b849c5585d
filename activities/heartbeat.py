"""Signs of life: while an activity works, the engine hears from it, also when one page takes long."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

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
    loop = asyncio.get_running_loop()
    next_beat: asyncio.TimerHandle

    def beat(done: int) -> None:
        nonlocal page
        page = done

    def keep_beating() -> None:
        nonlocal next_beat
        activity.heartbeat(page)
        next_beat = loop.call_later(EVERY_SECONDS, keep_beating)

    next_beat = loop.call_later(EVERY_SECONDS, keep_beating)
    try:
        yield beat
    finally:
        next_beat.cancel()
