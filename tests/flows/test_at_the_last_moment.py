"""What happens in the last days of the clock, when there is hardly time left."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsar.case import TaskState
from dsar.requests import Right
from dsar.submission import Person, Submission
from intake.desk import Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, house, policy
from tests.flows.test_deletion import mine


async def test_proved_after_the_escalation_people_are_asked_at_once_about_a_system_that_is_down(tmp_path: Path) -> None:
    """The alarm that asks has rung before there was anything to ask; without asking again it would be too late."""
    crm, news = FakeSystem("crm", [mine("a")]), FakeSystem("news", [mine("b")])
    news.down = True
    async with house(tmp_path, crm, news) as at:
        receipt = await at.submit(Right.ACCESS, received=(datetime.now(UTC) - timedelta(days=45)).isoformat())
        await at.proved(receipt)
        await at.unfinished(receipt, ("News",))
        await at.env.sleep(timedelta(minutes=31))

        await at.desk.resolve(await at.task(receipt, "finish"), TaskState.EXCEPTION, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending == "partly"


async def test_a_request_whose_sibling_is_forgotten_comes_to_its_end(tmp_path: Path) -> None:
    """The erasure is denied a day before the copy is; what the copy would tell it then can be said to nobody."""
    rules = policy(hold_before_erasure=timedelta(hours=24))
    async with house(tmp_path, FakeSystem("crm", [mine("a")]), rules=rules) as at:
        access = await at.desk.submit(Submission(rights=(Right.ACCESS, Right.DELETE), person=Person(email=ADA)))
        deletion = access.others[0]
        await at.ended(deletion)
        assert await at.forget() == 1

        closed = await at.ended(access)

        assert closed.ending == "denied_unverified"


async def test_who_comes_when_all_is_forgotten_is_told_that_it_is_over(tmp_path: Path) -> None:
    """A code entered weeks too late is refused in words: the key that would seal it is destroyed."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        receipt = await at.submit()
        code = await at.code(receipt)
        await at.ended(receipt)
        await at.forget()

        with pytest.raises(Refused, match="forgotten"):
            await at.desk.confirm(receipt.request_id, code)


async def test_who_goes_on_waiting_is_asked_again_the_next_day(tmp_path: Path) -> None:
    """The system that they waited for is still down: once more they can answer without it."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        while not (await at.status(receipt)).tasks:
            await at.env.sleep(timedelta(hours=6))
        first = await at.task(receipt, "finish")
        await at.desk.resolve(first, TaskState.DONE, by="lead")
        await at.env.sleep(timedelta(hours=21))

        second = await at.task(receipt, "finish")
        await at.desk.resolve(second, TaskState.EXCEPTION, by="lead")

        assert first != second
        assert (await at.ended(receipt)).ending == "partly"
