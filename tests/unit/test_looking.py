"""A search is kept page by page: what it begins with together, then each answer by itself."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.testing import ActivityEnvironment

from activities.looking import Looking, Survey, Surveyed
from activities.pages import FIRST_ANSWERS, plan_pages
from activities.plan_work import PlanWork
from activities.policies import Policies
from dsar.identity import Identifier, Identity, Key
from dsar.records import Located
from dsar.requests import Right
from ledger.ledger import Ledger
from tests.flows.fake_system import FakeSystem
from tests.flows.house import policy
from tests.flows.test_deletion import mine
from vault.disk import DiskStore
from vault.keys import KeyRing
from vault.vault import Vault


class Killed(BaseException):
    """The worker is gone."""


class Answering(FakeSystem):
    """Answers a search with so many records each time; dies once, before one of its answers."""

    def __init__(self, sizes: Sequence[int], dies_before: int = -1) -> None:
        super().__init__("crm")
        self._sizes = sizes
        self._dies_before = dies_before
        self.answered: list[int] = []

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        number = int(cursor or 0)
        if number == self._dies_before:
            self._dies_before = -1
            raise Killed
        self.answered.append(number)
        records = tuple(mine(f"{number}-{n}") for n in range(self._sizes[number]))
        return Located(records=records, cursor=str(number + 1) if number + 1 < len(self._sizes) else None)


class Desk:
    """The vault and the ledger that a search needs; each has a request of its own."""

    def __init__(self, vault: Vault, ledger: Ledger) -> None:
        self._ledger = ledger
        self._requests = 0
        self.vault = vault

    async def request(self) -> str:
        self._requests += 1
        request = f"request-{self._requests}"
        await self.vault.create(request)
        return request

    async def look(self, system: Answering, request: str) -> Surveyed:
        policies = Policies(self._ledger)
        work = PlanWork({"crm": system}, self.vault, self._ledger, policies, bytes(32))
        order = Survey(
            owner=request,
            system="crm",
            right=Right.ACCESS,
            policy=await policies.remember(policy()),
            today=date(2026, 3, 2),
            identity=Identity(identifiers=(Identifier(kind=Key.EMAIL, value="a@example.com", proven=True),)),
        )
        return await ActivityEnvironment().run(Looking(work).look, order, plan_pages(self.vault, request, "crm"))

    async def pages(self, request: str) -> list[list[str]]:
        """The records of each page kept."""
        kept = plan_pages(self.vault, request, "crm")
        return [[step.record.id for step in page.steps] async for page in kept.all()]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = DiskStore(tmp_path / "vault", durable=False)
    ledger = await Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", bytes(32))
    yield Desk(Vault(store, KeyRing(store, {"m": bytes(32)}, "m")), ledger)
    await ledger.close()


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ([0], []),
        ([2], [2]),
        ([2, 0], [2]),
        ([0, 1, 2, 0], [3]),
        ([1, 0, 0, 0, 1, 0], [1, 1, 0]),
        ([25, 1, 1], [25, 1, 1]),
        ([24, 100, 1], [124, 1]),
    ],
)
async def test_short_first_answers_are_one_page_and_each_later_one_is_a_page(
    desk: Desk, sizes: list[int], kept: list[int]
) -> None:
    """Most searches find little, and one page holds it; a long one goes on page by page."""
    request = await desk.request()

    found = await desk.look(Answering(sizes), request)

    assert found.plan.records == sum(sizes)
    assert [len(page) for page in await desk.pages(request)] == kept


@given(st.lists(st.integers(0, 30), min_size=1, max_size=9), st.integers(0, 9))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_search_that_was_killed_finds_all_of_it_once(desk: Desk, sizes: list[int], dies_before: int) -> None:
    """Only what it began with is asked for again; of all that comes later, the answer that never came."""
    request = await desk.request()
    system = Answering(sizes, dies_before)
    if dies_before < len(sizes):
        with pytest.raises(Killed):
            await desk.look(system, request)

    found = await desk.look(system, request)

    assert found.plan.records == sum(sizes)
    ids = [each for page in await desk.pages(request) for each in page]
    assert ids == [f"{number}-{n}" for number, size in enumerate(sizes) for n in range(size)]
    again = len(system.answered) - len(sizes)
    assert again <= (FIRST_ANSWERS - 1 if dies_before < FIRST_ANSWERS else 0)
