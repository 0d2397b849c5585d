"""An address was corrected, and soon after somebody asks for a copy: it is held, and the old address is told."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import Ending, State, TaskState
from dsar.correction import Field
from dsar.identity import Key
from dsar.records import Record
from dsar.requests import Right
from dsar.submission import Submission
from intake.desk import Receipt
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, House, house, policy

NEW = "ada@elsewhere.example"


def crm() -> FakeSystem:
    both = frozenset({Key.EMAIL, Key.CUSTOMER_ID})
    system = FakeSystem("crm", [Record(id="a", category="marketing data", matched=both)])
    system.fields["a"] = {Field.EMAIL: ADA}
    return system


async def corrected(at: House, field: str = "email", value: str = NEW) -> Receipt:
    """A correction, carried out: by a person, where the address itself is disputed."""
    receipt = await at.desk.submit(
        Submission.model_validate(
            {
                "right": "correct", "person": {"email": ADA, "customer_id": "C-1"},
                "wish": {"changes": [{"field": field, "value": value}]},
            }
        )
    )  # fmt: skip
    if field == "email":
        await at.desk.resolve(await at.task(receipt, "reach"), TaskState.DONE, by="lead")
    else:
        await at.proved(receipt)
    await at.desk.resolve(await at.task(receipt, "judge"), TaskState.DONE, by="lead", note="it is right")
    await at.until(lambda: bool(at.answers()))
    await at.quiet(receipt)
    return receipt


async def copy(at: House, right: Right = Right.ACCESS, address: str = NEW) -> Receipt:
    """A copy is asked for, and whoever reads the mail at that address proves it."""
    receipt = await at.submit(right, email=address)
    await at.proved(receipt, address)
    return receipt


def told(at: House, words: str) -> int:
    return sum(words in subject for subject, _ in at.mail.to(ADA))


@pytest.mark.parametrize("right", [Right.KNOW, Right.ACCESS, Right.PORTABILITY])
async def test_a_copy_is_held_and_the_old_address_is_told(tmp_path: Path, right: Right) -> None:
    """Twice: of the change, and of who asks now. A person who found out that it is them ends the hold."""
    async with house(tmp_path, crm()) as at:
        await corrected(at)
        receipt = await copy(at, right)
        task = await at.task(receipt, "cool_off")
        before, held = at.answers(NEW), await at.status(receipt)
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        await at.until(lambda: bool(at.answers(NEW)))

        assert before == []
        assert held.state is State.IN_PROGRESS  # the person has proved who they are, and reads so
        assert told(at, "address in our records was changed") == 1
        assert told(at, "shortly after your address was changed") == 1


async def test_nobody_objects_and_it_goes_on_by_itself_in_time(tmp_path: Path) -> None:
    """After the policy's days, and before the answer is due; the task is withdrawn."""
    async with house(tmp_path, crm(), rules=policy(cooling_off=timedelta(days=5))) as at:
        await corrected(at)
        receipt = await copy(at)
        await at.task(receipt, "cool_off")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert len(at.answers(NEW)) == 1


async def test_an_objection_ends_it_as_a_fraud(tmp_path: Path) -> None:
    """The old address wrote that it was not them: nothing is disclosed, and the privacy lead has it in writing."""
    async with house(tmp_path, crm()) as at:
        await corrected(at)
        receipt = await copy(at)
        await at.desk.resolve(await at.task(receipt, "cool_off"), TaskState.EXCEPTION, by="lead", note="not them")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.FRAUDULENT
        assert at.answers(NEW) == []
        assert any("[FRAUD]" in subject for subject, _ in at.mail.to(LEAD))


async def test_what_was_asked_before_the_change_is_held_too(tmp_path: Path) -> None:
    """It is looked when the copy would be made, not when it was asked for."""
    async with house(tmp_path, crm()) as at:
        receipt = await at.submit(Right.ACCESS, email=NEW)
        await at.attempts(receipt)
        await corrected(at)
        await at.proved(receipt, NEW)

        await at.task(receipt, "cool_off")
        assert at.answers(NEW) == []


@pytest.mark.parametrize("case", ["another person", "another field", "switched off"])
async def test_nobody_else_waits(tmp_path: Path, case: str) -> None:
    """Neither who was not changed, nor after a change of something that no letter goes to, nor without a time."""
    rules = policy(cooling_off=timedelta(0)) if case == "switched off" else None
    async with house(tmp_path, crm(), rules=rules) as at:
        await corrected(at, *(["company", "Engines Ltd"] if case == "another field" else []))
        address = "bob@example.com" if case == "another person" else ADA
        at.mail.letters.clear()
        receipt = await copy(at, address=address)
        await at.until(lambda: bool(at.answers(address)))

        assert (await at.status(receipt)).tasks == ()


async def test_the_ledger_knows_no_address(tmp_path: Path) -> None:
    """Who and when, by keyed hash; the old address lies sealed under the correction, and goes with its key."""
    async with house(tmp_path, crm()) as at:
        receipt = await corrected(at)
        kept = await at.foundation.vault.get(receipt.request_id, "address/former")
        lying_there = await asyncio.to_thread(everything, tmp_path)

        assert ADA.encode() in kept
        assert ADA.encode() not in lying_there
        assert NEW.encode() not in lying_there


def everything(folder: Path) -> bytes:
    """What is on the disk."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
