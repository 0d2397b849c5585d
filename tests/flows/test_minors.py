"""A parent or guardian asks for a child: a human finds out whether they are, and no program ever decides it."""

import re
from pathlib import Path

import pytest

from dsar.agency import Age, Basis
from dsar.case import Ending, TaskState
from dsar.identity import Key
from dsar.records import Record
from dsar.requests import Right
from dsar.submission import Submission
from intake.desk import Receipt
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house

PARENT = "parent@home.example"


def news() -> FakeSystem:
    return FakeSystem("news", [Record(id="a", category="marketing data", matched=frozenset({Key.EMAIL}))])


async def ask(at: House, right: Right, age: Age, **more: object) -> Receipt:
    """A parent hands it in."""
    parent = {"name": "Byron Parent", "email": PARENT, "basis": Basis.PARENT, "child": age, **more}
    return await at.desk.submit(
        Submission.model_validate({"right": right, "person": {"email": ADA}, "agent": parent, "regime": "us-ca"})
    )


def letter(at: House) -> str:
    """What was written to the address on file when it came in."""
    return next(body for subject, body in at.mail.to(ADA) if "Somebody asks" in subject)


@pytest.mark.parametrize("age", Age)
async def test_a_human_checks_guardianship_and_the_letter_says_so(tmp_path: Path, age: Age) -> None:
    """With what California's rules ask for at this age; nothing is looked up before."""
    system = news()
    async with house(tmp_path, system) as at:
        receipt = await ask(at, Right.ACCESS, age)
        task = await at.desk.task(await at.task(receipt, "authority"))
        looked_up = list(system.asked_with)
        await at.desk.resolve(task.id, TaskState.DONE, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert looked_up == []
        assert "No program decides that" in letter(at)
        assert not re.search(r"\n    \d{6}\n", letter(at))
        assert ("7070(a)(2)" in task.instructions) is (age is Age.UNDER_13)
        assert ("they agree" in letter(at)) is (age is not Age.UNDER_13)


async def test_who_is_no_guardian_is_denied_with_reasons(tmp_path: Path) -> None:
    """At once, not when the time is over; nothing was looked up, and the answer goes to the address on file."""
    system = news()
    async with house(tmp_path, system) as at:
        receipt = await ask(at, Right.DELETE, Age.UNDER_13, answer_to_agent=True)
        await at.desk.resolve(await at.task(receipt, "authority"), TaskState.NOT_FOUND, by="lead")
        await at.until(lambda: any("could not carry out" in subject for subject, _ in at.mail.to(ADA)))
        closed = await at.ended(receipt)

        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert system.asked_with == []
        assert at.mail.to(PARENT) == []


async def test_no_code_can_take_the_humans_place(tmp_path: Path) -> None:
    """A child's mailbox is often the parent's, or anybody's in the house: none is sent, and none is taken."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, Right.DELETE, Age.FROM_13_TO_15)
        await at.task(receipt, "authority")

        assert (await at.status(receipt)).attempts_left is None


async def test_a_childs_opt_out_waits_for_nobody_and_tells_the_opt_in_rule(tmp_path: Path) -> None:
    """Never gated, not even here; under 16 nothing may be sold or shared without an opt-in (1798.120(c))."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, Right.OPT_OUT, Age.UNDER_13)
        await at.ended(receipt)

        assert "child under 16" in letter(at)
        assert "from 13 to 15 the child and nobody else" in letter(at)


async def test_the_answer_goes_to_the_guardian_whom_a_human_accepted(tmp_path: Path) -> None:
    """Where they asked for it: a child of six reads no letters."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, Right.DELETE, Age.UNDER_13, answer_to_agent=True)
        await at.desk.resolve(await at.task(receipt, "authority"), TaskState.DONE, by="lead")
        await at.ended(receipt)

        assert len(at.answers(PARENT)) == 1
        assert at.answers() == []
