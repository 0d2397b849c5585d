"""Sweeps, what was asked about in them, and requests that came together, in the ledger."""

from datetime import timedelta

from ledger.ledger import Ledger
from tests.unit.ledger_rig import NOON, Clock, new_request

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)


async def test_a_sweep_is_forgotten_once_it_is_over(ledger: Ledger) -> None:
    """Begun once, ended, and then its key may go; said twice, nothing changes."""
    assert await ledger.sweeps.begin("sweep-1", "daily", "p")
    assert not await ledger.sweeps.begin("sweep-1", "daily", "p")
    assert await ledger.sweeps.to_shred() == ()

    await ledger.sweeps.end("sweep-1")

    assert await ledger.sweeps.to_shred() == ("sweep-1",)
    await ledger.sweeps.mark_shredded("sweep-1")
    assert await ledger.sweeps.to_shred() == ()
    assert [row.ended_at for row in await ledger.sweeps.list()] == [NOON]


async def test_a_sweep_that_never_ends_is_forgotten_all_the_same(ledger: Ledger, clock: Clock) -> None:
    """One that was terminated does not keep personal data for ever."""
    await ledger.sweeps.begin("sweep-1", "daily", "p")

    clock.forward(timedelta(days=61))

    assert await ledger.sweeps.to_shred() == ("sweep-1",)


async def test_who_was_asked_about_a_record_is_not_asked_again_until_the_day(ledger: Ledger) -> None:
    """Left alone while somebody is asked, and for as long as what was decided says."""
    await ledger.proposals.ask("sweep-1.1", ["a" * 64, "b" * 64], TOMORROW)

    assert set(await ledger.proposals.resting(["a" * 64, "c" * 64], TODAY)) == {"a" * 64}
    assert await ledger.proposals.resting(["a" * 64], TOMORROW) == {}
    assert await ledger.proposals.settle("sweep-1.1", TODAY + timedelta(days=365)) == 2
    (resting,) = (await ledger.proposals.resting(["b" * 64], TOMORROW)).values()
    assert (resting.task_id, resting.asked_at) == ("sweep-1.1", NOON)


async def test_a_later_task_takes_a_record_over_and_what_is_past_is_purged(ledger: Ledger) -> None:
    """One row a record."""
    await ledger.proposals.ask("sweep-1.1", ["a" * 64, "b" * 64], TODAY)
    await ledger.proposals.ask("sweep-2.1", ["a" * 64], TOMORROW)

    await ledger.proposals.purge(TODAY)

    assert (await ledger.proposals.resting(["a" * 64], TODAY))["a" * 64].task_id == "sweep-2.1"
    assert await ledger.proposals.settle("sweep-1.1", TOMORROW) == 0


async def test_requests_of_one_submission_are_known_together(ledger: Ledger) -> None:
    """The group is kept, and nothing where a request came alone."""
    together, alone = new_request().model_copy(update={"group": "group-1"}), new_request()
    await ledger.requests.receive(together)
    await ledger.requests.receive(alone)

    rows = [await ledger.requests.get(new.id) for new in (together, alone)]

    assert [row.group for row in rows if row] == ["group-1", None]
