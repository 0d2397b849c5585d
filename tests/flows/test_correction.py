"""The right to correction: everywhere or nowhere, and it stays so."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.connector import NeedsPerson
from dsar.case import TaskState
from dsar.correction import Change, Field
from dsar.records import Record
from dsar.requests import Right
from dsar.submission import Person, Submission
from dsar.wish import Wish
from intake.desk import Receipt
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house
from tests.flows.test_other_rights import record, rules

OLD, NEW = "+1 555 0100", "+1 555 0199"


def system(name: str) -> FakeSystem:
    """Holds three records, in two pages; two of them have a phone."""
    made = FakeSystem(name, [record(str(n), "projects") for n in range(3)])
    made.fields = {"0": {Field.PHONE: OLD, Field.COMPANY: "Engines"}, "2": {Field.PHONE: OLD}}
    return made


def phones(*systems: FakeSystem) -> set[str]:
    return {values[Field.PHONE] for s in systems for values in s.fields.values()}


def correction(field: Field = Field.PHONE, value: str = NEW) -> Submission:
    return Submission(
        right=Right.CORRECT, person=Person(email=ADA), wish=Wish(changes=(Change(field=field, value=value),))
    )


async def judged(at: House, receipt: Receipt, state: TaskState = TaskState.DONE, note: str = "it is right") -> None:
    await at.proved(receipt)
    await at.desk.resolve(await at.task(receipt, "judge"), state, by="lea", note=note)


async def test_it_is_corrected_everywhere_and_only_where_it_says_so(tmp_path: Path) -> None:
    """Every record that has the field says the new value; nothing else is touched."""
    async with house(tmp_path, one := system("one"), two := system("two"), rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt)

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert phones(one, two) == {NEW}
        assert one.fields["0"][Field.COMPANY] == "Engines"
        assert "1" not in one.fields


async def test_where_one_system_fails_it_is_put_back_in_all(tmp_path: Path) -> None:
    """A person gives up on one system: the others say again what they said, and the person is told why."""
    one, two = system("one"), system("two")
    two.failing["rectify"] = [NeedsPerson("no right", "give it")]
    async with house(tmp_path, one, two, rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt)
        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.EXCEPTION, by="lea")

        closed = await at.ended(receipt)

        assert closed.ending == "refused"
        assert phones(one, two) == {OLD}
        assert any("could not be corrected in every system" in body for _, body in at.mail.to(ADA))


async def test_a_correction_that_is_not_right_is_refused_with_its_reason(tmp_path: Path) -> None:
    """The person reads why, and nothing was changed."""
    async with house(tmp_path, one := system("one"), rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt, TaskState.EXCEPTION, "the invoice you sent shows the old number")

        closed = await at.ended(receipt)

        assert closed.ending == "refused"
        assert one.tried == set()
        assert any("shows the old number" in body for _, body in at.mail.to(ADA))


async def test_cancelled_half_way_everything_says_what_it_said(tmp_path: Path) -> None:
    """One system is corrected, the other still waits: taken back, both say the old value."""
    one, two = system("one"), system("two")
    two.failing["rectify"] = [NeedsPerson("no right", "give it")]
    async with house(tmp_path, one, two, rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt)
        await at.task(receipt, "unblock")
        await at.until(lambda: phones(one) == {NEW})

        await at.cancel(receipt)
        closed = await at.ended(receipt)

        assert closed.ending == "cancelled"
        assert phones(one, two) == {OLD}


async def test_a_later_sync_that_brings_the_old_value_back_is_found(tmp_path: Path) -> None:
    """Thirty days later it is looked at again; what was undone becomes a person's task."""
    async with house(tmp_path, one := system("one"), rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt)
        await at.until(lambda: bool(at.answers()))
        one.fields["2"][Field.PHONE] = OLD

        await at.env.sleep(timedelta(days=31))
        task = await at.task(receipt, "act")
        said = next(t for t in (await at.status(receipt)).tasks if t.id == task)

        assert "1 records" in said.instructions
        await at.desk.resolve(task, TaskState.DONE, by="lea")
        assert (await at.ended(receipt)).ending == "complied"


async def test_a_disputed_address_proves_nothing(tmp_path: Path) -> None:
    """Who says that the address on file is wrong cannot prove themselves by it: a person finds out."""
    async with house(tmp_path, one := system("one"), rules=rules()) as at:
        receipt = await at.desk.submit(correction(Field.EMAIL, "new@example.com"))
        task = await at.task(receipt, "reach")

        assert (await at.status(receipt)).attempts_left is None
        assert not any("rectify" in s.tried for s in (one,))

        await at.desk.resolve(task, TaskState.DONE, by="lea")
        await at.task(receipt, "judge")


@pytest.mark.parametrize("outcome", [TaskState.DONE, TaskState.EXCEPTION])
async def test_where_no_interface_corrects_a_person_does(tmp_path: Path, outcome: TaskState) -> None:
    """Done by hand it counts; impossible by hand, it is put back everywhere else too."""
    one, two = system("one"), system("two")
    two.can = two.can - {"rectify"}  # type: ignore[misc]
    async with house(tmp_path, one, two, rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt)
        task = await at.task(receipt, "act")
        words = (await at.desk.task(task)).instructions
        await at.desk.resolve(task, outcome, by="lea")

        closed = await at.ended(receipt)

        assert f"make it say: phone '{NEW}'." in words
        assert closed.ending == {"done": "complied", "exception": "refused"}[outcome]
        assert phones(one) == {{"done": NEW, "exception": OLD}[outcome]}


class Counters(FakeSystem):
    """Counts visits: nothing there has a field that could be corrected."""

    def may_say(self, record: Record, field: Field) -> bool:
        return False


async def test_nobody_is_sent_where_nothing_can_be_corrected(tmp_path: Path) -> None:
    """A count of visits has no telephone: that it cannot be corrected there puts nothing back elsewhere."""
    one, two = system("one"), Counters("two", [record("visits", "projects")])
    two.can = two.can - {"rectify"}  # type: ignore[misc]
    async with house(tmp_path, one, two, rules=rules()) as at:
        receipt = await at.desk.submit(correction())
        await judged(at, receipt)

        closed = await at.ended(receipt)

        assert closed.ending == "complied"
        assert phones(one) == {NEW}
        assert "Two" not in at.answers()[0]
