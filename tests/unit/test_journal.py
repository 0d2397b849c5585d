"""The journal: once for each step, all or nothing, one order for all, and never back."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from dsar.case import Ending, State
from ledger.facts import Fact, NotEvidence
from ledger.ledger import Ledger
from tests.unit.ledger_rig import NOON, Clock, OpenLedger, new_request, sql


async def test_what_is_appended_is_read_in_order(ledger: Ledger) -> None:
    """With its time, its details, and its place."""
    await ledger.journal.append(
        "request-1", "survey", "located", {"system": "notion", "erase": 3, "all": True, "x": None}
    )
    await ledger.journal.append("request-2", "survey", "located")
    await ledger.journal.append("request-1", "erase", "erased")

    first, second = await ledger.journal.entries("request-1")

    assert (first.seq, first.step, first.event, first.at) == (1, "survey", "located", NOON)
    assert first.facts == {"system": "notion", "erase": 3, "all": True, "x": None}
    assert (second.seq, second.step, second.facts) == (3, "erase", {})


async def test_a_step_is_entered_once(ledger: Ledger, clock: Clock) -> None:
    """A worker that was killed after the entry, and does its step again, adds nothing."""
    first = await ledger.journal.append("request-1", "erase", "erased", {"records": 3})
    clock.now = NOON.replace(year=2027)
    again = await ledger.journal.append("request-1", "erase", "erased", {"records": 3})
    other = await ledger.journal.append("request-2", "erase", "erased", {"records": 3})

    assert (first, again, other) == (True, False, True)
    assert [entry.at for entry in await ledger.journal.entries("request-1")] == [NOON]


async def test_a_repeat_that_says_something_else_changes_nothing(ledger: Ledger) -> None:
    """The first entry stands, and the work that is repeated goes on."""
    await ledger.journal.append("request-1", "erase", "erased", {"records": 3})

    again = await ledger.journal.append("request-1", "erase", "erased", {"records": 0})

    assert not again
    assert [entry.facts for entry in await ledger.journal.entries("request-1")] == [{"records": 3}]


async def test_the_same_step_at_the_same_time_is_entered_once(open_ledger: OpenLedger) -> None:
    """By many tasks of several processes: one of them is told that it was new."""
    ledgers = [await open_ledger() for _ in range(2)]

    new = await asyncio.gather(*(ledgers[n % 2].journal.append("request-1", "step", "event") for n in range(20)))

    assert sorted(new) == [False] * 19 + [True]


async def test_two_processes_write_one_chain(open_ledger: OpenLedger) -> None:
    """Whatever the order in which they come to it."""
    ledgers = [await open_ledger() for _ in range(2)]

    await asyncio.gather(*(ledgers[n % 2].journal.append(f"request-{n % 7}", f"step {n}", "event") for n in range(200)))
    verification = await ledgers[0].journal.verify()

    assert (verification.entries, verification.problems) == (200, ())


async def test_an_entry_moves_its_request_with_it(ledger: Ledger, clock: Clock) -> None:
    """State and ending stand in the same transaction as what they came from."""
    received = await ledger.requests.receive(new_request())

    await ledger.journal.append(received.id, "verified", "verified", state=State.IN_PROGRESS)
    underway = await ledger.requests.get(received.id)
    await ledger.journal.append(received.id, "ended", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)
    answered = await ledger.requests.get(received.id)

    assert underway
    assert answered
    assert (underway.state, underway.closed_at, underway.outcome) == (State.IN_PROGRESS, None, None)
    assert (answered.state, answered.closed_at, answered.outcome) == (State.ANSWERED, clock.now, Ending.COMPLIED)


async def test_a_repeat_does_not_move_its_request_back(ledger: Ledger) -> None:
    """A step that is told late, and again, is no news."""
    received = await ledger.requests.receive(new_request())
    await ledger.journal.append(received.id, "verified", "verified", state=State.IN_PROGRESS)
    await ledger.journal.append(received.id, "ended", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)

    await ledger.journal.append(received.id, "verified", "verified", state=State.IN_PROGRESS)
    await ledger.journal.append(received.id, "ended again", "answered", closed=Ending.PARTLY)

    row = await ledger.requests.get(received.id)
    assert row
    assert (row.state, row.outcome) == (State.ANSWERED, Ending.COMPLIED)


async def test_an_unknown_state_is_refused_before_anything_is_written(ledger: Ledger) -> None:
    """A mistyped word is our bug, not a state."""
    with pytest.raises(ValueError, match="finished"):
        await ledger.journal.append("request-1", "step", "event", state="finished")

    assert await ledger.journal.entries("request-1") == []


@pytest.mark.parametrize(
    "value", ["somebody@example.com", "x" * 201, "two\nlines", "\x00", "\ud800", 1.5, ["list"]], ids=repr
)
async def test_what_could_be_a_persons_is_refused(ledger: Ledger, value: Fact) -> None:
    """The refusal names the fact, and does not repeat it; entries made at the same time are not touched by it."""
    refused, kept = await asyncio.gather(
        ledger.journal.append("request-1", "step", "event", {"address": value}),
        ledger.journal.append("request-2", "step", "event", {"address": "on file"}),
        return_exceptions=True,
    )

    assert isinstance(refused, NotEvidence)
    assert "address" in str(refused)
    assert str(value) not in str(refused)
    assert kept is True


@pytest.mark.parametrize("field", ["request_id", "step", "event"])
async def test_ids_steps_and_events_are_looked_at_too(ledger: Ledger, field: str) -> None:
    """An address is no id."""
    texts = {"request_id": "request-1", "step": "step", "event": "event", field: "somebody@example.com"}

    with pytest.raises(NotEvidence, match=field):
        await ledger.journal.append(texts["request_id"], texts["step"], texts["event"])


@pytest.mark.parametrize("statement", ["UPDATE journal SET event = 'x'", "DELETE FROM journal", "TRUNCATE journal"])
async def test_the_database_itself_takes_nothing_back(ledger: Ledger, ledger_url: str, statement: str) -> None:
    """Whoever has a connection, and does not take the guard away first, can only add."""
    await ledger.journal.append("request-1", "step", "event")

    with pytest.raises(DBAPIError, match=r'append-only|near "TRUNCATE"'):
        await sql(ledger_url, statement)

    assert len(await ledger.journal.entries("request-1")) == 1


async def test_a_caller_that_goes_away_does_not_take_its_entry_with_it(ledger: Ledger) -> None:
    """What was handed in is written, and the next one comes after it."""
    gone = asyncio.create_task(ledger.journal.append("request-1", "first", "event"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)

    await ledger.journal.append("request-1", "second", "event")

    assert [entry.step for entry in await ledger.journal.entries("request-1")] == ["first", "second"]


async def test_closing_waits_for_what_is_being_written(open_ledger: OpenLedger) -> None:
    """A worker that is told to stop loses nothing."""
    ledger, other = await open_ledger(), await open_ledger()
    writing = [asyncio.create_task(ledger.journal.append("request-1", f"{n}", "event")) for n in range(5)]
    await asyncio.sleep(0)

    await ledger.close()

    assert await asyncio.gather(*writing) == [True] * 5
    assert len(await other.journal.entries("request-1")) == 5
