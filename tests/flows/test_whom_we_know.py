"""Whoever tries codes learns nothing of whom we know."""

from pathlib import Path

import pytest

from activities.codes import Codes
from dsar.case import Ending, TaskState
from dsar.identity import Identifier, Key
from intake.desk import Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house
from tests.flows.test_deletion import mine


def directory(knows: bool) -> FakeSystem:
    crm = FakeSystem("crm", [mine("a", matched={Key.CUSTOMER_ID})] if knows else [], learns={Key.EMAIL})
    crm.teaches = (Identifier(kind=Key.EMAIL, value=ADA),) if knows else ()
    return crm


async def seen_by_a_guesser(at: House) -> list[str]:
    """All that is said to somebody who has nothing but a customer number."""
    receipt = await at.submit(customer_id="42")
    await at.attempts(receipt)
    said = []
    for code in ["letters", *(f"{n:06}" for n in range(6))]:
        try:
            said.append(str(await at.desk.confirm(receipt.request_id, code)))
        except Refused as refused:
            said.append(str(refused))
    for _ in range(3):
        try:
            await at.desk.send_another_code(receipt.request_id)
            said.append("sent")
        except Refused as refused:
            said.append(str(refused))
    said.append(str((await at.status(receipt)).attempts_left))
    return said


async def test_a_guesser_sees_the_same_of_a_customer_as_of_nobody(tmp_path: Path) -> None:
    """Word for word: attempts are counted, codes die, and the last one is the last one."""
    async with house(tmp_path / "known", directory(knows=True)) as at:
        of_a_customer = await seen_by_a_guesser(at)
    async with house(tmp_path / "unknown", directory(knows=False)) as at:
        of_nobody = await seen_by_a_guesser(at)

    assert of_nobody == of_a_customer
    assert "attempts_left=0" in of_nobody[5]
    assert "dead" in of_nobody[6]


async def test_where_no_address_is_on_file_a_person_is_asked_while_the_clock_runs(tmp_path: Path) -> None:
    """Reached another way, the person is served; the task is there at once."""
    async with house(tmp_path, directory(knows=False)) as at:
        receipt = await at.submit(customer_id="42")

        await at.desk.resolve(await at.task(receipt, "reach"), TaskState.DONE, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.NOTHING_FOUND


async def test_who_cannot_be_reached_in_time_is_denied_and_the_task_is_withdrawn(tmp_path: Path) -> None:
    """A person who does not find the time does not stop the clock."""
    crm = directory(knows=False)
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(customer_id="42")
        await at.task(receipt, "reach")

        closed = await at.ended(receipt)

        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert await at.foundation.ledger.tasks.list(receipt.request_id) == ()


async def test_no_code_fits_where_none_was_sent(tmp_path: Path) -> None:
    """Nor do those that another request's person would have been sent, drawn from this one's own key."""
    async with house(tmp_path, directory(knows=False)) as at:
        receipt = await at.submit(customer_id="42")
        await at.attempts(receipt)

        await at.desk.send_another_code(receipt.request_id)

        for number in (1, 2):
            drawn = await Codes(at.foundation.vault).get(receipt.request_id, number)
            assert not (await at.desk.confirm(receipt.request_id, drawn.code)).verified
        with pytest.raises(Refused, match="six digits"):
            await at.desk.confirm(receipt.request_id, "")
