"""Mails that a person has to read: asked, reminded, handed in, answered, and forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from activities.mail_questions import NOTE
from dsar.case import TaskState
from dsar.requests import Right
from dsar.waiting import Subject
from intake.desk import Refused
from intake.engine import Engine
from intake.inbox import Delivery
from intake.mail_door import MailDoor, Own
from tests.flows.house import ADA, DEPUTY, LEAD, QUEUE, House, house, policy
from vault.keys import KeyDestroyed

CANARY = "canary-51e2"
UNSURE = f"From: {ADA}\r\nSubject: My data\r\n\r\nHow can I delete my data? {CANARY}".encode()
ANSWERING = "From: {}\r\nSubject: Re: x\r\nIn-Reply-To: <{}.acknowledgement@opensession.co>\r\n\r\nThe blue one."
HOW = "How to make a request about your personal data"


async def taken(at: House, raw: bytes = UNSURE, received: datetime | None = None) -> str:
    """Have a mail read; the id of the question that it became."""

    async def connected() -> Any:
        return at.env.client

    parts = at.foundation
    door = MailDoor(
        at.desk, Engine(connected, QUEUE), parts.ledger, parts.vault, parts.policies, policy(),
        Own(LEAD, "https://privacy.opensession.co"), bytes(32),
    )  # fmt: skip
    await door.take(Delivery(1, received or datetime.now(UTC), raw))
    mail_id = (await parts.ledger.mails.list())[-1].owner
    assert mail_id is not None
    for _ in range(400):
        if await parts.ledger.tasks.list(mail_id):
            await at.until(lambda: len(at.mail.to(LEAD)) > 0)
            return mail_id
        await asyncio.sleep(0.025)
    raise AssertionError("no task was opened")


def handle(at: House, mail_id: str) -> WorkflowHandle[Any, Any]:
    return at.env.client.get_workflow_handle(mail_id)


def files(folder: Path) -> bytes:
    """All that lies on the disk."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_mail_that_is_a_request_is_handed_in(tmp_path: Path) -> None:
    """With the right that was proposed, from the day on which it came; the mail is forgotten with its question."""
    came = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    async with house(tmp_path) as at:
        mail_id = await taken(at, received=came)
        shown = await at.desk.task(f"{mail_id}.1")

        await at.desk.resolve(f"{mail_id}.1", TaskState.DONE, by="lea")

        (row,) = await at.foundation.ledger.requests.open()
        assert await at.ended_saga(handle(at, mail_id), timedelta(days=1)) == TaskState.DONE
        assert CANARY in shown.instructions
        assert (row.right, row.channel, row.received_at) == (Right.DELETE, "email", came)
        assert HOW not in [subject for subject, _ in at.mail.to(ADA)]
        assert await at.forget() == 1
        with pytest.raises(KeyDestroyed):
            await at.foundation.vault.get(mail_id, NOTE)
        with pytest.raises(Refused):
            await at.desk.resolve(f"{mail_id}.1", TaskState.DONE, by="lea")


async def test_the_note_names_the_rights(tmp_path: Path) -> None:
    """Several are as many requests; a word that is no right is refused with those that are, and nothing happens."""
    async with house(tmp_path) as at:
        mail_id = await taken(at)

        with pytest.raises(Refused, match="opt-out"):
            await at.desk.resolve(f"{mail_id}.1", TaskState.DONE, by="lea", note="yes please")
        with pytest.raises(Refused, match="needs details"):
            await at.desk.resolve(f"{mail_id}.1", TaskState.DONE, by="lea", note="correct")
        await at.desk.resolve(f"{mail_id}.1", TaskState.DONE, by="lea", note="opt-out, know")

        rights = {row.right for row in await at.foundation.ledger.requests.open()}
        assert rights == {Right.OPT_OUT, Right.KNOW}


async def test_the_reply_is_sent_when_the_privacy_lead_says_so(tmp_path: Path) -> None:
    """To the sender, with nothing of what they wrote."""
    async with house(tmp_path) as at:
        mail_id = await taken(at)

        await at.desk.resolve(f"{mail_id}.1", TaskState.EXCEPTION, by="lea")
        await at.ended_saga(handle(at, mail_id), timedelta(days=1))

        ((subject, body),) = at.mail.to(ADA)
        assert subject == HOW
        assert "CCPA Request" in body
        assert CANARY not in body
        assert await at.foundation.ledger.requests.open() == []


async def test_nobody_decides_in_time(tmp_path: Path) -> None:
    """The privacy lead is told again, then the deputy too; then the sender is told how to ask."""
    async with house(tmp_path) as at:
        mail_id = await taken(at)

        ended = await at.ended_saga(handle(at, mail_id), timedelta(days=1))

        assert ended == TaskState.WITHDRAWN
        assert (len(at.mail.to(LEAD)), len(at.mail.to(DEPUTY))) == (3, 1)
        assert [subject for subject, _ in at.mail.to(ADA)] == [HOW]
        assert all(CANARY not in body for _, body in [*at.mail.to(LEAD), *at.mail.to(DEPUTY)])
        assert await at.foundation.ledger.tasks.list(mail_id) == ()


async def test_an_answer_to_a_letter_is_what_the_person_says_of_their_request(tmp_path: Path) -> None:
    """A task there, as if it had been written on its page; what was asked by letter is answered by it."""
    async with house(tmp_path) as at:
        receipt = await at.submit()
        await at.desk.ask(receipt.request_id, Subject.CLARIFICATION, "Which account?", by="lea")

        request_id = await taken(at, ANSWERING.format(ADA, receipt.request_id).encode())
        task = await at.desk.task(await at.task(receipt, "talk"))

        assert request_id == receipt.request_id
        for said in ("The blue one.", f"By mail, from {ADA}", "taken as the answer to our question"):
            assert said in task.instructions
        assert (await at.desk.talk(receipt.request_id)).asked == ()


async def test_an_answer_that_asks_for_more_waits_for_as_long_as_it_takes(tmp_path: Path) -> None:
    """It is not answered by itself, and cannot be answered by mail: it is dealt with at its request."""
    async with house(tmp_path) as at:
        receipt = await at.submit()
        more = ANSWERING.format(ADA, receipt.request_id) + " And send me a copy of my data."
        mail_id = await taken(at, more.encode())
        await at.env.sleep(timedelta(days=30))

        with pytest.raises(Refused, match="nobody to reply to"):
            await at.desk.resolve(f"{mail_id}.1", TaskState.EXCEPTION, by="lea")
        shown = await at.desk.task(f"{mail_id}.1")
        await at.desk.resolve(f"{mail_id}.1", TaskState.DONE, by="lea")

        assert receipt.request_id in shown.instructions
        assert [row.id for row in await at.foundation.ledger.requests.open()] == [receipt.request_id]
        assert HOW not in [subject for subject, _ in at.mail.to(ADA)]


async def test_nothing_of_a_mail_is_in_clear(tmp_path: Path) -> None:
    """Neither in the engine's history, nor in the ledger, nor on the vault's disk."""
    async with house(tmp_path) as at:
        mail_id = await taken(at)
        await at.desk.resolve(f"{mail_id}.1", TaskState.EXCEPTION, by="lea", note=f"told {CANARY}")
        await at.ended_saga(handle(at, mail_id), timedelta(days=1))

        history = (await handle(at, mail_id).fetch_history()).to_json()

    kept = files(tmp_path)
    for secret in (CANARY, ADA):
        assert secret not in history
        assert secret.encode() not in kept
