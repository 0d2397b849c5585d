"""What is done in the step that looks, where others wait for what is learned by it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.looking import Survey, Surveyed
from activities.plan_work import PlanWork
from activities.policies import Policies
from activities.systems import Systems
from connectors.connector import TryLater
from dsar.identity import Identifier, Identity, Key
from dsar.requests import Right
from ledger.ledger import Ledger
from tests.flows.fake_system import FakeSystem
from tests.flows.house import policy
from tests.flows.test_deletion import mine
from vault.disk import DiskStore
from vault.keys import KeyRing
from vault.vault import Vault

REQUEST = "request-1"


class Desk:
    """One system, and the activities that work in it."""

    def __init__(self, vault: Vault, ledger: Ledger) -> None:
        self.crm = FakeSystem("crm", [mine("a")], learns={Key.CUSTOMER_ID})
        self.crm.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="c-1"),)
        self.ledger = ledger
        self.policies = Policies(ledger)
        work = PlanWork({"crm": self.crm}, vault, ledger, self.policies, bytes(32))
        self._systems = Systems(work, at_once_seconds=0.05)

    async def look(self, *, is_waited_for: bool) -> Surveyed:
        """Look, and take out of use at once."""
        order = Survey(
            owner=REQUEST,
            system="crm",
            right=Right.DELETE,
            policy=await self.policies.remember(policy()),
            today=date(2026, 3, 2),
            identity=Identity(identifiers=(Identifier(kind=Key.EMAIL, value="a@example.com", proven=True),)),
            is_waited_for=is_waited_for,
        )
        return await ActivityEnvironment().run(self._systems.survey_and_withhold, order)

    async def events(self) -> list[str]:
        """What the journal says."""
        return [entry.event for entry in await self.ledger.journal.entries(REQUEST)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = DiskStore(tmp_path / "vault")
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    await vault.create(REQUEST)
    ledger = await Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", bytes(32))
    yield Desk(vault, ledger)
    await ledger.close()


async def test_both_are_journalled_in_their_order(desk: Desk) -> None:
    """First found, then taken out of use."""
    found = await desk.look(is_waited_for=True)

    assert found.withheld
    assert await desk.events() == ["located", "withheld"]


async def test_a_system_that_hangs_keeps_nobody_waiting_for_long(desk: Desk) -> None:
    """The lesson comes back without the act, which a step of its own will do."""
    desk.crm.gates["suppress"] = asyncio.Event()

    found = await desk.look(is_waited_for=True)

    assert not found.withheld
    assert [i.value for i in found.learned] == ["c-1"]
    assert await desk.events() == ["located"]


async def test_where_nobody_waits_a_failure_is_one(desk: Desk) -> None:
    """The step is repeated; that the person was found is known all the same."""
    desk.crm.failing["suppress"] = [TryLater("down")]

    with pytest.raises(TryLater):
        await desk.look(is_waited_for=False)
    again = await desk.look(is_waited_for=False)

    assert again.withheld
    assert await desk.events() == ["located", "withheld"]
