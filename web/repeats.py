"""A webhook that is delivered again gets the answer it got before: senders repeat what they saw no answer to."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from web import problems
from web.problems import Problem

T = TypeVar("T")

REMEMBERED = 10_000
REMEMBERED_SECONDS = 3600.0
"""Far longer than a signature is good for. A later repeat joins the open request in the ledger."""


@dataclass(frozen=True)
class _Seen(Generic[T]):
    fingerprint: bytes
    answer: "asyncio.Future[T]"
    at: float


class Repeats(Generic[T]):
    """The latest webhook-ids and what was answered, in this process; failures are forgotten, to be tried again.

    Args:
        size: how many at most.
        clock: seconds.
    """

    def __init__(self, size: int = REMEMBERED, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._seen: OrderedDict[str, _Seen[T]] = OrderedDict()

    async def once(self, webhook_id: str, fingerprint: bytes, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, or wait for the same that is being done, or was.

        It is done to its end even if the sender hangs up: what was begun is then answered to the repeat.

        Raises:
            Problem: the webhook-id was used for something else.
        """
        self._forget_old()
        seen = self._seen.get(webhook_id)
        if seen is None:
            answer = asyncio.ensure_future(work())
            answer.add_done_callback(partial(self._forget_failure, webhook_id))
            seen = self._seen[webhook_id] = _Seen(fingerprint, answer, self._clock())
        elif seen.fingerprint != fingerprint:
            raise Problem(problems.REUSED)
        return await asyncio.shield(seen.answer)

    def _forget_old(self) -> None:
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if len(self._seen) < self._size and self._clock() - oldest.at < REMEMBERED_SECONDS:
                return
            self._seen.popitem(last=False)

    def _forget_failure(self, webhook_id: str, answer: "asyncio.Future[T]") -> None:
        failed = answer.cancelled() or answer.exception() is not None
        seen = self._seen.get(webhook_id)
        if failed and seen is not None and seen.answer is answer:
            del self._seen[webhook_id]
