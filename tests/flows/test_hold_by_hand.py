"""A hold whose time is over, and whose records only a person can erase: they are asked, and looked after."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import TaskState
from intake.desk import Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, House, house
from tests.flows.test_deletion import mine
from tests.flows.test_hold_promises import CannotTell, holding

HOLD = "hold-1"
MONTH = timedelta(days=31)
"""In which a hold that has no day to wait for looks again."""


def by_hand(system: FakeSystem) -> FakeSystem:
    system.by_hand = True
    return system


async def asked(at: House, told: int = 1) -> str:
    """The hold's task, once its owner was told of it so often."""

    async def there() -> str:
        rows = await at.foundation.ledger.tasks.list(HOLD)
        return rows[0].id if rows and len(mails(at)) >= told else ""

    for _ in range(100):
        if task := await there():
            return task
        await asyncio.sleep(0.1)
    raise AssertionError("nobody is asked")


def mails(at: House, wanted: Callable[[str], bool] = lambda _: True) -> list[str]:
    """The subjects of what the privacy lead was told of the hold."""
    return [subject for subject, _ in at.mail.to(LEAD) if "Erase by hand in News" in subject and wanted(subject)]


async def test_what_only_a_person_can_erase_is_asked_of_one_when_its_time_is_over(tmp_path: Path) -> None:
    """Said too early, it is asked again; the person hears of it, and the hold ends, only when it is gone."""
    news = by_hand(FakeSystem("news", [mine("a"), mine("b")]))
    async with house(tmp_path, news) as at:
        hold = await holding(at)
        await at.env.sleep(MONTH)
        first = await asked(at)
        words = (await at.desk.task(first)).instructions

        await at.desk.resolve(first, TaskState.DONE, by="lea")
        second = await asked(at, told=2)
        before = at.mail.to(ADA)
        news.records.clear()
        await at.desk.resolve(second, TaskState.DONE, by="lea")
        assert await at.ended_saga(hold, timedelta(days=1)) == 2

        assert "delete a by hand\n\ndelete b by hand\n\ndone = it is erased" in words
        assert (before, second != first) == ([], True)
        assert any("has been erased" in subject for subject, _ in at.mail.to(ADA))


async def test_a_task_of_a_hold_that_nobody_does_is_told_again_and_comes_back(tmp_path: Path) -> None:
    """After a month its owner is reminded; who says that it cannot be done now is asked again a month later."""
    news = by_hand(FakeSystem("news", [mine("a"), mine("b")]))
    async with house(tmp_path, news) as at:
        await holding(at)
        await at.env.sleep(MONTH)
        first = await asked(at)
        await at.env.sleep(MONTH)
        same = await asked(at, told=2)

        await at.desk.resolve(first, TaskState.EXCEPTION, by="lea")
        with pytest.raises(Refused, match="no open task"):
            await at.desk.resolve(first, TaskState.DONE, by="lea")
        await at.env.sleep(MONTH)
        next_one = await asked(at, told=3)

        assert (same, next_one) == (first, f"{HOLD}.2")
        assert len(mails(at, lambda subject: subject.startswith("[Reminder"))) == 1


async def test_where_nobody_can_look_a_persons_word_ends_a_hold(tmp_path: Path) -> None:
    """A system that cannot be asked is not asked for ever."""
    news = by_hand(CannotTell("news", [mine("a"), mine("b")]))
    async with house(tmp_path, news) as at:
        hold = await holding(at)
        await at.env.sleep(MONTH)

        await at.desk.resolve(await asked(at), TaskState.NOT_FOUND, by="lea")

        assert await at.ended_saga(hold, timedelta(days=1)) == 2
