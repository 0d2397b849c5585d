"""Walking through all that a system holds: every record once, with whose it is."""

from connectors.connector import Ability
from dsar.records import OutcomeKind
from tests.contract.acts import GONE, believe, locate, planted, theirs, walk
from tests.contract.every_connector.refusals import FEW, MANY, cannot_be_walked, refused_loudly
from tests.contract.people import ADA, DIFFICULT, RESEMBLING
from tests.contract.rig import Rig


async def test_a_walk_meets_every_record_once_and_says_whose_it_is(rig: Rig) -> None:
    """What a search finds of a person is what a walk says to be theirs, for everybody, on all pages."""
    people = (ADA, *RESEMBLING, *DIFFICULT)
    for who in people:
        await rig.seed(who, MANY if who is ADA else 1)
    if await cannot_be_walked(rig):
        return
    before = await rig.snapshot()

    seen = await walk(rig.connector)

    met = {who: sorted(record.id for record in theirs(seen, who)) for who in people}
    assert await rig.snapshot() == before
    assert met == {who: sorted(record.id for record in await locate(rig.connector, who)) for who in people}
    assert len(met[ADA]) == MANY
    assert all(s.record.matched == {i.kind for i in s.identifiers} for s in seen)


async def test_a_walk_gives_the_records_that_a_search_gives(rig: Rig) -> None:
    """The same ids and categories; nothing looks older than a search says, or it would be erased too soon."""
    records = {record.id: record for record in await planted(rig, ADA, MANY)}
    if await cannot_be_walked(rig):
        return

    met = {record.id: record for record in theirs(await walk(rig.connector), ADA)}

    assert {i: record.category for i, record in met.items()} == {i: r.category for i, r in records.items()}
    assert {i: set(record.dates) for i, record in met.items()} == {i: set(r.dates) for i, r in records.items()}
    assert all(met[i].dates[anchor] >= day for i, record in records.items() for anchor, day in record.dates.items())


async def test_what_a_walk_met_can_be_erased(rig: Rig) -> None:
    """A record is as good from a walk as from a search; nobody else loses anything."""
    others = await planted(rig, RESEMBLING[0], 1)
    await rig.seed(ADA, FEW)
    if await cannot_be_walked(rig):
        return
    records = theirs(await walk(rig.connector), ADA)
    if await refused_loudly(rig, Ability.ERASE, records):
        return

    outcomes = await rig.connector.erase(records)
    checked = await rig.connector.check(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}
    assert [outcome.record_id for outcome in checked] == [record.id for record in records]
    assert all([await rig.present(record) for record in others])


async def test_what_is_erased_during_a_walk_hides_nothing_else(rig: Rig) -> None:
    """A page that is gone when it is come to is no error, and pages that move up are not passed over."""
    for other in RESEMBLING:
        await rig.seed(other, 1)
    await rig.seed(ADA, MANY)
    if await cannot_be_walked(rig) or await refused_loudly(rig, Ability.ERASE, []):
        return
    first = await rig.connector.walk()
    lost = [record for other in RESEMBLING for record in await locate(rig.connector, other)]
    outcomes = await rig.connector.erase(lost)

    seen = {s.record.id for s in first.sightings}
    cursor = first.cursor
    while cursor is not None:
        page = await rig.connector.walk(cursor)
        seen |= {s.record.id for s in page.sightings}
        cursor = page.cursor

    gone = {outcome.record_id for outcome in outcomes if outcome.kind in GONE}
    assert {record.id for record in await locate(rig.connector, ADA)} <= seen
    assert not gone & {s.record.id for s in await walk(rig.connector)}


async def test_a_page_of_a_walk_can_be_asked_for_again(rig: Rig) -> None:
    """A worker that dies while it walks goes on at the page where it was."""
    await rig.seed(ADA, MANY)
    if await cannot_be_walked(rig):
        return
    cursor: str | None = None
    again: list[bool] = []

    while True:
        page = await rig.connector.walk(cursor)
        repeated = await rig.connector.walk(cursor)
        again.append([s.record.id for s in page.sightings] == [s.record.id for s in repeated.sightings])
        cursor = page.cursor
        if cursor is None:
            break

    assert all(again)
    assert len(again) > 1
