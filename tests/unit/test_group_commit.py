"""Many callers, one transaction."""

import asyncio
from collections.abc import Sequence

import pytest

from ledger.group_commit import MOST_AT_ONCE, GroupCommit


class Slow:
    """Commits when it is let; doubles numbers, and breaks on zero."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        await self.go.wait()
        if 0 in items:
            raise ConnectionError
        return [item * 2 for item in items]


async def waiting(group: GroupCommit[int, int], *items: int) -> list[asyncio.Task[int]]:
    """Callers that have handed their item in."""
    tasks = [asyncio.create_task(group.put(item)) for item in items]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_in_during_a_commit_shares_the_next_one() -> None:
    """The first goes at once, the rest together, and each gets its own answer."""
    slow = Slow()
    group = GroupCommit(slow)

    first = await waiting(group, 1)
    rest = await waiting(group, 2, 3, 4)
    slow.go.set()
    results = await asyncio.gather(*first, *rest)

    assert results == [2, 4, 6, 8]
    assert slow.groups == [[1], [2, 3, 4]]


async def test_a_group_that_fails_fails_for_its_callers_only() -> None:
    """The next group is tried as if nothing had been."""
    slow = Slow()
    group = GroupCommit(slow)

    first = await waiting(group, 1)
    broken = await waiting(group, 0, 2)
    slow.go.set()
    outcomes = await asyncio.gather(*first, *broken, return_exceptions=True)
    after = await group.put(3)

    assert outcomes[0] == 2
    assert [type(outcome) for outcome in outcomes[1:]] == [ConnectionError, ConnectionError]
    assert after == 6


async def test_a_transaction_does_not_grow_without_end() -> None:
    """Other writers get their turn between two groups."""
    slow = Slow()
    slow.go.set()
    group = GroupCommit(slow)

    results = await asyncio.gather(*(group.put(n) for n in range(1, 2 * MOST_AT_ONCE + 2)))

    assert results == [2 * n for n in range(1, 2 * MOST_AT_ONCE + 2)]
    assert max(map(len, slow.groups)) == MOST_AT_ONCE


async def test_nobody_waits_for_ever_when_the_writer_is_stopped() -> None:
    """A loop that is torn down cancels the writer, and with it everyone who waits for it."""
    slow = Slow()
    group = GroupCommit(slow)
    first = await waiting(group, 1)
    later = await waiting(group, 2)

    writer = next(task for task in asyncio.all_tasks() if task.get_coro().__qualname__.endswith("_write"))  # type: ignore[union-attr]
    writer.cancel()

    for task in (*first, *later):
        with pytest.raises(asyncio.CancelledError):
            await task
