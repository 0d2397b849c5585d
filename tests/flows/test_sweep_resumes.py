"""A sweep that is killed goes on at its page: in finding, and in erasing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.policies import Policies
from activities.sweep_orders import Begin, Found, Gone, Look
from activities.sweeping import PAGES_AT_ONCE, Sweeps
from connectors.connector import TryLater
from dsar.records import Outcome, OutcomeKind, Record, Walked
from dsar.sweeping import Mode
from ledger.ledger import Ledger
from tests.flows.fake_system import PAGE, FakeSystem
from tests.flows.house import policy
from tests.flows.test_sweeping import record
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

AT_ONCE = PAGES_AT_ONCE * PAGE
"""Records in one kept page."""


class Killed(Exception):
    """The process ends here."""


class Mortal(FakeSystem):
    """Counts what is asked of it, and dies once, at a given call."""

    def __init__(self, records: Sequence[Record]) -> None:
        super().__init__("site", records)
        self.dies_at: int | None = None
        self.calls = 0
        self.most_at_once = 0

    async def walk(self, cursor: str | None = None) -> Walked:
        self._live()
        return await super().walk(cursor)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        self._live()
        self.most_at_once = max(self.most_at_once, len(records))
        return await super().erase(records)

    def _live(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            self.dies_at = None
            raise Killed


@asynccontextmanager
async def sweeps(folder: Path, site: FakeSystem) -> AsyncIterator[tuple[Sweeps, Look]]:
    """The activities, and the order to go through the site."""
    store = DiskStore(folder / "vault")
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", bytes(32))
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    try:
        work = Sweeps({"site": site}, vault, ledger, Policies(ledger), policy(), bytes(32))
        order = Begin(sweep_id="sweep-1", mode=Mode.DAILY)
        begun = await ActivityEnvironment().run(work.begin_sweep, order)
        yield (
            work,
            Look(sweep_id="sweep-1", system="site", mode=Mode.DAILY, policy=begun.policy, today=date(2026, 5, 5)),
        )
    finally:
        await ledger.close()


def cookies(count: int) -> list[Record]:
    return [record(f"cookie{n:04}", "cookies and tracking") for n in range(count)]


async def test_finding_goes_on_at_the_page(tmp_path: Path) -> None:
    """Of what was kept nothing is read again, and nothing is missed or counted twice."""
    site = Mortal(cookies(3 * AT_ONCE))
    site.dies_at = 2 * PAGES_AT_ONCE + 3
    async with sweeps(tmp_path, site) as (work, look):
        with pytest.raises(Killed):
            await ActivityEnvironment().run(work.sweep_through, look)
        before = site.calls
        found: Found = await ActivityEnvironment().run(work.sweep_through, look)
        again: Found = await ActivityEnvironment().run(work.sweep_through, look)

        assert found.looked_at == found.erase == found.expired == 3 * AT_ONCE
        assert site.calls - before == PAGES_AT_ONCE
        assert again == found


async def test_erasing_goes_on_at_the_page(tmp_path: Path) -> None:
    """Each page once; the counts are those of an undisturbed night."""
    site = Mortal(cookies(3 * AT_ONCE))
    async with sweeps(tmp_path, site) as (work, look):
        await ActivityEnvironment().run(work.sweep_through, look)
        site.calls, site.dies_at = 0, 2
        with pytest.raises(Killed):
            await ActivityEnvironment().run(work.erase_swept, look)
        gone: Gone = await ActivityEnvironment().run(work.erase_swept, look)

        assert not site.records
        assert gone.counts == {OutcomeKind.ERASED: 3 * AT_ONCE}
        assert site.calls == 4
        assert site.most_at_once == AT_ONCE


async def test_who_dies_between_erasing_and_looking_looks_again(tmp_path: Path) -> None:
    """Nothing counts before it was looked for; what went the first time is not there the second."""
    site = Mortal(cookies(2))
    async with sweeps(tmp_path, site) as (work, look):
        await ActivityEnvironment().run(work.sweep_through, look)
        site.failing["check"] = [TryLater("down")]

        with pytest.raises(TryLater):
            await ActivityEnvironment().run(work.erase_swept, look)
        gone: Gone = await ActivityEnvironment().run(work.erase_swept, look)

        assert gone.counts == {OutcomeKind.NOT_FOUND: 2}
