"""So many activities of a worker are in one system at once, and no more: a vendor that hangs holds up nobody else.

A worker has a fixed number of slots for activities. Each system may have `PLACES` of them and the worker has that many
for every system, beside those for letters, packages and the rest. What comes beyond is put back to the engine at once,
as if the vendor had said "not now", and costs no event in the request's history; while there are places, counting them
is all that is done. A queue for each system would keep them apart as well, but what is started by the worker that asked
for it (without a round through the engine) has to be in that worker's own queue.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from secrets import randbelow
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from connectors.connector import TryLater

PLACES = 60
"""Activities in one system at once: several times what its connections can be busy with."""

BESIDE = 200
"""Slots of a worker for all that goes into no system."""

SEVERAL = "several systems"
"""Where a step is that asks one system after another."""

WAIT = timedelta(seconds=5)
"""How long what found no place waits, on average."""


class Places(Interceptor):
    """Keeps a system's activities to its places.

    Args:
        places: of each system.
        is_local: whether the activity that runs is one within our own walls; those have slots of their own.
    """

    def __init__(self, places: int = PLACES, is_local: Callable[[], bool] = lambda: activity.info().is_local) -> None:
        self._places = places
        self._is_local = is_local
        self._taken: Counter[str] = Counter()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wrap the chain."""
        return _InPlace(next, self)

    async def run(self, system: str, work: Callable[[], Any]) -> Any:
        """Work in a system.

        Raises:
            TryLater: every place there is taken.
        """
        if self._taken[system] >= self._places:
            raise TryLater(f"all places of a worker in [{system}] are taken", _around(WAIT))
        self._taken[system] += 1
        try:
            return await work()
        finally:
            self._taken[system] -= 1
            if not self._taken[system]:
                del self._taken[system]

    def system(self, arguments: Any) -> str:
        """The system that an activity goes into, by its order; empty: none. Those that go into several share places."""
        if not arguments or self._is_local():
            return ""
        named = getattr(arguments[0], "system", "")
        several = isinstance(getattr(arguments[0], "systems", None), tuple)
        return named if isinstance(named, str) and named else SEVERAL * several


class _InPlace(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, places: Places) -> None:  # noqa: A002
        super().__init__(next)
        self._places = places

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        following = super().execute_activity
        system = self._places.system(input.args)
        return await (self._places.run(system, lambda: following(input)) if system else following(input))


def _around(wait: timedelta) -> timedelta:
    """Between half of it and one and a half: those that were sent away together do not come back together."""
    return wait / 2 + wait * randbelow(1000) / 1000
