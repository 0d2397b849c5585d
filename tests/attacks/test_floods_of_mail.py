"""Somebody mails the company a hundred times a day."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsar.case import TaskState
from dsar.mail_rules import Verdict
from dsar.requests import Right
from intake.desk import Refused
from intake.engine import Engine
from intake.inbox import Delivery
from intake.mail_door import MailDoor, Own
from intake.mail_parts import question
from tests.attacks.threats import Threat, against
from tests.flows.house import ADA, LEAD, QUEUE, House, house, policy

MIDDAY = (datetime.now(UTC) - timedelta(days=1)).replace(hour=12)


def mail(text: str, subject: str = "My data", sender: str = ADA) -> bytes:
    return f"From: {sender}\r\nSubject: {subject}\r\n\r\n{text}".encode()


def door(at: House) -> MailDoor:
    """The mailbox's reader, at the house's desk."""

    async def connected() -> object:
        return at.env.client

    parts = at.foundation
    return MailDoor(
        at.desk, Engine(connected, QUEUE), parts.ledger, parts.vault, parts.policies, policy(),  # type: ignore[arg-type]
        Own(LEAD, "https://privacy.opensession.co"), bytes(32),
    )  # fmt: skip


async def taken(at: House, *mails: bytes, received: datetime = MIDDAY) -> set[str]:
    """Have mails read; the questions that they became."""
    for number, raw in enumerate(mails):
        await door(at).take(Delivery(number, received + timedelta(seconds=number), raw))
    return {row.owner for row in await at.foundation.ledger.mails.list() if row.owner}


async def open_task(at: House, mail_id: str) -> str:
    """Wait for the question's task."""
    await at.until(lambda: bool(at.mail.to(LEAD)))
    assert await at.foundation.ledger.tasks.list(mail_id)
    return f"{mail_id}.1"


@against(Threat.FLOOD)
async def test_a_hundred_riddles_of_one_sender_are_one_question_a_day(tmp_path: Path) -> None:
    """One task, one letter to our own people, nothing to the sender; each mail lies sealed under it."""
    async with house(tmp_path) as at:
        (mail_id,) = await taken(at, *[mail(f"How can I delete my data? Riddle {n}") for n in range(100)])
        await open_task(at, mail_id)

        names = await at.foundation.vault.names(mail_id)
        assert sum(name.endswith(".eml") for name in names) == 100
        assert len(at.mail.to(LEAD)) == 1
        assert not at.mail.to(ADA)


@against(Threat.FLOOD)
async def test_the_one_that_counts_is_read_among_the_others(tmp_path: Path) -> None:
    """What was mailed later stands in the same task, with what it may be about."""
    async with house(tmp_path) as at:
        (mail_id,) = await taken(at, mail("How can I delete my data?"), mail("I withdraw my consent.", "news"))
        shown = await at.desk.task(await open_task(at, mail_id))

        assert "How can I delete my data?" in shown.instructions
        assert "I withdraw my consent." in shown.instructions
        assert "withdraw" in shown.instructions.partition("Proposed:")[2].partition("\n")[0]


@against(Threat.FLOOD)
async def test_nobody_decides_on_mails_that_they_have_not_read(tmp_path: Path) -> None:
    """One more comes while the task lies open on a desk: it is read first."""
    async with house(tmp_path) as at:
        (mail_id,) = await taken(at, mail("How can I delete my data?"))
        task_id = await open_task(at, mail_id)
        await at.desk.task(task_id)
        await taken(at, mail("How can I delete my data? And soon?"))

        with pytest.raises(Refused, match="read the task"):
            await at.desk.resolve(task_id, TaskState.NOT_FOUND, by="lea")
        await at.desk.task(task_id)
        await at.desk.resolve(task_id, TaskState.DONE, by="lea", note="delete")

        (row,) = await at.foundation.ledger.requests.open()
        assert row.right is Right.DELETE


@against(Threat.FLOOD)
async def test_after_the_answer_the_next_mail_is_a_new_question(tmp_path: Path) -> None:
    """None is put to a question that nobody will read again."""
    async with house(tmp_path) as at:
        (first,) = await taken(at, mail("How can I delete my data?"))
        await at.desk.resolve(await open_task(at, first), TaskState.NOT_FOUND, by="lea")
        await at.ended_saga(at.env.client.get_workflow_handle(first), timedelta(days=1))

        questions = await taken(at, mail("But how can I delete my data?"))
        await at.forget()
        questions |= await taken(at, mail("Tell me, how can I delete my data?"), received=MIDDAY + timedelta(hours=1))

        assert len(questions) == 2
        (second,) = questions - {first}
        assert (await question(at.foundation.vault, second))[1] == 1


@against(Threat.FLOOD)
async def test_another_sender_and_another_day_are_questions_of_their_own(tmp_path: Path) -> None:
    """What is gathered hides nobody else's mail."""
    async with house(tmp_path) as at:
        riddle = "How can I delete my data?"
        await taken(at, mail(riddle), mail(riddle, sender="ben@example.com"))

        questions = await taken(at, mail(riddle), received=MIDDAY - timedelta(days=1))

        assert len(questions) == 3


@against(Threat.FLOOD)
async def test_a_hundred_plain_requests_of_one_sender_are_one_request(tmp_path: Path) -> None:
    """They join, and one letter goes out."""
    async with house(tmp_path) as at:
        for number in range(30):
            raw = mail(f"Please delete my personal information. Now! {number}")
            verdict = await door(at).take(Delivery(number, MIDDAY, raw))
            assert verdict is Verdict.REQUEST
        await at.until(lambda: bool(at.mail.to(ADA)))

        (_,) = await at.foundation.ledger.requests.open()
        assert len(at.mail.to(ADA)) == 1
