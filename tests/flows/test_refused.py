"""A system may refuse us at any moment, the last ones included: nothing ends there, a person is asked."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.holds import EraseDue, Holds
from activities.pages import Pages, PlanPage
from activities.policies import Policies
from connectors.connector import NeedsPerson, TryLater
from dsar.case import Ending, TaskState
from dsar.identity import Key
from dsar.plans import Action, Step
from dsar.records import Record
from ledger.ledger import Ledger
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, house, policy
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault


def mine(record_id: str, category: str = "marketing data", **more: object) -> Record:
    given = {"id": record_id, "category": category, "matched": frozenset({Key.EMAIL}), **more}
    return Record.model_validate(given)


def refusal() -> NeedsPerson:
    return NeedsPerson("CRM answered 401", "renew the key")


async def test_what_is_put_back_waits_for_the_credential_and_cannot_be_given_up(tmp_path: Path) -> None:
    """The letter says that everything is as it was: so it is, however often a person says that it cannot be."""
    crm = FakeSystem("crm", [mine("a")])
    crm.failing["restore"] = [refusal(), refusal()]
    async with house(tmp_path, crm, rules=policy(hold_before_erasure=timedelta(days=2))) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: bool(crm.suppressed))

        await at.cancel(receipt)
        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.EXCEPTION, by="ops")
        assert not [subject for subject, _ in at.mail.to(ADA) if "cancelled" in subject]
        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.DONE, by="ops")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.CANCELLED
        assert not crm.suppressed


async def test_a_refusal_while_a_persons_work_is_looked_at_is_a_task_too(tmp_path: Path) -> None:
    """The credential expired between the work by hand and the look whether it was done."""
    figma = FakeSystem("figma", [mine("a")])
    figma.by_hand = True
    figma.failing["check"] = [refusal()]
    async with house(tmp_path, figma) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        act = await at.task(receipt, "act")
        figma.records.clear()

        await at.desk.resolve(act, TaskState.DONE, by="lead")
        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.DONE, by="ops")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED


async def test_without_an_address_on_file_the_answer_is_passed_on_by_a_person(tmp_path: Path) -> None:
    """Whoever reached the person gets the answer for them: nobody is left without one."""
    crm = FakeSystem("crm", [mine("a")])
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(customer_id="C-1")

        await at.desk.resolve(await at.task(receipt, "reach"), TaskState.DONE, by="lead")
        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.DONE, by="lead")
        await at.ended(receipt)

        answers = [body for subject, body in at.mail.to(LEAD) if subject == "[Pass on] The answer to your request"]
        assert len(answers) == 1
        assert "1 record erased" in answers[0]


async def test_a_late_look_cannot_be_given_up(tmp_path: Path) -> None:
    """The person was told that we look again; a person who cannot mend it now is asked once more."""
    ga = FakeSystem("ga", [mine("a")])
    ga.accepts_for = timedelta(hours=72)
    async with house(tmp_path, ga) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: len(at.answers()) == 1)
        ga.failing["check"] = [refusal(), refusal()]
        ga.records.clear()

        await at.env.sleep(timedelta(hours=80))
        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.EXCEPTION, by="ops")
        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.DONE, by="ops")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED


async def test_a_hold_outlives_an_expired_credential(tmp_path: Path) -> None:
    """When the day comes and the system refuses us, the hold asks again: it neither ends nor loses a record."""
    crm = FakeSystem("crm", [mine("a")])
    crm.failing["erase"] = [refusal()]
    store = DiskStore(tmp_path / "vault")
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", bytes(32))
    policies = Policies(ledger)
    holds = Holds({"crm": crm}, vault, ledger, policies, bytes(32))
    await vault.create("hold-1")
    kept = PlanPage(steps=(Step(record=mine("a"), action=Action.RETAIN, why="tax law"),))
    await Pages(vault, "hold-1", "held/crm", PlanPage).keep(0, kept)
    digest = await policies.remember(policy())
    order = EraseDue(hold_id="hold-1", system="crm", policy=digest, today=date(2026, 12, 2))

    with pytest.raises(TryLater):
        await ActivityEnvironment().run(holds.erase_due, order)
    left = await ActivityEnvironment().run(holds.erase_due, order)
    await ledger.close()

    assert left.records == 0
    assert not crm.records
