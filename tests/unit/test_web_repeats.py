"""What is answered twice is done once, and memory has an end."""

import asyncio

import pytest

from web.problems import Problem
from web.repeats import REMEMBERED_SECONDS, Repeats


class Work:
    """Counts how often it is done."""

    def __init__(self) -> None:
        self.done = 0
        self.began = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        await asyncio.sleep(0)
        self.done += 1
        self.began.set()
        if self.fails:
            raise ConnectionError
        return self.done


async def test_the_same_again_is_not_done_again() -> None:
    """It is answered as it was."""
    repeats, work = Repeats[int](), Work()

    answers = [await repeats.once("a", b"1", work) for _ in range(3)]

    assert answers == [1, 1, 1]


async def test_many_at_once_are_done_once() -> None:
    """All wait for the one."""
    repeats, work = Repeats[int](), Work()

    answers = await asyncio.gather(*(repeats.once("a", b"1", work) for _ in range(100)))

    assert answers == [1] * 100


async def test_what_failed_is_tried_again() -> None:
    """A failure is no answer."""
    repeats, work = Repeats[int](), Work()
    work.fails = True

    with pytest.raises(ConnectionError):
        await repeats.once("a", b"1", work)
    work.fails = False
    answer = await repeats.once("a", b"1", work)

    assert answer == 2


async def test_a_sender_that_hangs_up_undoes_nothing() -> None:
    """The work goes on, and its answer is there for the repeat."""
    repeats, work = Repeats[int](), Work()
    impatient = asyncio.create_task(repeats.once("a", b"1", work))
    await asyncio.sleep(0)
    impatient.cancel()

    answer = await repeats.once("a", b"1", work)

    assert answer == work.done == 1
    assert impatient.cancelled()


async def test_a_failure_that_nobody_waits_for_is_no_noise() -> None:
    """It is forgotten like any other."""
    repeats, work = Repeats[int](), Work()
    work.fails = True
    impatient = asyncio.create_task(repeats.once("a", b"1", work))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    await work.began.wait()
    await asyncio.sleep(0)
    work.fails = False

    assert await repeats.once("a", b"1", work) == 2


async def test_an_id_stands_for_one_thing() -> None:
    """Something else under it is refused."""
    repeats, work = Repeats[int](), Work()
    await repeats.once("a", b"1", work)

    with pytest.raises(Problem) as refused:
        await repeats.once("a", b"2", work)

    assert refused.value.kind.slug == "webhook-id-reused"


async def test_memory_is_bounded_by_number_and_by_time() -> None:
    """The oldest are forgotten first."""
    now = 0.0
    repeats, work = Repeats[int](size=2, clock=lambda: now), Work()

    await repeats.once("a", b"1", work)
    await repeats.once("b", b"1", work)
    await repeats.once("c", b"1", work)
    kept = await repeats.once("c", b"1", work)
    forgotten = await repeats.once("a", b"1", work)
    now = REMEMBERED_SECONDS + 1
    late = await repeats.once("a", b"1", work)

    assert (kept, forgotten, late) == (3, 4, 5)
