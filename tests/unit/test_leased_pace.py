"""The pace of a vendor's account, kept by processes that share only a ledger; time is simulated."""

from collections import deque
from pathlib import Path

import pytest

from activities.paces import leased_from
from connectors.leased_pace import LeasedPace
from ledger.ledger import Ledger
from tests.unit.ledger_rig import Clock, OpenLedger, opened, sql
from tests.unit.passing_time import PassingTime

ACCOUNT = "0" * 64
DAY = 86_400.0

A_TEST = 300.0
"""Seconds that no test takes."""


class Vendor:
    """Allows so many requests in any second, and remembers which were too many."""

    def __init__(self, time: PassingTime, per_second: float) -> None:
        self._time = time
        self._most = max(1, int(per_second))
        self._window = self._most / per_second
        self._last: deque[float] = deque()
        self.taken: list[float] = []
        self.refused = 0

    def ask(self) -> None:
        now = self._time.seconds()
        while self._last and self._last[0] <= now - self._window:
            self._last.popleft()
        if len(self._last) >= self._most:
            self.refused += 1
        else:
            self._last.append(now)
            self.taken.append(now)


class Process:
    """One worker's limiter on the ledger, and how many leases it took."""

    def __init__(self, ledger: Ledger, time: PassingTime, per_second: float) -> None:
        self.leases = 0
        self._ledger = ledger
        self._time = time
        self.pace = LeasedPace(self._lease, per_second, time.seconds, time.sleep)

    async def _lease(self, seconds: float, lead: float, ticks: object) -> float:
        self.leases += 1
        return await self._time.working(
            self._ledger.paces.lease(ACCOUNT, seconds, lead, self._time.seconds),
        )

    async def busy(self, vendor: Vendor) -> None:
        """Ask as soon as it may, again and again."""
        while True:
            await self.pace.turn()
            vendor.ask()


@pytest.mark.parametrize("per_second", [0.5, 3.0, 25.0, 100.0])
@pytest.mark.parametrize("processes", [1, 2])
async def test_the_limit_is_reached_and_never_passed(tmp_path: Path, per_second: float, processes: int) -> None:
    """However many processes ask, the vendor sees nearly its limit, refuses nothing, and writes are few."""
    time, seconds = PassingTime(), max(20.0, 40 / per_second)
    vendor = Vendor(time, per_second)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"

    async with opened(url, time.moment) as one, opened(url, time.moment) as other:
        workers = [Process(ledger, time, per_second) for ledger in (one, other)[:processes]]
        await time.pass_until(seconds, *(worker.busy(vendor) for worker in workers for _ in range(4)))

    assert vendor.refused == 0
    assert len(vendor.taken) >= 0.95 * per_second * seconds
    assert sum(worker.leases for worker in workers) <= max(1.0, per_second if per_second < 1 else 1.0) * seconds + 16


async def test_a_process_that_dies_takes_its_lease_along_and_nothing_else(tmp_path: Path) -> None:
    """The others wait for what it had leased, a second at the most, and go on."""
    time, vendor_limit = PassingTime(), 10.0
    vendor = Vendor(time, vendor_limit)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"

    async with opened(url, time.moment) as one, opened(url, time.moment) as other:
        await time.pass_until(5.05, Process(one, time, vendor_limit).busy(vendor))
        before = len(vendor.taken)
        await time.pass_until(10.0, Process(other, time, vendor_limit).busy(vendor))

    assert vendor.refused == 0
    assert len(vendor.taken) - before >= 0.95 * vendor_limit * (10.0 - 5.05 - 1.1)


async def test_a_turn_that_was_slept_through_is_not_made_up_for(tmp_path: Path) -> None:
    """A process that stood still asks no faster afterwards: others have had the next turns."""
    time = PassingTime()
    vendor = Vendor(time, 10.0)

    async def stall() -> None:
        await time.sleep(3.03)
        time.forward(2.5)

    async with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}", time.moment) as ledger:
        process = Process(ledger, time, 10.0)
        await time.pass_until(10.0, *(process.busy(vendor) for _ in range(4)), stall())

    assert vendor.refused == 0
    assert len(vendor.taken) >= 0.9 * 10.0 * 7.0


async def test_a_request_now_and_then_leases_only_its_own_turn(tmp_path: Path) -> None:
    """Who asks seldom takes nothing from the others."""
    time = PassingTime()

    async with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}", time.moment) as ledger:
        process = Process(ledger, time, 100.0)

        async def seldom() -> None:
            for _ in range(5):
                await process.pace.turn()
                await time.sleep(2.0)

        await time.pass_until(60.0, seldom())
        free = await ledger.paces.lease(ACCOUNT, 1.0, 0.0, time.seconds)

    assert process.leases == 5
    assert free == time.seconds()


@pytest.mark.parametrize("pause", [0.01, 0.1, 0.24, 0.4])
async def test_however_often_is_asked_the_writes_are_few(tmp_path: Path, pause: float) -> None:
    """Not one a request: four a second at the most."""
    time = PassingTime()

    async with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}", time.moment) as ledger:
        process = Process(ledger, time, 1000.0)

        async def again() -> None:
            while True:
                await process.pace.turn()
                await time.sleep(pause)

        await time.pass_until(20.0, again())

    assert process.leases <= 4 * 20 + 4


async def test_the_credential_is_not_in_the_ledger(ledger: Ledger, ledger_url: str) -> None:
    """An account is known there by a keyed hash, the same for every worker and another with another key."""
    paces = [leased_from(ledger, key) for key in (b"k" * 32, b"k" * 32, b"l" * 32)]

    for each in paces:
        await each("api.example.com\nsk-canary-0123", 5.0).turn()
    rows = await sql(ledger_url, "SELECT * FROM paces")

    assert len(rows) == 2
    assert not [row for row in rows if "canary" in str(row) or "example" in str(row)]


async def test_no_two_leases_overlap(open_ledger: OpenLedger) -> None:
    """On both databases; each begins where the last one ends, by the clock of the database."""
    one, other = await open_ledger(), await open_ledger()

    begins = [await ledger.paces.lease(ACCOUNT, DAY, 0.0, lambda: 0.0) for ledger in (one, other, one)]

    assert begins == pytest.approx([0.0, DAY, 2 * DAY], abs=A_TEST)


async def test_accounts_do_not_wait_for_each_other(open_ledger: OpenLedger) -> None:
    """Each has its own time."""
    ledger = await open_ledger()

    await ledger.paces.lease(ACCOUNT, DAY, 0.0, lambda: 0.0)

    assert await ledger.paces.lease("1" * 64, DAY, 0.0, lambda: 0.0) < A_TEST


async def test_a_clock_that_was_set_back_holds_up_nobody(tmp_path: Path, clock: Clock) -> None:
    """What was leased in a future that is none is forgotten."""
    async with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}", clock) as ledger:
        await ledger.paces.lease(ACCOUNT, 1.0, 0.0, lambda: 0.0)
        clock.now = clock.now.replace(year=2025)

        begins = await ledger.paces.lease(ACCOUNT, 1.0, 0.0, lambda: 0.0)

    assert begins == pytest.approx(0.0, abs=1e-6)
