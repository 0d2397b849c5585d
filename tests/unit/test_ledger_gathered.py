"""Requests that anybody can send in somebody's name: the first are begun, the others wait behind them."""

import asyncio
import secrets
from datetime import date, timedelta

from dsar.case import Ending, State
from ledger.gathered import A_DAY, DAY
from ledger.ledger import Ledger
from ledger.requests import OpenDoor
from tests.unit.ledger_rig import Clock, new_request

FAR = date(2027, 1, 1)


def typed(same: str = "", mailbox: str = "box", *, takes_code: bool = True) -> OpenDoor:
    said = same or secrets.token_hex(8)
    return OpenDoor(**new_request().model_dump(), same=said, mailbox=mailbox, takes_code=takes_code)


async def test_the_same_waits_behind_the_first_and_each_is_kept(ledger: Ledger) -> None:
    """Also of many that come at once; the journal says behind which."""
    received = await asyncio.gather(*(ledger.requests.receive(typed("a")) for _ in range(20)))
    rows = [await ledger.requests.get(each.id) for each in received]

    (first,) = [row for row in rows if row and row.behind is None]
    assert {row.behind for row in rows if row and row is not first} == {first.id}
    assert {row.state for row in rows if row and row is not first} == {State.AWAITING_PROOF}
    assert await ledger.requests.unstarted(timedelta(0)) == [first.id]
    entries = await ledger.journal.entries(next(row.id for row in rows if row and row is not first))
    assert entries[0].facts["behind"] == first.id


async def test_after_a_dozen_of_a_day_the_next_waits_until_it_is_asked_for_another_day(
    ledger: Ledger, clock: Clock
) -> None:
    """Of one mailbox; another one has its own dozen."""
    for _ in range(A_DAY):
        await ledger.requests.receive(typed())
    late, others = typed(), typed(mailbox="another")
    received = [await ledger.requests.receive(each) for each in (late, others)]
    today = await ledger.requests.gathered.begin(late.id)
    clock.now += DAY + timedelta(seconds=1)
    tomorrow = await ledger.requests.gathered.begin(late.id)
    row = await ledger.requests.get(late.id)

    assert [each.behind is None for each in received] == [False, True]
    assert (today, tomorrow) == (False, True)
    assert row
    assert (row.behind, row.state) == (None, State.RECEIVED)


async def test_what_has_no_code_to_ask_for_waits_only_behind_the_very_same(ledger: Ledger) -> None:
    """An opt-out may wait for nobody's proof."""
    for _ in range(A_DAY):
        await ledger.requests.receive(typed())

    first = await ledger.requests.receive(typed("out", takes_code=False))
    second = await ledger.requests.receive(typed("out", takes_code=False))

    assert (first.behind, second.behind) == (None, first.id)


async def test_what_is_to_be_seen_to_is_found(ledger: Ledger) -> None:
    """What waits behind a cancelled one, what has no proof to wait for, and what is near its date; nothing else."""
    leads = {}
    for name, takes_code in (("open", True), ("taken back", True), ("answered", True), ("out", False)):
        first = await ledger.requests.receive(typed(name, name, takes_code=takes_code))
        second = await ledger.requests.receive(typed(name, name, takes_code=takes_code))
        leads[name] = (first.id, second.id)
    for name, ending in (("taken back", Ending.CANCELLED), ("answered", Ending.COMPLIED), ("out", Ending.COMPLIED)):
        await ledger.journal.append(leads[name][0], "ended", "over", closed=ending)

    now = {each.id for each in await ledger.requests.gathered.waiting(date(2026, 5, 6))}
    late = {each.id for each in await ledger.requests.gathered.waiting(FAR)}

    assert now == {leads["taken back"][1], leads["out"][1]}
    assert late == {second for _, second in leads.values()}


async def test_what_waited_follows_the_next_and_is_forgotten_with_the_rest(ledger: Ledger) -> None:
    """The hashes go when the key does."""
    lead, second, third = [await ledger.requests.receive(typed("a")) for _ in range(3)]
    assert await ledger.requests.gathered.begin(second.id)

    await ledger.requests.gathered.follow(lead.id, second.id)
    await ledger.requests.mark_shredded(lead.id)
    again = await ledger.requests.receive(typed("a"))

    row = await ledger.requests.get(third.id)
    assert row
    assert (row.behind, again.behind) == (second.id, second.id)
