"""How surely we know who asks: data points beside the code, a signed declaration, and what is done without them."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.connector import TryLater
from dsar.case import Ending, State, TaskState
from dsar.correction import Change, Field
from dsar.data_points import Declaration, Point, Signature
from dsar.identity import Identifier, Key
from dsar.policy import Demand, Policy, Promise, Proving
from dsar.records import Anchor, Record
from dsar.requests import Regime, Right
from dsar.submission import Person, Submission
from dsar.wish import Wish
from intake.desk import Receipt, Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house, policy

INVOICES = "financial records and invoices"
PROJECTS = "project communications"
SIGNED = Signature(name="Ada Canary", text="I declare under penalty of perjury that I am Ada Canary.")
HELD = {Point.CUSTOMER_ID: "c-4711 ", Point.LAST_INVOICE: "05/2026", Point.PROJECT: "the analytical engine"}
WEEKS = timedelta(weeks=3)
WRONG = dict.fromkeys(Point, "0000000")


def crm() -> FakeSystem:
    """A contact, an invoice and a project of Ada's."""
    contact = Record(id="contact", category="contact information and communications", matched=frozenset({Key.EMAIL}))
    invoices = [
        Record(id=f"invoice-{month}", category=INVOICES, matched=frozenset({Key.EMAIL}),
               dates={Anchor.CREATED: date(2026, month, 3)})
        for month in (1, 5)
    ]  # fmt: skip
    project = Record(id="p", category=PROJECTS, matched=frozenset({Key.EMAIL}), label="The Analytical Engine")
    system = FakeSystem("crm", [contact, *invoices, project])
    system.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="C-4711"),)
    system.fields["contact"] = {
        Field.PHONE: "+1 (415) 555-0134",
        Field.COMPANY: "Difference Engines, Inc.",
        Field.ADDRESS: "1 Main Street, San Francisco, CA 94105",
    }
    return system


def rules(**levels: Demand) -> Policy:
    """The shipped policy with other levels; specific pieces take the highest."""
    wanted = {"access": Demand.REASONABLY_HIGH, "delete": Demand.REASONABLE, **levels}
    shipped = policy()
    rights = {**shipped.rights, **{Right(right): Promise(proof=level) for right, level in wanted.items()}}
    return shipped.model_copy(update={"rights": rights, "proving": Proving(invoices=INVOICES, projects=PROJECTS)})


def opened(folder: Path, *systems: FakeSystem, **levels: Demand) -> AbstractAsyncContextManager[House]:
    """A house whose policy asks for more than a code."""
    return house(folder, *(systems or (crm(),)), rules=rules(**levels))


async def told(at: House, receipt: Receipt, what: Mapping[Point, str], signed: Signature | None = SIGNED) -> str:
    """Tell this; what is said to it."""
    return str(await at.desk.prove(receipt.request_id, what, "the person", signed))


async def events(at: House, receipt: Receipt) -> list[str]:
    """What the journal says happened."""
    return [entry.event for entry in await at.foundation.ledger.journal.entries(receipt.request_id)]


async def compared(at: House, receipt: Receipt) -> None:
    """Wait until nothing that was told is left in the vault."""
    for _ in range(400):
        names = await at.foundation.vault.names(receipt.request_id)
        if not [n for n in names if n.startswith(("points/", "declaration/"))]:
            return
        await asyncio.sleep(0.025)
    raise AssertionError("what was told is still there")


async def test_specific_pieces_take_a_code_two_held_things_and_a_declaration(tmp_path: Path) -> None:
    """The copy goes out; the declaration stays, sealed for itself, with its hash in the journal."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        asked = (await at.status(receipt)).proving
        await told(at, receipt, HELD)
        await at.until(lambda: bool(at.answers()))
        closed = await at.ended(receipt, WEEKS)

        assert asked is not None
        assert (asked.points, asked.declaration, asked.given) == (2, True, False)
        assert "/v1/downloads/" in at.answers()[0]
        assert closed.ending is Ending.COMPLIED
        await at.forget()
        (entry,) = [e for e in await at.foundation.ledger.journal.entries(receipt.request_id) if e.step == "declared"]
        owner = str(entry.facts["kept"])
        (name,) = await at.foundation.vault.names(owner)
        kept = await at.foundation.vault.get_model(owner, name, Declaration)
        assert (kept.text, kept.name, kept.by) == (SIGNED.text, SIGNED.name, "the person")
        assert kept.digest == entry.facts["sha256"]


async def test_a_declaration_is_forgotten_when_its_time_is_over(tmp_path: Path) -> None:
    """Two years and more, and not longer."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        await told(at, receipt, HELD)
        await at.ended(receipt, WEEKS)
        owner = "declaration-" + receipt.request_id.removeprefix("request-")
        held = await at.foundation.vault.names(owner)

        await at.ended_saga(at.env.client.get_workflow_handle(owner), timedelta(days=100))

        assert held
        assert await at.foundation.vault.names(owner) == []


@pytest.mark.parametrize(
    ("what", "signed"),
    [
        ({}, SIGNED),
        (WRONG, SIGNED),
        ({Point.CUSTOMER_ID: "C-4711"}, SIGNED),
        ({Point.PHONE: "4155550134", Point.POSTAL_CODE: "94105", Point.COMPANY: "Difference Engines"}, SIGNED),
        ({Point.CUSTOMER_ID: "C-4711", Point.LAST_INVOICE: "2026-01"}, SIGNED),
        (HELD, None),
    ],
    ids=["nothing", "wrong", "one thing", "a signature under a mail", "an older invoice", "unsigned"],
)
async def test_without_enough_proof_no_specific_piece_goes_out(
    tmp_path: Path, what: Mapping[Point, str], signed: Signature | None
) -> None:
    """The mailbox alone, what anybody can guess or look up, or points without a declaration: no copy."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS, email=ADA, name="Ada", phone="4155550134")
        await at.proved(receipt)
        await told(at, receipt, what, signed)
        await compared(at, receipt)
        closed = await at.ended(receipt, WEEKS)

        assert "export" not in at.systems["crm"].tried
        assert closed.ending in {Ending.PARTLY, Ending.DENIED_UNVERIFIED}
        assert [subject for subject, body in at.mail.to(ADA) if "/v1/downloads/" in body] == []
        assert await at.foundation.vault.names(f"declaration-{receipt.request_id.removeprefix('request-')}") == []


async def test_what_is_not_proved_enough_is_looked_at_again_as_a_request_for_categories(tmp_path: Path) -> None:
    """Code and one held thing: the categories are told, and why no more (11 CCR 7024(a))."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        await told(at, receipt, {Point.PHONE: "(415) 555 0134"})
        closed = await at.ended(receipt, WEEKS)

        (answer,) = at.answers()
        assert closed.ending is Ending.PARTLY
        assert "You asked for a copy of your personal data." in answer
        assert "no piece of the data itself is disclosed" in answer
        assert "Project communications" in answer
        assert "export" not in at.systems["crm"].tried


async def test_if_that_is_not_proved_either_the_policy_is_pointed_to(tmp_path: Path) -> None:
    """A code alone yields nothing of the person's (11 CCR 7024(b))."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        await told(at, receipt, WRONG)
        closed = await at.ended(receipt, WEEKS)

        (denial,) = [body for subject, body in at.mail.to(ADA) if subject == "We could not carry out your request"]
        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert "or was not enough" in denial
        assert "is described in our privacy policy" in denial
        assert at.answers() == []


async def test_an_unproved_deletion_is_denied_and_the_person_asked_about_opting_out(tmp_path: Path) -> None:
    """11 CCR 7022(g): nothing is erased, and nothing is opted out by itself."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.DELETE)
        await at.proved(receipt)
        await told(at, receipt, WRONG)
        closed = await at.ended(receipt, WEEKS)

        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert len(at.systems["crm"].records) == 4
        assert any("stop selling or sharing" in body for _, body in at.mail.to(ADA))


async def test_a_deletion_is_proved_by_a_code_and_one_held_thing(tmp_path: Path) -> None:
    """No declaration is asked for."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.DELETE)
        await at.proved(receipt)
        asked = (await at.status(receipt)).proving
        await told(at, receipt, {Point.COMPANY: "difference engines"}, None)
        await at.until(lambda: bool(at.answers()))

        assert asked is not None
        assert (asked.points, asked.declaration) == (1, False)
        assert "contact" not in at.systems["crm"].records


async def said_to_a_guesser(at: House, receipt: Receipt, guess: Mapping[Point, str]) -> list[str]:
    """Everything that whoever holds the mailbox is told until the attempts are used up."""
    said = []
    for _ in range(4):
        try:
            said.append(await told(at, receipt, guess))
        except Refused as refused:
            said.append(str(refused))
        await compared(at, receipt)
        status = await at.status(receipt)
        said.append(f"{status.told_state} {status.proving}")
    return said


async def test_a_hit_and_a_miss_and_a_stranger_are_told_the_same(tmp_path: Path) -> None:
    """Word for word, before and after, and the attempts are counted alike: nothing to guess by."""
    nobody = FakeSystem("crm")
    crm_down = crm()
    crm_down.gates["export"] = asyncio.Event()
    seen = []
    for number, (system, guess) in enumerate([(crm_down, HELD), (crm(), WRONG), (nobody, HELD)]):
        async with opened(tmp_path / str(number), system) as at:
            receipt = await at.submit(Right.ACCESS)
            await at.proved(receipt)
            seen.append(await said_to_a_guesser(at, receipt, guess))
            crm_down.gates["export"].set()

    assert seen[0] == seen[1] == seen[2]
    assert "too often" in seen[0][-2]


async def test_nothing_can_be_told_before_the_code(tmp_path: Path) -> None:
    """Whoever has only the number of a request learns nothing, and uses nothing up."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.attempts(receipt)

        with pytest.raises(Refused):
            await told(at, receipt, HELD)

        assert (await at.status(receipt)).proving is None
        assert not [n for n in await at.foundation.vault.names(receipt.request_id) if "points" in n]


async def test_attempts_are_counted_over_all_requests_of_a_mailbox(tmp_path: Path) -> None:
    """Asking again, by another right, and taking a request back give no more guesses."""
    async with opened(tmp_path, know=Demand.REASONABLY_HIGH) as at:
        receipts = [await at.submit(Right.ACCESS), await at.submit(Right.KNOW)]
        for receipt in receipts:
            await at.attempts(receipt)
        codes = await codes_by_request(at)
        for receipt in receipts:
            await at.desk.confirm(receipt.request_id, codes[receipt.request_id])
        await told(at, receipts[0], WRONG)
        await told(at, receipts[0], WRONG)
        await told(at, receipts[1], WRONG)
        with pytest.raises(Refused, match="too often"):
            await told(at, receipts[1], HELD)

        await at.cancel(receipts[1])
        await at.saga(receipts[1]).result()
        again = await at.submit(Right.KNOW)
        await at.attempts(again)
        codes = await codes_by_request(at)
        await at.desk.confirm(again.request_id, codes[again.request_id])
        with pytest.raises(Refused, match="too often"):
            await told(at, again, HELD)


async def codes_by_request(at: House) -> dict[str, str]:
    """The code of each request, from the letters."""
    letters = [body for _, body in at.mail.to(ADA)]
    return {
        re.findall(r"request-[a-z2-7]{24}", body)[-1]: re.findall(r"\n    (\d{6})\n", body)[0]
        for body in letters
        if re.search(r"\n    \d{6}\n", body)
    }


async def test_one_proof_counts_for_all_that_was_asked_at_once(tmp_path: Path) -> None:
    """Told once, at the first; the deletion needs less, waits for the copy, and is not asked again."""
    async with opened(tmp_path) as at:
        receipt = await at.desk.submit(Submission(rights=(Right.ACCESS, Right.DELETE), person=Person(email=ADA)))
        await at.proved(receipt)
        await told(at, receipt, HELD)
        await at.until(lambda: bool(at.answers()))
        copied = at.answers()[0]
        await at.ended(receipt.others[0], WEEKS)

        assert "/v1/downloads/" in copied
        assert "contact" not in at.systems["crm"].records


async def test_what_is_said_to_be_wrong_proves_nothing(tmp_path: Path) -> None:
    """11 CCR 7060(g): the telephone number is not asked for, and counts for nothing, where it is to be corrected."""
    async with opened(tmp_path, correct=Demand.REASONABLE) as at:
        wish = Wish(changes=(Change(field=Field.PHONE, value="+1 415 555 0199"),))
        receipt = await at.desk.submit(Submission(right=Right.CORRECT, person=Person(email=ADA), wish=wish))
        await at.proved(receipt)
        asked = (await at.status(receipt)).proving
        await told(at, receipt, {Point.PHONE: "4155550134"})
        await compared(at, receipt)

        assert asked is not None
        assert Point.PHONE not in asked.asks
        assert "proof failed" in await events(at, receipt)
        assert "verified" not in await events(at, receipt)


async def test_a_person_of_ours_can_vouch_where_no_code_arrives(tmp_path: Path) -> None:
    """The task says what has to be proved."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS, customer_id="C-4711")
        task = await at.desk.task(await at.task(receipt, "reach"))
        await at.desk.resolve(task.id, TaskState.DONE, by="lead")
        await at.stands(receipt, State.IN_PROGRESS)

        assert "3 things that we hold" in task.instructions
        assert "penalty of perjury" in task.instructions
        assert "verified" in await events(at, receipt)


async def test_after_the_last_attempt_a_person_of_ours_can_still_find_out(tmp_path: Path) -> None:
    """A task is opened; until the time to answer is over, it can be done."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        for _ in range(3):
            await told(at, receipt, WRONG)
        task = await at.task(receipt, "reach")
        before = (await at.status(receipt)).state
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        await at.until(lambda: bool(at.answers()))

        assert before is State.AWAITING_PROOF
        assert "/v1/downloads/" in at.answers()[0]


async def test_under_another_law_the_code_is_enough(tmp_path: Path) -> None:
    """More than that may be asked for only where there are doubts (GDPR 12(6)); nothing is signed."""
    async with opened(tmp_path) as at:
        asks = at.submission(Right.ACCESS).model_copy(update={"regime": Regime.EU})
        receipt = await at.desk.submit(asks)
        await at.proved(receipt)
        asked = (await at.status(receipt)).proving
        await at.until(lambda: bool(at.answers()))

        assert asked is None
        assert "/v1/downloads/" in at.answers()[0]


async def test_nothing_that_was_told_is_in_the_journal_or_the_vault(tmp_path: Path) -> None:
    """Nor is the name that was signed with, where it counted for nothing."""
    async with opened(tmp_path) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        await told(at, receipt, {Point.PROJECT: "canary project", Point.PHONE: "4155550134"})
        await compared(at, receipt)

        entries = await at.foundation.ledger.journal.entries(receipt.request_id)
        text = " ".join(str(entry) for entry in entries).lower()
        assert "canary" not in text
        assert not any(str(point) in text for point in (Point.PROJECT, Point.PHONE, Point.COMPANY))


async def test_a_system_that_is_down_is_asked_again(tmp_path: Path) -> None:
    """What was told counts once the system answers."""
    system = crm()
    system.failing["values"] = [TryLater("down", timedelta(seconds=1))]
    async with opened(tmp_path, system) as at:
        receipt = await at.submit(Right.DELETE)
        await at.proved(receipt)
        await told(at, receipt, {Point.PHONE: "4155550134"})
        await at.ended(receipt, WEEKS)

        assert "contact" not in system.records
