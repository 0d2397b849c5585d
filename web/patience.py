"""How long a page waits for the desk: the engine may be down, and nobody looks at a page for ever."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from intake.engine import EngineDown

R = TypeVar("R")


async def answered(asking: Awaitable[R], patience: float) -> R:
    """What the desk answers within so many seconds. Raises `EngineDown` where it does not."""
    try:
        async with asyncio.timeout(patience):
            return await asking
    except TimeoutError:
        raise EngineDown from None
