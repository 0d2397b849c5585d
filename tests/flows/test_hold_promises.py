"""A hold whose system only promises to erase: it holds on until that is done, and nobody is told before."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from activities.holds import Held
from dsar.records import Outcome, OutcomeKind, Record
from dsar.requests import Right
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, QUEUE, House, house
from tests.flows.test_deletion import mine
from tests.flows.test_legal_holds import held_in, lifted, placed
from workflows.retention_hold import HoldStart, RetentionHold

SOON = timedelta(days=45)
"""By the machine's clock: a hold without a day looks first after thirty."""


class CannotTell(FakeSystem):
    """Takes orders, and can never be asked what became of them."""

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await super().check(records)
        return [Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED) for record in records]


def promising(system: FakeSystem) -> FakeSystem:
    system.accepts_for = SOON
    return system


async def holding(at: House) -> WorkflowHandle[Any, Any]:
    """A hold that may erase `a` and `b` at its first look."""
    kept = await held_in(at, "hold-1", ("a", "b"))
    start = HoldStart(
        hold_id="hold-1",
        right=Right.DELETE,
        policy=kept,
        zone="America/Los_Angeles",
        held=(Held(system="news", records=2, next_day=None),),
    )
    return await at.env.client.start_workflow(RetentionHold.run, start, id="hold-1", task_queue=QUEUE)


async def lived(at: House, so: Callable[[], bool]) -> None:
    """Let days pass until this is so; what is being done is done before time jumps on."""
    for _ in range(60):
        await asyncio.sleep(0.1)
        if so():
            return
        await at.env.sleep(timedelta(days=4))
    raise AssertionError("it did not happen")


async def test_what_was_promised_to_a_hold_is_kept_until_it_is_gone(tmp_path: Path) -> None:
    """Ordered once, looked at when it should have been done; released, and told, only then."""
    news = promising(FakeSystem("news", [mine("a"), mine("b")]))
    async with house(tmp_path, news) as at:
        hold = await holding(at)
        await lived(at, lambda: news.erased_calls == 1)
        del news.records["a"]
        before = at.mail.to(ADA)
        looked = "check" in news.tried

        await lived(at, lambda: news.erased_calls > 1)
        news.records.clear()
        assert await at.ended_saga(hold, timedelta(days=10)) == 2

        assert (before, looked) == ([], False)
        assert any("has been erased" in subject for subject, _ in at.mail.to(ADA))


async def test_a_hold_takes_the_word_of_a_system_that_cannot_tell(tmp_path: Path) -> None:
    """It says neither that it is done nor when it will be: asked once, as a request's own looks do, and no more."""
    news = promising(CannotTell("news", [mine("a"), mine("b")]))
    async with house(tmp_path, news) as at:
        hold = await holding(at)

        assert await at.ended_saga(hold, timedelta(days=20)) == 2

        assert "check" in news.tried
        assert news.erased_calls == 1


async def test_a_legal_hold_keeps_what_was_promised_and_is_still_there(tmp_path: Path) -> None:
    """Placed after the order: nothing is ordered again while it stands, and the record's end is still waited for."""
    news = promising(FakeSystem("news", [mine("a"), mine("b")]))
    async with house(tmp_path, news) as at:
        hold = await holding(at)
        await lived(at, lambda: news.erased_calls == 1)
        await placed(at, system="news")
        await at.env.sleep(timedelta(days=100))
        assert news.erased_calls == 1

        await lifted(at)
        news.accepts_for = None

        assert await at.ended_saga(hold, timedelta(days=10)) == 2
        assert not news.records
