"""Tasks of people: told again as they fall due, and passed on."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import Owner, TaskState
from intake.attachments import LARGEST, Attachment
from intake.desk import Receipt, Refused
from tests.flows.house import House, house
from tests.flows.test_whom_we_know import directory


async def asked(at: House) -> tuple[Receipt, str]:
    """Somebody whom nobody can reach by themselves: a task is open."""
    receipt = await at.submit(customer_id="42")
    return receipt, await at.task(receipt, "reach")


def told(at: House, of: str) -> list[tuple[str, str]]:
    """To whom, and of what, staff were written to about a task."""
    return [(to, subject) for to, subject, body in at.mail.letters if of in body]


def on_disk(folder: Path) -> bytes:
    """All that was written there."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_what_nobody_finishes_is_told_again_as_it_falls_due(tmp_path: Path) -> None:
    """Two days before, and on the day: not every day, and not once it is finished."""
    async with house(tmp_path, directory(knows=False)) as at:
        receipt, task = await asked(at)
        first = told(at, task)
        left = (await at.status(receipt)).tasks[0].due

        await at.env.sleep(timedelta(days=60))

        subjects = [subject for _, subject in told(at, task)]
        assert len(first) == 1
        assert [subject.startswith("[Reminder") for subject in subjects] == [False, True, True]
        assert all(left in subject for subject in subjects)


async def test_what_is_finished_is_not_told_again(tmp_path: Path) -> None:
    """A reminder of what is done costs trust in the next one."""
    async with house(tmp_path, directory(knows=False)) as at:
        receipt, task = await asked(at)

        await at.desk.resolve(task, TaskState.DONE, by="lead")
        await at.ended(receipt)

        assert len(told(at, task)) == 1


async def test_a_task_is_passed_on_and_back(tmp_path: Path) -> None:
    """Whoever has it is told; the list and the journal know; reminders go to them."""
    async with house(tmp_path, directory(knows=False)) as at:
        receipt, task = await asked(at)
        lead = told(at, task)[0][0]

        await at.desk.pass_on(task, Owner.DEPUTY, by="lea")
        deputy = told(at, task)[-1][0]
        (row,) = await at.foundation.ledger.tasks.list(receipt.request_id)
        await at.desk.pass_on(task, Owner.PRIVACY_LEAD, by="dee")
        await at.desk.pass_on(task, Owner.DEPUTY, by="lea")
        await at.env.sleep(timedelta(days=60))

        entries = await at.foundation.ledger.journal.entries(receipt.request_id)
        passed = [entry.facts["by"] for entry in entries if entry.event == "task passed on"]
        assert lead != deputy
        assert row.owner == Owner.DEPUTY
        assert passed == ["lea", "dee", "lea"]
        assert [to for to, _ in told(at, task)] == [lead, deputy, lead, deputy, deputy, deputy]


async def test_what_passes_nothing_on_is_refused(tmp_path: Path) -> None:
    """To who has it already, a task that is finished, one that never was."""
    async with house(tmp_path, directory(knows=False)) as at:
        _, task = await asked(at)

        with pytest.raises(Refused, match="privacy lead's already"):
            await at.desk.pass_on(task, Owner.PRIVACY_LEAD, by="lea")
        with pytest.raises(Refused, match="no open task"):
            await at.desk.pass_on(f"{task}9", Owner.DEPUTY, by="lea")
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        with pytest.raises(Refused, match="no open task"):
            await at.desk.pass_on(task, Owner.DEPUTY, by="lea")


async def test_evidence_is_sealed_with_the_request_and_goes_with_it(tmp_path: Path) -> None:
    """The journal has its hash; neither its name nor what it says is anywhere in clear."""
    shot = Attachment(name="Ada-canary.png", content=b"canary of the console")
    async with house(tmp_path, directory(knows=False)) as at:
        receipt, task = await asked(at)

        digest = await at.desk.attach(task, shot, by="lea")
        again = await at.desk.attach(task, shot, by="lea")
        kept = [file async for file in at.desk.attached(task)]
        written = on_disk(tmp_path)
        await at.desk.resolve(task, TaskState.DONE, by="lea")
        await at.ended(receipt)
        await at.forget()

        entries = await at.foundation.ledger.journal.entries(receipt.request_id)
        (entry,) = [entry for entry in entries if entry.event == "evidence was sealed"]
        assert kept == [shot]
        assert digest == again == entry.facts["sha256"] == hashlib.sha256(shot.content).hexdigest()
        assert b"canary" not in written.lower()
        with pytest.raises(Refused, match="forgotten"):
            await at.desk.attach(task, shot, by="lea")


async def test_evidence_of_no_task_or_of_no_size_is_refused(tmp_path: Path) -> None:
    """And nothing is sealed."""
    async with house(tmp_path, directory(knows=False)) as at:
        _, task = await asked(at)

        with pytest.raises(Refused, match="no task"):
            await at.desk.attach(f"{task}9", Attachment(name="a", content=b"a"), by="lea")
        for content in (b"", bytes(LARGEST + 1)):
            with pytest.raises(Refused, match="20 MiB"):
                await at.desk.attach(task, Attachment(name="a", content=content), by="lea")

        assert [file async for file in at.desk.attached(task)] == []
