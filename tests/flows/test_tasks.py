"""Tasks of people: told again as they fall due, and passed on."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from dsar.case import Ending, Owner, TaskState
from dsar.requests import Right
from intake.attachments import LARGEST, Attachment
from intake.desk import Receipt, Refused
from tests.flows.house import House, house, policy
from tests.flows.test_whom_we_know import directory


async def asked(at: House) -> tuple[Receipt, str]:
    """Somebody whom nobody can reach by themselves: a task is open."""
    receipt = await at.submit(customer_id="42")
    task = await at.task(receipt, "reach")
    await at.until(lambda: bool(told(at, task)))
    return receipt, task


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
    """The journal has a keyed hash; neither its name nor what it says is anywhere in clear."""
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
        plain = hashlib.sha256(shot.content).hexdigest()
        assert digest == again == entry.facts["digest"] == at.foundation.ledger.digests.of(plain)
        assert plain not in str(entries)
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


async def test_who_entered_an_erasure_does_not_let_it_run(tmp_path: Path) -> None:
    """Two people, whatever the one of them writes as their name; what stops it, either may say."""
    async with house(tmp_path, directory(knows=False)) as at:
        asks = at.submission(Right.DELETE, customer_id="42").model_copy(update={"entered_by": "Lea M"})
        receipt = await at.desk.submit(asks)
        task = await at.task(receipt, "reach")

        with pytest.raises(Refused, match="somebody else"):
            await at.desk.resolve(task, TaskState.DONE, by=" lea  m")
        await at.desk.resolve(task, TaskState.DONE, by="Dee")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.NOTHING_FOUND


@pytest.mark.parametrize(("right", "two_people"), [(Right.ACCESS, True), (Right.DELETE, False)])
async def test_one_person_is_enough_where_nothing_is_erased_or_the_policy_says_so(
    tmp_path: Path, right: Right, two_people: bool
) -> None:
    """A company of one person can still answer."""
    async with house(tmp_path, directory(knows=False), rules=policy(two_people=two_people)) as at:
        asks = at.submission(right, customer_id="42").model_copy(update={"entered_by": "Lea"})
        receipt = await at.desk.submit(asks)

        await at.desk.resolve(await at.task(receipt, "reach"), TaskState.DONE, by="Lea")

        assert await at.ended(receipt)


@pytest.mark.parametrize("name", ["lea@example.com", "Lea\nDee", "L" * 81])
async def test_nobody_signs_with_what_the_journal_may_not_keep(tmp_path: Path, name: str) -> None:
    """An address, two lines, a novel: refused before anything is decided."""
    async with house(tmp_path, directory(knows=False)) as at:
        receipt, task = await asked(at)

        with pytest.raises(ValidationError, match="sign with a name"):
            await at.desk.resolve(task, TaskState.DONE, by=name)

        assert [each.id for each in (await at.status(receipt)).tasks] == [task]
