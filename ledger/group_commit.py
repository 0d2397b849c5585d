"""Many callers, one transaction: what comes in while one commit runs goes into the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 200
"""Items in one transaction, so that other writers get their turn."""


class GroupCommit(Generic[Item, Result]):
    """Passes items on in groups; each caller gets its own item's result once its group is committed.

    Args:
        commit: takes a group and returns a result for each item, in the same order. When it raises, so does
            every caller of that group.
    """

    def __init__(self, commit: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._commit = commit
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Result:
        """Have an item committed. A caller that is cancelled does not take its item back."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await done

    async def drain(self) -> None:
        """Wait until nothing is left to commit."""
        if self._writer is not None:
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            futures = [future for _, future in group]
            try:
                results = await self._commit([item for item, _ in group])
            except Exception as error:  # noqa: BLE001 - it is raised where the item came from
                for future in _pending(futures):
                    future.set_exception(error)
            except BaseException:
                for future in _pending([*futures, *(future for _, future in self._waiting)]):
                    future.cancel()
                raise
            else:
                for future, result in zip(futures, results, strict=True):
                    if not future.done():
                        future.set_result(result)


def _pending(futures: Sequence[asyncio.Future[Result]]) -> list[asyncio.Future[Result]]:
    """Those whose caller still waits."""
    return [future for future in futures if not future.done()]
