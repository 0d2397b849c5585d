"""What goes on beside a saga's story, and is waited for before the saga ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow


class Beside:
    """The tasks of one saga that its story does not wait for."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def go(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Let something go on; the saga does not end before it has."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    @property
    def back(self) -> bool:
        """Whether nothing goes on."""
        return all(task.done() for task in self._tasks)

    async def all_back(self) -> None:
        """Wait for all of it. A bug in there blocks the saga here, so that a fix can resume it."""
        await workflow.wait_condition(lambda: self.back)
        for task in self._tasks:
            if not task.cancelled():
                task.result()
