"""Blocking work beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


async def to_the_end(work: Callable[[Argument], Result], argument: Argument) -> Result:
    """Run blocking work in a thread; when cancelled, still wait for it: a thread cannot be stopped half-way."""
    return await outlasted(asyncio.ensure_future(asyncio.to_thread(work, argument)))


async def outlasted(running: "asyncio.Future[Result]") -> Result:
    """The result of what goes on also when its caller is cancelled; the caller hears of that only afterwards."""
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise
