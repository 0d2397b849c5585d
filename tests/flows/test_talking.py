"""The person writes about their request: it is read, answered, and where we had asked something, the answer to that."""

import asyncio
from argparse import Namespace
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import pytest

from console.call import Call
from console.talking import reply
from console.tasks import tasks
from dsar.case import Task, TaskKind, TaskState
from dsar.requests import Regime
from dsar.talking import UNREAD, Message, Talk
from dsar.waiting import Subject
from foundation import Foundation
from intake.desk import Desk, Receipt, Refused
from settings import Settings
from tests.flows.house import ADA, LEAD, House, house
from tests.flows.test_nothing_in_clear import kept_by_the_engine, ledger_files
from tests.flows.test_waiting import asked_for_a_copy, crm

WORDS = "Kanarienvogel: the second account is mine, too."
ANSWER = "Thank you, Wellensittich. It is included."


async def read_talk(at: House, receipt: Receipt) -> Talk:
    """What was said, once our last word is out."""
    for _ in range(400):
        talk = await at.desk.talk(receipt.request_id)
        if talk.exchanges and not talk.waiting:
            return talk
        await asyncio.sleep(0.025)
    raise AssertionError("it was never read")


def typed(at: House, **words: object) -> Call:
    """A command of the privacy lead's."""
    return Call(Namespace(by="lea", **words), cast("Settings", None), at.desk, at.foundation)


async def test_a_message_is_a_task_and_its_answer_goes_to_the_address_on_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, however often it is sent; neither its words nor ours are anywhere in clear but in the letter."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.US_CA)
        await at.code(receipt)

        await at.desk.write(receipt.request_id, Message(text=WORDS), "message-1")
        await at.desk.write(receipt.request_id, Message(text=WORDS), "message-1")
        task = await at.desk.task(await at.task(receipt, "talk"))
        await tasks(typed(at, task=None))
        listed = capsys.readouterr().out
        await reply(typed(at, task=task.id, text=ANSWER))
        talk = await read_talk(at, receipt)

        assert WORDS in task.instructions
        assert "proves nothing" in task.instructions
        assert [(each.answer, each.read) for each in talk.exchanges] == [(ANSWER, True)]
        assert [ANSWER in body for subject, body in at.mail.to(ADA) if subject == "Our answer to your message"] == [
            True
        ]
        assert (task.id in listed, WORDS in listed) == (True, False)
        told = [body for _, body in at.mail.to(LEAD)]
        kept = [*await kept_by_the_engine(at.saga(receipt)), *ledger_files(tmp_path), *told]
        raw = b"\n".join(each if isinstance(each, bytes) else each.encode() for each in kept).lower()
        assert b"kanarienvogel" not in raw
        assert b"wellensittich" not in raw


async def test_a_message_is_the_answer_to_what_was_asked(tmp_path: Path) -> None:
    """The British clock runs again from that day, as if the privacy lead had said `receive`; once."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.UK)
        await at.desk.ask(receipt.request_id, Subject.CLARIFICATION, "Which of your accounts?", by="lea")
        assert (await at.desk.talk(receipt.request_id)).asked == (Subject.CLARIFICATION,)
        await at.env.sleep(timedelta(days=5))

        await at.desk.write(receipt.request_id, Message(text=WORDS, proven=True), "message-1")
        status = await at.status(receipt)
        await at.desk.write(receipt.request_id, Message(text="And one more thing."), "message-2")
        first, second = [each for each in (await at.status(receipt)).tasks if each.kind == "talk"]

        assert date.fromisoformat(str(status.due)) >= receipt.due + timedelta(days=5)
        assert "taken as the answer to our question" in first.instructions
        assert "taken as the answer" not in second.instructions
        assert (await at.desk.talk(receipt.request_id)).asked == ()
        with pytest.raises(Refused, match="was not asked for"):
            await at.desk.receive(receipt.request_id, Subject.CLARIFICATION, by="lea")


async def test_words_are_no_proof(tmp_path: Path) -> None:
    """What was asked for as proof, a person looks at."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.UK)
        await at.desk.ask(receipt.request_id, Subject.PROOF, "Are you the Ada of the first account?", by="lea")

        await at.desk.write(receipt.request_id, Message(text="Yes I am."), "message-1")
        task = await at.desk.task(await at.task(receipt, "talk"))

        assert (await at.desk.talk(receipt.request_id)).asked == (Subject.PROOF,)
        assert "We still wait for proof of identity" in task.instructions


async def test_a_request_is_not_over_while_a_message_is_unread(tmp_path: Path) -> None:
    """Cancelled, it is confirmed at once, and the message is read all the same; then everything is over."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.US_CA)
        await at.code(receipt)
        await at.desk.write(receipt.request_id, Message(text=WORDS), "message-1")
        task = await at.task(receipt, "talk")

        await at.cancel(receipt)
        await at.until(lambda: any("cancel" in subject.lower() for subject, _ in at.mail.to(ADA)))
        await at.desk.resolve(task, TaskState.NOT_FOUND, by="lea", note="internal: spam")
        closed = await at.ended(receipt)

        assert closed.ending == "cancelled"
        assert not any("internal" in body for _, body in at.mail.to(ADA))
        with pytest.raises(Refused, match="not running"):
            await at.desk.write(receipt.request_id, Message(text=WORDS), "message-2")


class OtherDesk:
    """Has a task that is no message."""

    async def task(self, task_id: str) -> Task:
        return Task(id=task_id, kind=TaskKind.ACT, system="crm", title="", instructions="", owner="lead", due="")


async def test_only_a_message_is_replied_to() -> None:
    """Another task has its own words."""
    call = Call(
        Namespace(by="lea", task="request-x.1", text="Hello"),
        cast("Settings", None),
        cast("Desk", OtherDesk()),
        cast("Foundation", None),
    )

    with pytest.raises(Refused, match="no message of a person"):
        await reply(call)


async def test_nobody_floods_a_request(tmp_path: Path) -> None:
    """So many can wait to be read; the next is refused, and said to be."""
    async with house(tmp_path, crm()) as at:
        receipt = await asked_for_a_copy(at, Regime.US_CA)
        await at.code(receipt)
        for number in range(UNREAD):
            await at.desk.write(receipt.request_id, Message(text=f"{number}"), f"message-{number}")

        with pytest.raises(Refused, match="have not read yet"):
            await at.desk.write(receipt.request_id, Message(text="one more"), "message-x")
        with pytest.raises(Refused, match="nothing in it"):
            await at.desk.write(receipt.request_id, Message(text=" \n "), "message-y")
