"""Requests in the ledger: never lost, never twice, never with a name."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from dsar.case import Ending, State
from dsar.requests import Right
from ledger.facts import NotEvidence
from ledger.ledger import Ledger
from tests.unit.ledger_rig import NOON, Clock, OpenLedger, new_request, sql

ANNA = "a" * 64
BEN = "b" * 64


async def close(ledger: Ledger, request_id: str) -> None:
    """The saga has answered."""
    await ledger.journal.append(request_id, "ended", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)


async def test_what_comes_in_is_kept_with_its_entry(ledger: Ledger, clock: Clock) -> None:
    """The row as it was given; in the journal its date, nature and manner."""
    new = new_request(ANNA)

    received = await ledger.requests.receive(new)

    row = await ledger.requests.get(new.id)
    assert row
    assert (received.id, received.joined) == (new.id, False)
    assert row.model_dump(include=set(type(new).model_fields)) == new.model_dump()
    assert (row.state, row.started, row.opened_at) == (State.RECEIVED, False, clock.now)
    assert (row.closed_at, row.outcome, row.shredded_at) == (None, None, None)
    (entry,) = await ledger.journal.entries(new.id)
    assert (entry.step, entry.event) == ("received", "received")
    assert entry.facts == {
        "right": "delete", "regime": "us-ca", "channel": "webhook", "received": "2026-05-05T12:00:00+00:00",
        "acknowledge_by": "2026-05-19", "due": "2026-06-19", "safe": "2026-06-18", "policy": "0" * 32,
    }  # fmt: skip


async def test_times_are_utc_whatever_they_came_in(ledger: Ledger) -> None:
    """The same moment, with its offset; a time without one is refused."""
    in_new_york = datetime(2026, 5, 5, 8, 0, tzinfo=timezone(timedelta(hours=-4)))
    new = new_request().model_copy(update={"received_at": in_new_york})

    await ledger.requests.receive(new)

    row = await ledger.requests.get(new.id)
    assert row
    assert (row.received_at, row.received_at.tzinfo) == (datetime(2026, 5, 5, 12, 0, tzinfo=UTC), UTC)
    with pytest.raises(ValidationError, match="timezone"):
        type(new).model_validate(new.model_dump() | {"received_at": NOON.replace(tzinfo=None)})


async def test_asking_again_joins_the_open_request(ledger: Ledger) -> None:
    """And is in the journal: nothing that was asked is dropped in silence."""
    first, second, third = (new_request(ANNA) for _ in range(3))
    await ledger.requests.receive(first)

    answers = [await ledger.requests.receive(new) for new in (second, third)]

    assert [(a.id, a.joined) for a in answers] == [(first.id, True)] * 2
    assert await ledger.requests.get(second.id) is None
    steps = [entry.step for entry in await ledger.journal.entries(first.id)]
    assert steps == ["received", f"joined:{second.id}", f"joined:{third.id}"]


@pytest.mark.parametrize("other", [new_request(ANNA, Right.OPT_OUT), new_request(BEN)], ids=["right", "person"])
async def test_another_right_or_person_has_its_own_request(ledger: Ledger, other: object) -> None:
    """A mixed request has two clocks."""
    await ledger.requests.receive(new_request(ANNA))

    received = await ledger.requests.receive(other)  # type: ignore[arg-type]

    assert not received.joined


async def test_after_the_answer_the_person_may_ask_anew(ledger: Ledger) -> None:
    """What is closed is not joined."""
    first, second = new_request(ANNA), new_request(ANNA)
    await ledger.requests.receive(first)
    await close(ledger, first.id)

    received = await ledger.requests.receive(second)

    assert (received.id, received.joined) == (second.id, False)


async def test_receiving_the_same_request_again_changes_nothing(ledger: Ledger) -> None:
    """Also when it is over by then."""
    new = new_request(ANNA)
    first = await ledger.requests.receive(new)
    again = await ledger.requests.receive(new)
    await close(ledger, new.id)
    late = await ledger.requests.receive(new)

    assert first == again == late
    assert len(await ledger.journal.entries(new.id)) == 2


async def test_of_many_at_once_one_opens_and_the_rest_join(open_ledger: OpenLedger) -> None:
    """Fifty duplicates and five real ones, in two processes: each person has one request, each asking its entry."""
    ledgers = [await open_ledger() for _ in range(2)]
    asked = [new_request(ANNA) for _ in range(50)] + [new_request() for _ in range(5)]

    answers = await asyncio.gather(*(ledgers[n % 2].requests.receive(new) for n, new in enumerate(asked)))

    joined = Counter(answer.joined for answer in answers)
    rows = await ledgers[0].requests.open()
    (annas,) = (row.id for row in rows if row.subject == ANNA)
    assert joined == {True: 49, False: 6}
    assert len(rows) == 6
    assert len(await ledgers[0].journal.entries(annas)) == 50
    assert (await ledgers[0].journal.verify()).problems == ()


async def test_closing_and_asking_at_once_leaves_no_one_out(open_ledger: OpenLedger) -> None:
    """Either it joined before the answer, or it is open after it; never joined to what was closed already."""
    ledgers = [await open_ledger() for _ in range(2)]
    for _ in range(10):
        first, second = new_request(ANNA), new_request(ANNA)
        await ledgers[0].requests.receive(first)

        received, _ = await asyncio.gather(ledgers[0].requests.receive(second), close(ledgers[1], first.id))

        steps = [entry.step for entry in await ledgers[0].journal.entries(first.id)]
        if received.joined:
            assert steps == ["received", f"joined:{second.id}", "ended"]
        else:
            assert steps == ["received", "ended"]
            await close(ledgers[0], second.id)


async def test_the_index_keeps_what_the_program_promises(ledger: Ledger, ledger_url: str) -> None:
    """Two open requests of one person for one right cannot be in the database, whoever writes."""
    await ledger.requests.receive(new_request(ANNA))
    await ledger.requests.receive(new_request(BEN))

    with pytest.raises(Exception, match=r"(?i)unique"):
        await sql(ledger_url, "UPDATE requests SET subject = 'anybody'")


async def test_an_id_is_no_address(ledger: Ledger) -> None:
    """Refused before anything is written."""
    with pytest.raises(NotEvidence):
        await ledger.requests.receive(new_request().model_copy(update={"id": "somebody@example.com"}))

    assert await ledger.requests.open() == []


async def test_open_requests_come_by_their_safe_date(ledger: Ledger) -> None:
    """The most urgent first; what is answered is not among them."""
    late, soon, done = (new_request(safe=date(2026, 6, day)) for day in (20, 10, 1))
    for new in (late, soon, done):
        await ledger.requests.receive(new)
    await close(ledger, done.id)

    assert [row.id for row in await ledger.requests.open()] == [soon.id, late.id]


async def test_dates_that_move_move_the_request_in_the_list(ledger: Ledger) -> None:
    """With the entry that tells of it; a repeat of the entry moves nothing any more."""
    first, second = new_request(ANNA), new_request(BEN)
    for new in (first, second):
        await ledger.requests.receive(new)
    later = date(2026, 8, 3)
    await ledger.journal.append(first.id, "extended", "extended", due=later, safe=later)
    await ledger.journal.append(first.id, "extended", "extended", due=first.due, safe=first.safe)

    listed = await ledger.requests.open()

    assert [row.id for row in listed] == [second.id, first.id]
    assert (listed[1].due, listed[1].safe) == (later, later)


async def test_what_the_engine_did_not_take_is_found_again(ledger: Ledger, clock: Clock) -> None:
    """The oldest first, each until it is taken or over; not in the moment in which it came."""
    old, older, taken, over = (new_request() for _ in range(4))
    for new in (older, old, taken, over):
        await ledger.requests.receive(new)
        clock.forward(timedelta(seconds=1))
    await ledger.requests.mark_started(taken.id)
    await close(ledger, over.id)

    assert await ledger.requests.unstarted(timedelta(minutes=1)) == []
    clock.forward(timedelta(minutes=1))
    assert await ledger.requests.unstarted(timedelta(minutes=1)) == [older.id, old.id]


async def test_what_is_answered_waits_to_be_forgotten(ledger: Ledger, clock: Clock) -> None:
    """Forgotten, it is there still: without the hash by which its person was known."""
    answered, waiting = new_request(ANNA), new_request(BEN)
    for new in (answered, waiting):
        await ledger.requests.receive(new)
    await close(ledger, answered.id)

    to_shred = await ledger.requests.to_shred()
    await ledger.requests.mark_shredded(answered.id)

    row = await ledger.requests.get(answered.id)
    assert to_shred == [answered.id]
    assert await ledger.requests.to_shred() == []
    assert row
    assert (row.shredded_at, row.subject, row.outcome) == (clock.now, None, Ending.COMPLIED)


async def test_who_did_a_step_is_known_until_it_is_forgotten(ledger: Ledger) -> None:
    """By the journal; also once it is answered."""
    first, second, other = new_request(ANNA), new_request(BEN), new_request()
    for new in (first, second, other):
        await ledger.requests.receive(new)
    for new, system in ((second, "news"), (first, "news"), (other, "crm")):
        await ledger.journal.append(new.id, f"erase:{system}", "erased", {"accepted": 1})
    await close(ledger, second.id)

    before = sorted(await ledger.requests.having("erase:news"))
    await ledger.requests.mark_shredded(second.id)

    assert before == sorted([first.id, second.id])
    assert await ledger.requests.having("erase:news") == [first.id]
    assert await ledger.requests.having("erase:nobody") == []


async def test_an_unknown_request_is_none(ledger: Ledger) -> None:
    """To get; to mark, it is nothing."""
    await ledger.requests.mark_started("request-x")

    assert await ledger.requests.get("request-x") is None


async def test_a_caller_that_is_cancelled_breaks_nothing(ledger: Ledger) -> None:
    """At whatever point: both row and entry, or neither, and the next is served."""
    for pauses in range(0, 40, 3):
        new = new_request()
        receiving = asyncio.create_task(ledger.requests.receive(new))
        for _ in range(pauses):
            await asyncio.sleep(0.0003)
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await ledger.requests.close()  # what was handed in is written, whoever waits for it

        kept = await ledger.requests.get(new.id) is not None
        assert len(await ledger.journal.entries(new.id)) == kept

    assert (await ledger.journal.verify()).problems == ()
