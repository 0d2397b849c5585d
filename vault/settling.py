"""Many small objects, few waits for the disk: what comes while one thread waits goes with the next round.

Writing and naming a small file takes microseconds; only the disk takes its time, twice for each: for its bytes, and
for its name. A thread of its own for each object costs many times what it does: the interpreter is handed to and fro
around every call. Where much is written, rounds keep a distance, so that more can come along.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from vault.draft import Publishing, Sync
from vault.threads import outlasted, to_the_end

MOST_AT_ONCE = 50
"""Objects in one round, so that none waits long for the others."""

DISTANCE = 0.04
"""Seconds between rounds, where there are many."""
FREE = 1.0
"""After so many seconds without one, as many rounds come at once as would have found place in them."""

ALONE = 5
"""So many rounds need not wait after one that waited for nobody."""


class _Job:
    """One object on its way."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing
        self.descriptors = next(publishing)
        self.done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def goes_on(self, error: OSError | None) -> bool:
        """After a round: whether it needs another one."""
        try:
            self.descriptors = self._publishing.throw(error) if error else next(self._publishing)
        except StopIteration as end:
            self.done.set_result(bool(end.value))
            return False
        except Exception as problem:  # noqa: BLE001 - it is raised where the object came from
            self.done.set_exception(problem)
            return False
        return True

    def stop(self) -> None:
        """Leave it as it is."""
        self._publishing.close()
        self.done.cancel()


class Settling:
    """Publishes objects; each caller goes on once its own is there to last."""

    def __init__(self, sync: Sync) -> None:
        self._synced = partial(_synced, sync)
        self._waiting: list[_Job] = []
        self._worker: asyncio.Task[None] | None = None
        self._next = 0.0

    async def publish(self, publishing: Publishing) -> bool:
        """See an object through; whether it has its name. Who is cancelled hears of it once that is decided."""
        job = _Job(publishing)
        self._waiting.append(job)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await outlasted(job.done)

    async def _work(self) -> None:
        under_way: list[_Job] = []
        try:
            while under_way or self._waiting:
                await self._distance(len(under_way))
                room = MOST_AT_ONCE - len(under_way)
                under_way += self._waiting[:room]
                del self._waiting[:room]
                errors = await to_the_end(self._synced, [job.descriptors for job in under_way])
                under_way = [job for job, error in zip(under_way, errors, strict=True) if job.goes_on(error)]
        finally:  # nothing is left, unless the loop itself comes to its end
            for job in (*under_way, *self._waiting):
                job.stop()
            self._waiting.clear()

    async def _distance(self, under_way: int) -> None:
        """Let others come along, if there were many rounds of late."""
        now = asyncio.get_running_loop().time()
        wait = self._next - now
        self._next = max(self._next, now - FREE) + DISTANCE
        if wait > 0:
            await asyncio.sleep(wait)
            if len(self._waiting) + under_way == 1:  # nobody came along: whoever writes may be alone, and hardly waits
                self._next -= ALONE * DISTANCE


def _synced(sync: Sync, all_descriptors: Sequence[Sequence[int]]) -> list[OSError | None]:
    """What went wrong with each object."""
    errors: list[OSError | None] = []
    for descriptors in all_descriptors:
        try:
            for descriptor in descriptors:
                sync(descriptor)
        except OSError as error:
            errors.append(error)
        else:
            errors.append(None)
    return errors
