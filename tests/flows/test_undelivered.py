"""A letter that did not arrive is no secret: a person hears of it, once, and nothing else comes of it."""

import asyncio
import logging
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from activities.mail import Undeliverable
from console.call import Call
from console.requests import status
from dsar.case import Owner, State, TaskState
from dsar.mail_rules import Verdict
from dsar.requests import Regime, Right
from intake.desk import Receipt
from intake.inbox import Delivery
from settings import Settings
from tests.attacks.rig import mail_door
from tests.flows.house import ADA, DEPUTY, LEAD, House, house
from tests.flows.test_nothing_in_clear import kept_by_the_engine, ledger_files
from tests.flows.test_other_rights import asking, crm, rules
from tests.flows.test_waiting import asked_for_a_copy, journal
from tests.unit.report_samples import absence, exchange, gmail, postfix, qmail

CANARY = b"canary"


async def reported(at: House, *mails: bytes) -> list[Verdict]:
    """Have the mailbox read, one mail after the other."""
    return [await mail_door(at).take(Delivery(1, datetime.now(UTC), raw)) for raw in mails]


async def asked_and_written_to(at: House) -> tuple[Receipt, str]:
    """A request whose first letter is out, and that letter's name."""
    receipt = await asked_for_a_copy(at, Regime.US_CA)
    await at.code(receipt)
    return receipt, f"{receipt.request_id}.acknowledgement"


async def open_task(at: House) -> str:
    """Wait for something to do, whoever asks for it; its id."""
    for _ in range(400):
        if rows := await at.foundation.ledger.tasks.list():
            return rows[0].id
        await asyncio.sleep(0.025)
    raise AssertionError("no task was opened")


async def test_a_letter_that_came_back_is_one_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """However many servers report it; the address and their words are nowhere but in the mailbox."""
    caplog.set_level(logging.DEBUG)
    async with house(tmp_path, crm()) as at:
        receipt, letter = await asked_and_written_to(at)

        verdicts = await reported(at, *[shape(letter) for shape in (postfix, exchange, gmail, qmail)])
        task = await at.desk.task(await at.task(receipt, "undelivered"))
        await status(
            Call(Namespace(request=receipt.request_id, json=False), cast("Settings", None), at.desk, at.foundation)
        )
        shown = capsys.readouterr().out
        await at.until(lambda: bool(at.mail.to(LEAD)))
        await at.cancel(receipt)
        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        closed = await at.ended(receipt)

        assert set(verdicts) == {Verdict.AUTOMATIC}
        assert task.title == "The letter 'acknowledgement' did not arrive: reach the person another way"
        assert "5.1.1 (the address is not, or no longer" in task.instructions
        assert task.id in shown
        assert "'acknowledgement' did not arrive" in shown.replace("\n", " ")
        assert closed.ending == "cancelled"
        facts = await journal(at, receipt)
        assert facts["undelivered:acknowledgement"] == {
            "letter": "acknowledgement", "status": "5.1.1", "tried_on": False,
        }  # fmt: skip
        assert [step for step in facts if step.startswith("task:")] == [
            f"task:{task.id}:open", f"task:{task.id}:done",
        ]  # fmt: skip
        told = [body for _, _, body in at.mail.letters]
        kept = [*await kept_by_the_engine(at.saga(receipt)), *ledger_files(tmp_path), *told, caplog.text, shown]
        kept += [path.read_bytes() for path in (tmp_path / "vault").rglob("*") if path.is_file()]
        raw = b"\n".join(each if isinstance(each, bytes) else each.encode() for each in kept).lower()
        assert CANARY not in raw
        assert b"virtual mailbox table" not in raw


async def test_what_is_late_or_has_arrived_asks_nobody(tmp_path: Path) -> None:
    """A delay is noted, once; what is still tried may fail after that."""
    async with house(tmp_path, crm()) as at:
        receipt, letter = await asked_and_written_to(at)

        late = postfix(letter, action="delayed", status="4.4.1")
        await reported(at, late, late + b"\r\n", postfix(letter, action="delivered", status="2.0.0"))
        before = await journal(at, receipt)
        tasks = (await at.status(receipt)).tasks
        await reported(at, postfix(letter, action="failed", status="4.4.7"))
        task = await at.desk.task(await at.task(receipt, "undelivered"))

        assert before["delayed:acknowledgement"] == {"letter": "acknowledgement", "status": "4.4.1"}
        assert not any(step.startswith("undelivered") for step in before)
        assert tasks == ()
        assert "4.4.7 (no way leads" in task.instructions


async def test_an_answer_that_came_back_to_nobody_is_asked_about_like_a_mail(tmp_path: Path) -> None:
    """The request is over; its privacy lead hears of it all the same, once, also when it is forgotten."""
    async with house(tmp_path, crm(), rules=rules()) as at:
        receipt = await at.desk.submit(asking(Right.OPT_OUT))
        await at.ended(receipt)
        await at.forget()
        answer = postfix(f"{receipt.request_id}.answer", status="5.2.1")

        await reported(at, answer, answer + b"\r\n")
        (mail_row, _) = await at.foundation.ledger.mails.list()
        task_id = await open_task(at)
        task = await at.desk.task(task_id)
        await at.desk.resolve(task_id, TaskState.DONE, by="lea", note="told by telephone")
        question = at.env.client.get_workflow_handle(task_id.rpartition(".")[0])
        outcome = await at.ended_saga(question, timedelta(days=1))
        await reported(at, answer + b"\r\n\r\n")

        assert mail_row.owner == receipt.request_id
        assert task.title == "A letter came back, and its request is over"
        assert "The letter 'answer' came back: 5.2.1" in task.instructions
        assert receipt.request_id in task.instructions
        assert outcome == TaskState.DONE
        assert await at.foundation.ledger.tasks.list() == ()
        assert CANARY not in b"".join(cast("list[bytes]", ledger_files(tmp_path)))


async def test_a_refusal_at_the_door_is_a_letter_that_came_back(tmp_path: Path) -> None:
    """It is not tried for ever: the story goes on, and a person hears that nobody read the letter."""
    async with house(tmp_path, crm()) as at:
        at.mail.refusing[ADA] = Undeliverable("5.1.1", final=True)
        receipt = await at.submit(Right.ACCESS)

        task = await at.desk.task(await at.task(receipt, "undelivered"))
        await at.stands(receipt, State.AWAITING_PROOF)

        assert await at.attempts(receipt) > 0
        assert task.owner == Owner.PRIVACY_LEAD
        assert (await journal(at, receipt))["undelivered:acknowledgement"]["status"] == "5.1.1"
        assert not at.mail.to(ADA)


async def test_a_refusal_that_may_be_our_own_fault_is_a_task_after_an_hour(tmp_path: Path) -> None:
    """It is tried on until the letter leaves, or somebody says that the person knows; then the story goes on."""
    async with house(tmp_path, crm()) as at:
        at.mail.refusing[ADA] = Undeliverable("5.7.1", final=False)
        receipt = await at.submit(Right.ACCESS)
        await at.failure_of(receipt)
        early = (await at.status(receipt)).tasks
        for _ in range(12):
            await at.env.sleep(timedelta(minutes=15))
            await asyncio.sleep(0.1)

        task = await at.desk.task(await at.task(receipt, "undelivered"))
        await at.desk.resolve(task.id, TaskState.DONE, by="lea")
        await at.env.sleep(timedelta(minutes=15))
        await at.stands(receipt, State.AWAITING_PROOF)

        assert early == ()
        assert "until this task is finished" in task.instructions
        assert await at.attempts(receipt) > 0
        steps = await journal(at, receipt)
        assert steps["undelivered:acknowledgement"]["tried_on"] is True
        assert steps["undelivered:acknowledgement:settled"]["outcome"] == "done"


async def test_when_our_own_people_cannot_be_reached_the_other_one_hears_of_it_once(tmp_path: Path) -> None:
    """The letter about the first task is refused, and so are those about each that follows: no task begets tasks."""
    async with house(tmp_path, crm()) as at:
        at.mail.refusing = {each: Undeliverable("5.1.1", final=True) for each in (ADA, LEAD, DEPUTY)}
        receipt = await at.submit(Right.ACCESS)
        await at.task(receipt, "undelivered")
        await at.env.sleep(timedelta(days=1))
        await at.quiet(receipt)

        tasks = (await at.status(receipt)).tasks

        assert [(task.kind, task.owner) for task in tasks] == [
            ("undelivered", Owner.PRIVACY_LEAD), ("undelivered", Owner.DEPUTY),
        ]  # fmt: skip
        assert tasks[1].title == "Our letters to one of our own people do not arrive"


async def test_an_absence_note_is_no_word_of_the_persons(tmp_path: Path) -> None:
    """It answers nothing that was asked; what only may be one, a person reads as a mail."""
    async with house(tmp_path, crm()) as at:
        receipt, letter = await asked_and_written_to(at)

        verdicts = await reported(
            at,
            absence(letter, "Subject: Re: x", "Auto-Submitted: auto-replied"),
            absence(letter, "Subject: Automatic reply: x", "X-Auto-Response-Suppress: All"),
            absence(letter, "Subject: Out of office"),
            absence(letter, "Subject: [Ticket 1] We have your mail", "Auto-Submitted: auto-generated"),
        )

        assert verdicts == [Verdict.AUTOMATIC, Verdict.AUTOMATIC, Verdict.UNCLEAR, Verdict.UNCLEAR]
        assert (await at.desk.talk(receipt.request_id)).exchanges == ()
        assert len(await at.foundation.ledger.requests.open()) == 1
