"""Waiting for the person: something is asked of them, and the law says what that does to the dates."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dsar.identity import Key
from dsar.records import Record
from dsar.requests import Regime, Right
from dsar.submission import Person, Submission
from dsar.waiting import Subject
from intake.desk import Receipt, Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house, policy


def crm() -> FakeSystem:
    return FakeSystem("crm", [Record(id="1", category="contacts", matched=frozenset({Key.EMAIL}), label="Ada")])


async def asked_for_a_copy(at: House, regime: Regime, days_ago: int = 0, region: str | None = None) -> Receipt:
    received = datetime.now(UTC) - timedelta(days=days_ago) if days_ago else None
    receipt = await at.desk.submit(
        Submission(right=Right.ACCESS, person=Person(email=ADA), regime=regime, region=region, received=received)
    )
    await at.until(lambda: bool(at.mail.to(ADA)))  # before that, a question goes to the privacy lead to be passed on
    return receipt


async def journal(at: House, receipt: Receipt) -> dict[str, dict[str, object]]:
    entries = await at.foundation.ledger.journal.entries(receipt.request_id)
    return {entry.step: dict(entry.facts) for entry in entries}


async def test_a_question_stops_the_british_clock_until_it_is_answered(tmp_path: Path) -> None:
    """The legal date moves by the days of waiting, the safe date does not, and the person is told both times."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.UK)

        await at.desk.ask(receipt.request_id, Subject.CLARIFICATION, "Which of your accounts?", by="lea")
        await at.env.sleep(timedelta(days=5))
        moved = await at.desk.receive(receipt.request_id, Subject.CLARIFICATION, by="lea")

        status = await at.status(receipt)
        letters = [subject for subject, _ in at.mail.to(ADA)]
        assert date.fromisoformat(moved) >= receipt.due + timedelta(days=5)
        assert (str(status.due), status.safe) == (moved, receipt.safe)
        assert (await journal(at, receipt))["waiting:2"]["due"] == moved
        assert (await at.desk.row(receipt.request_id)).due == status.due
        assert "We have a question about your request" in letters
        assert "We are going on with your request" in letters


async def test_a_question_stops_no_californian_clock(tmp_path: Path) -> None:
    """The person is asked, and the dates stay."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.US_CA)

        await at.desk.ask(receipt.request_id, Subject.CLARIFICATION, "Which of your accounts?", by="lea")
        await at.env.sleep(timedelta(days=5))
        due = await at.desk.receive(receipt.request_id, Subject.CLARIFICATION, by="lea")

        assert due == str(receipt.due)


async def test_a_code_that_comes_days_later_starts_the_british_month(tmp_path: Path) -> None:
    """The legal date moves with the proof, and the journal has it: else the year's figures would call it late."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.UK)
        await at.code(receipt)
        await at.env.sleep(timedelta(days=5))

        await at.proved(receipt)
        await at.ended(receipt)

        moved = date.fromisoformat(str((await journal(at, receipt))["waiting:2"]["due"]))
        assert moved >= receipt.due + timedelta(days=2)


async def test_proof_after_the_last_day_is_proof_all_the_same(tmp_path: Path) -> None:
    """A letter that lay on a desk for weeks: no clock is left to stop, and the person still gets the copy."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.EU, days_ago=50, region="DE")

        await at.proved(receipt)
        closed = await at.ended(receipt)

        assert closed.ending == "complied"


async def test_a_question_that_the_clock_refuses_can_be_asked_in_time(tmp_path: Path) -> None:
    """Refused, it was not asked: neither is an answer to it waited for, nor is the next question the second."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.UK, days_ago=50)

        for _ in range(2):
            with pytest.raises(Refused, match="had run out"):
                await at.desk.ask(receipt.request_id, Subject.CLARIFICATION, "Which of your accounts?", by="lea")

        with pytest.raises(Refused, match="was not asked for"):
            await at.desk.receive(receipt.request_id, Subject.CLARIFICATION, by="lea")


async def test_the_policy_may_leave_the_european_clock_running(tmp_path: Path) -> None:
    """The pause for proof is a practice there, not a law: a policy that does not use it keeps its dates."""
    async with house(tmp_path, crm(), rules=policy(pause_for_proof=False)) as at:
        receipt = await asked_for_a_copy(at, Regime.EU, region="DE")

        await at.desk.ask(receipt.request_id, Subject.PROOF, "Are you the Ada of the first account?", by="lea")
        await at.env.sleep(timedelta(days=5))
        due = await at.desk.receive(receipt.request_id, Subject.PROOF, by="lea")

        assert due == str(receipt.due)
