"""The clock of a request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsar.case import TaskState
from dsar.requests import Right
from intake.desk import Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, DEPUTY, LEAD, house
from tests.flows.test_deletion import mine


async def test_people_are_woken_in_time_and_on_the_last_day_without_fail(tmp_path: Path) -> None:
    """A system that is down for the whole period: warnings, escalation to two people, and day 45."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.env.sleep(timedelta(days=47))

        subjects = [subject for subject, _ in at.mail.to(LEAD)]
        assert [s.split("]")[0] for s in subjects if s.startswith("[") and "Task" not in s] == [
            "[30 days left",
            "[15 days left",
            "[7 days left",
            "[3 days left",
            "[ESCALATION: answer now",
            "[LAST DAY: the legal deadline is today",
        ]
        assert len(at.mail.to(DEPUTY)) == 2


async def test_what_has_a_few_days_from_the_start_is_not_announced_as_having_thirty(tmp_path: Path) -> None:
    """An opt-out has 15 business days: nobody is warned as it comes in, and everybody is as its time runs out."""
    crm = FakeSystem("crm", [mine("a", "cookies and tracking")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(Right.OPT_OUT)
        await at.until(lambda: "locate" in crm.tried)
        at_first = [subject for subject, _ in at.mail.to(LEAD)]

        await at.env.sleep(timedelta(days=25))

        entries = await at.foundation.ledger.journal.entries(receipt.request_id)
        assert at_first == []
        assert [e.facts["days_left"] for e in entries if e.step.startswith("alarm:")] == [15, 7, 3, 1, 0]


async def test_a_letter_that_lay_for_45_days_escalates_at_once(tmp_path: Path) -> None:
    """What is entered on its last day rings at once, at any hour of that day."""
    crm = FakeSystem("crm", [mine("a")])
    async with house(tmp_path, crm) as at:
        await at.submit(received=(datetime.now(UTC) - timedelta(days=45)).isoformat())

        await at.until(lambda: any("ESCALATION" in s or "LAST DAY" in s for s, _ in at.mail.to(DEPUTY)))


async def test_an_extension_is_told_counted_from_receipt_and_given_once(tmp_path: Path) -> None:
    """Ninety days from receipt, with the reason, and no second time; the ledger's lists go by the new dates."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        before = (await at.status(receipt)).due

        due = await at.desk.extend(receipt.request_id, "the archive is being restored")

        status, row = await at.status(receipt), await at.desk.row(receipt.request_id)
        assert (row.due, row.safe) == (status.due, status.safe)
        assert status.due.isoformat() == due
        assert status.due - before == timedelta(days=45)
        assert any("the archive is being restored" in body for _, body in at.mail.to(ADA))
        with pytest.raises(Refused, match="only once"):
            await at.desk.extend(receipt.request_id, "again")
        await at.env.sleep(timedelta(days=47))
        assert not any("LAST DAY" in subject for subject, _ in at.mail.to(LEAD))


async def test_a_notice_on_day_46_is_refused(tmp_path: Path) -> None:
    """The law gives the longer period only to those who ask for it in time."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.env.sleep(timedelta(days=46, hours=12))

        with pytest.raises(Refused, match="too late"):
            await at.desk.extend(receipt.request_id, "we forgot")


async def test_at_the_escalation_a_person_may_answer_without_a_system_that_is_down(tmp_path: Path) -> None:
    """The answer goes out in time, and says which system did not answer."""
    news, crm = FakeSystem("news", [mine("a")]), FakeSystem("crm", [mine("b")])
    crm.down = True
    async with house(tmp_path, news, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.env.sleep(timedelta(days=45))

        await at.desk.resolve(await at.task(receipt, "finish"), TaskState.EXCEPTION, by="lead")
        await at.until(lambda: bool(at.answers()))

        assert "We could not get an answer from: Crm" in at.answers()[0]
