"""A person says that a record is the data subject's: what becomes of it is another question, and is asked, too."""

from pathlib import Path

import pytest

from dsar.case import Ending, TaskState
from dsar.identity import Key
from dsar.records import Record
from dsar.requests import Right
from tests.flows.fake_system import FakeSystem
from tests.flows.house import house

FILES = "design files and assets"
"""A category of which the policy leaves open what becomes of it."""


def namesakes(category: str = FILES) -> FakeSystem:
    """A system in which only a name matches."""
    return FakeSystem("crm", [Record(id="n", category=category, matched=frozenset({Key.NAME}))])


async def test_what_was_confirmed_is_erased_once_that_is_decided(tmp_path: Path) -> None:
    """It is theirs, and it may go: two questions, in this order, and nothing is erased between them."""
    crm = namesakes()
    crm.records["m"] = Record(id="m", category="marketing data", matched=frozenset({Key.NAME}))
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(email="ada@example.com", name="Ada")
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.DONE, by="lead")
        decision = await at.task(receipt, "decide")
        left = set(crm.records)
        words = (await at.desk.task(decision)).instructions
        await at.desk.resolve(decision, TaskState.DONE, by="lead")
        closed = await at.ended(receipt)

        assert left == {"n", "m"}
        assert "what becomes of 1 record of the person's in Crm" in words
        assert f"Of these categories: {FILES}.\n" in words
        assert (closed.ending, set(crm.records)) == (Ending.COMPLIED, set())


@pytest.mark.parametrize("right", [Right.DELETE, Right.OBJECT])
async def test_only_what_a_person_decided_is_called_so(tmp_path: Path, right: Right) -> None:
    """Kept, because somebody was asked and said so."""
    async with house(tmp_path, crm := namesakes()) as at:
        receipt = await at.submit(right, email="ada@example.com", name="Ada")
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.DONE, by="lead")
        await at.desk.resolve(await at.task(receipt, "decide"), TaskState.EXCEPTION, by="lead")
        closed = await at.ended(receipt)

        assert (closed.ending, set(crm.records)) == (Ending.PARTLY, {"n"})
        assert "a person decided that it is kept as it is" in at.answers()[0]


@pytest.mark.parametrize(("category", "said"), [(FILES, TaskState.NOT_FOUND), ("marketing data", TaskState.DONE)])
async def test_nothing_is_asked_that_is_not_open(tmp_path: Path, category: str, said: TaskState) -> None:
    """Somebody else's record stays whatever it is, and what the policy decides nobody has to."""
    async with house(tmp_path, namesakes(category)) as at:
        receipt = await at.submit(email="ada@example.com", name="Ada")
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "confirm"), said, by="lead")
        await at.ended(receipt)

        tasks = {
            e.facts["kind"] for e in await at.foundation.ledger.journal.entries(receipt.request_id) if "kind" in e.facts
        }
        assert tasks == {"confirm"}
