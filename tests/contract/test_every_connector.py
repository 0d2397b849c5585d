"""What every connector owes its callers. One suite, every kind, nothing skipped.

What a vendor cannot do is declared by its connector (`can`), what it cannot show by its rig (`impossible`);
the suite then asserts that the undeclared refuses loudly. A rule that a kind of system cannot keep is declared with
its reason (`exempt`), run all the same, and has to fail.
"""

import json
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import product

import pytest

from connectors.catalogue import KINDS
from connectors.connector import Ability, ConnectorError, NeedsPerson, TryLater, Unsupported
from dsar.correction import Field, says
from dsar.identity import Identity, Key
from dsar.records import Outcome, OutcomeKind, Record
from tests.contract.acts import (
    FIELDS,
    GONE,
    acts,
    believe,
    believe_correction,
    correction_killed_half_way,
    discovered,
    download,
    instead,
    killed_half_way,
    locate,
    planted,
    said,
    search,
    theirs,
    walk,
)
from tests.contract.people import (
    ADA,
    ADA_SHOUTED,
    AWKWARD,
    CANARY,
    CORRECT,
    DIFFICULT,
    HOSTILE,
    NOBODY,
    RESEMBLING,
    canary,
    hostile,
)
from tests.contract.rig import Fault, Rig, exempt, hint, impossible

RIGS = discovered()
MANY = 7
"""Records of one person: more than a page everywhere."""
FEW = 3
MEBIBYTE = 1 << 20

BUSY = (
    Fault.RATE_LIMIT,
    Fault.RATE_LIMIT_WITHOUT_HINT,
    Fault.SERVER_ERROR,
    Fault.OVERLOADED_529,
    Fault.HTML,
    Fault.TIMEOUT,
)
DENIED = (Fault.UNAUTHORISED, Fault.FORBIDDEN)

NAMES = {Field.NAME, Field.FIRST_NAME, Field.LAST_NAME}
PARTS = dict.fromkeys(NAMES, NAMES)
"""Fields that may be parts of one another: with one, the others may change."""


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    fresh = RIGS[request.param]()
    if reason := exempt(fresh).get(request.function.__name__):
        request.node.add_marker(pytest.mark.xfail(raises=AssertionError, strict=True, reason=reason))
    async with fresh.start():
        yield fresh


def test_every_kind_has_a_rig_and_every_rig_a_kind() -> None:
    """A connector that is not held to this suite does not exist."""
    kinds = {name.partition("_")[0] for name in RIGS}

    assert kinds == set(KINDS)


@pytest.mark.parametrize("name", sorted(RIGS))
def test_every_exemption_is_from_a_rule_that_there_is(name: str) -> None:
    """An exemption that outlived its rule says something that is not so."""
    exemptions = exempt(RIGS[name]())

    assert [rule for rule in exemptions if rule not in globals()] == []
    assert all(exemptions.values())


async def test_the_rig_runs_the_connector_of_the_catalogue(rig: Rig) -> None:
    """What is tested here is what the worker runs, and everything can at least be searched."""
    connector = rig.connector

    assert type(connector) is KINDS[connector.config.kind]
    assert Ability.LOCATE in connector.can


# Searching


async def test_locate_finds_the_persons_records_and_nobody_elses(rig: Rig) -> None:
    """Plus-addresses, prefixes, suffixes and longer numbers are other people."""
    ids = await rig.seed(ADA, FEW)
    for other in RESEMBLING:
        await rig.seed(other, 1)

    records, learned = await search(rig.connector, ADA)

    assert sorted(record.id for record in records) == sorted(ids)
    assert all(ADA.knows(each.kind, each.value) for each in learned)


async def test_the_others_are_found_as_themselves(rig: Rig) -> None:
    """Who resembles somebody has rights too: each of them finds exactly their own."""
    await rig.seed(ADA, FEW)
    ids = {other: sorted(await rig.seed(other, 1)) for other in RESEMBLING}

    found = {other: sorted(record.id for record in await locate(rig.connector, other)) for other in RESEMBLING}

    assert found == ids


@pytest.mark.parametrize(("held", "asked"), [(ADA, ADA_SHOUTED), (ADA_SHOUTED, ADA)])
async def test_an_address_is_the_same_however_it_is_written(rig: Rig, held: Identity, asked: Identity) -> None:
    """Capitals in an address make nobody another person, wherever they stand."""
    ids = await rig.seed(held, FEW)

    records = await locate(rig.connector, asked)

    assert sorted(record.id for record in records) == sorted(ids)


async def test_every_page_is_followed(rig: Rig) -> None:
    """A person with more records than a page holds gets all of them, each once."""
    ids = await rig.seed(ADA, MANY)

    records = await locate(rig.connector, ADA)

    assert sorted(record.id for record in records) == sorted(ids)


async def test_an_unknown_person_is_success_with_nothing_found(rig: Rig) -> None:
    """Nobody is not an error."""
    await rig.seed(ADA, FEW)

    records, learned = await search(rig.connector, NOBODY)

    assert records == []
    assert learned == []


async def test_difficult_addresses_find_exactly_their_own(rig: Rig) -> None:
    """Quotes, percent signs, slashes, umlauts and tags are letters like any other."""
    ids = {who: sorted(await rig.seed(who, 1)) for who in DIFFICULT}

    found = {who: sorted(record.id for record in await locate(rig.connector, who)) for who in DIFFICULT}

    assert found == ids


async def test_hostile_identifiers_find_nobody(rig: Rig) -> None:
    """Text that is meant to be more than text is safe, changes nothing, and matches no one by a key."""
    for who in (ADA, *RESEMBLING[:2]):
        await rig.seed(who, 1)
    before = await rig.snapshot()

    found = {value: await locate(rig.connector, hostile(value)) for value in HOSTILE}

    assert [value for value, records in found.items() if any(record.matched != {Key.NAME} for record in records)] == []
    assert await rig.snapshot() == before


# Reading


async def test_searching_and_exporting_write_nothing(rig: Rig) -> None:
    """The system is the same after a search, an export and a download."""
    await rig.seed(ADA, FEW)
    before = await rig.snapshot()

    records = await locate(rig.connector, ADA)
    if Ability.EXPORT in rig.connector.can:
        await download(rig.connector, await rig.connector.export(records))

    assert await rig.snapshot() == before


async def test_export_gives_the_persons_records_and_nothing_of_others(rig: Rig) -> None:
    """What is exported was asked for, is JSON, names no other person, and its files come in small pieces."""
    records = await planted(rig, ADA, FEW)
    await rig.seed(RESEMBLING[0], 1)
    if await _refused_loudly(rig, Ability.EXPORT, records):
        return

    exported = await rig.connector.export(records)
    chunks = await download(rig.connector, exported)

    assert [each.record_id for each in exported] == [record.id for record in records]
    assert [each.category for each in exported] == [record.category for record in records]
    assert RESEMBLING[0].values(Key.EMAIL)[0] not in json.dumps([each.data for each in exported])
    assert all(len(chunk) <= MEBIBYTE for chunk in chunks)


async def test_exporting_what_is_gone_is_exporting_less(rig: Rig) -> None:
    """A record that was erased meanwhile is left out, without an error."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, Ability.EXPORT, records) or await _refused_loudly(rig, Ability.ERASE, records):
        return
    (outcome,) = await rig.connector.erase(records[:1])

    exported = [each.record_id for each in await rig.connector.export(records)]

    assert [each for each in exported if each != records[0].id] == [record.id for record in records[1:]]
    assert outcome.kind not in GONE or records[0].id not in exported


# Erasing


async def test_erase_removes_or_says_why_not(rig: Rig) -> None:
    """Each record is gone, promised, or kept for a reason that can be told; nobody else loses anything."""
    others = [await planted(rig, other, 1) for other in RESEMBLING[:2]]
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}
    assert all([await rig.present(record) for theirs in others for record in theirs])


async def test_erasing_twice_is_erasing_once(rig: Rig) -> None:
    """The second time changes nothing and is no error."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return
    first = await rig.connector.erase(records)
    between = await rig.snapshot()

    second = await rig.connector.erase(records)

    await believe(rig, records, second)
    assert await rig.snapshot() == between
    assert [outcome.kind in GONE for outcome in second] == [outcome.kind in GONE for outcome in first]


async def test_an_erasure_that_was_killed_is_completed_by_repeating_it(rig: Rig) -> None:
    """A worker that dies half-way leaves nothing that the next one cannot finish."""
    records = await planted(rig, ADA, MANY)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return

    await killed_half_way(rig, records)
    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)


async def test_an_erasure_that_was_partly_done_is_completed_by_repeating_it(rig: Rig) -> None:
    """Some records are gone already: the outcomes still come one for each, in the order asked."""
    records = await planted(rig, ADA, MANY)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return
    await rig.connector.erase(records[1::2])

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)


async def test_asking_again_after_the_erasure_finds_nothing(rig: Rig) -> None:
    """Gone means looked for and not found; only a system that cannot be asked may say that it promised."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return
    gone = [
        record
        for record, outcome in zip(records, await rig.connector.erase(records), strict=True)
        if outcome.kind in GONE or (rig.lossy and outcome.kind is OutcomeKind.ACCEPTED)
    ]

    checked = await rig.connector.check(gone)

    expected = {OutcomeKind.ACCEPTED} if rig.lossy else {OutcomeKind.ERASED}
    assert {outcome.kind for outcome in checked} == expected
    assert [outcome.record_id for outcome in checked] == [record.id for record in gone]


async def test_a_search_after_the_erasure_finds_nothing_that_was_said_to_be_gone(rig: Rig) -> None:
    """The search agrees with the outcomes."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return
    outcomes = await rig.connector.erase(records)

    found = await locate(rig.connector, ADA)

    gone = {outcome.record_id for outcome in outcomes if outcome.kind in GONE}
    assert not gone & {record.id for record in found}


async def test_what_was_not_erased_is_seen_to_be_there(rig: Rig) -> None:
    """Checking without having erased does not make it so."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, Ability.ERASE, records):
        return

    checked = await rig.connector.check(records)

    assert not {outcome.kind for outcome in checked} & GONE
    assert [outcome.record_id for outcome in checked] == [record.id for record in records]


# What can be put back


@pytest.mark.parametrize("ability", [Ability.SUPPRESS, Ability.RESTRICT])
async def test_what_is_withheld_is_put_back_exactly(rig: Rig, ability: Ability) -> None:
    """Suppressed or restricted, then restored: the system is what it was, and in between it was not."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, ability, records):
        return
    before = await rig.snapshot()

    withheld = await acts(rig.connector)[ability][1](records)
    between = await rig.snapshot()
    restored = await rig.connector.restore(records)

    assert [outcome.record_id for outcome in withheld] == [record.id for record in records]
    assert [outcome.record_id for outcome in restored] == [record.id for record in records]
    assert between != before
    assert await rig.snapshot() == before


@pytest.mark.parametrize("ability", [Ability.SUPPRESS, Ability.RESTRICT])
async def test_withholding_and_restoring_may_be_repeated(rig: Rig, ability: Ability) -> None:
    """Twice is once, in both directions, also where it was stopped half-way."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, ability, records):
        return
    withhold = acts(rig.connector)[ability][1]
    before = await rig.snapshot()

    await withhold(records[:1])
    await rig.connector.restore(records)
    untouched = await rig.snapshot()
    await withhold(records)
    once = await rig.snapshot()
    await withhold(records)
    twice = await rig.snapshot()
    await rig.connector.restore(records)
    await rig.connector.restore(records)

    assert untouched == before
    assert twice == once
    assert await rig.snapshot() == before


@pytest.mark.parametrize("ability", [Ability.SUPPRESS, Ability.RESTRICT])
async def test_what_was_withheld_can_be_erased(rig: Rig, ability: Ability) -> None:
    """Erasing starts from wherever withholding left the record."""
    records = await planted(rig, ADA, FEW)
    if await _refused_loudly(rig, ability, records):
        return
    await acts(rig.connector)[ability][1](records)

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}


# Correcting


async def test_asking_what_records_say_writes_nothing(rig: Rig) -> None:
    """One answer for each, in the same order, with the fields that were asked for and no others."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records):
        return
    before = await rig.snapshot()

    held = await said(rig.connector, records)
    backwards = await rig.connector.values(records[::-1], FIELDS)
    emails = await rig.connector.values(records, [Field.EMAIL])

    assert any(held)
    assert list(backwards) == held[::-1]
    assert list(emails) == [{k: v for k, v in values.items() if k is Field.EMAIL} for values in held]
    assert all(says(k, v, ADA.values(Key.EMAIL)[0]) for values in emails for k, v in (values or {}).items())
    assert await rig.snapshot() == before


async def test_what_is_corrected_says_so_and_can_be_put_back_exactly(rig: Rig) -> None:
    """New values, then the old ones: the system is what it was, and in between it said what it should."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records):
        return
    before = await rig.snapshot()
    held = await said(rig.connector, records)
    wished = instead(held, CORRECT)

    corrected = await rig.connector.rectify(records, wished)
    await believe_correction(rig, records, wished, corrected)
    between = await rig.snapshot()
    restored = await rig.connector.rectify(records, held)

    assert OutcomeKind.RECTIFIED in {outcome.kind for outcome in corrected}
    assert between != before
    assert [(o.record_id, o.kind) for o in restored] == [(r.id, OutcomeKind.RECTIFIED) for r in records]
    assert await rig.snapshot() == before


async def test_correcting_one_field_leaves_the_others(rig: Rig) -> None:
    """Each field that a record has can be wished for by itself, and put back by itself."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records):
        return
    before = await rig.snapshot()
    held = await said(rig.connector, records)

    for field in sorted({field for values in held for field in values}):
        old = [{k: v for k, v in values.items() if k is field} for values in held]
        wished = instead(old, CORRECT)
        await believe_correction(rig, records, wished, await rig.connector.rectify(records, wished))
        now = await said(rig.connector, records)
        await rig.connector.rectify(records, old)

        assert [set(values) for values in now] == [set(values) for values in held]
        assert {
            other
            for values, then in zip(now, held, strict=True)
            for other in set(values) - PARTS.get(field, {field})
            if values[other] != then[other]
        } == set(), field
        assert await rig.snapshot() == before, field


async def test_correcting_twice_is_correcting_once(rig: Rig) -> None:
    """In both directions, also where it was done in part."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records):
        return
    before = await rig.snapshot()
    held = await said(rig.connector, records)
    wished = instead(held, CORRECT)

    await rig.connector.rectify(records[:1], wished[:1])
    await rig.connector.rectify(records, wished)
    once = await rig.snapshot()
    again = await rig.connector.rectify(records, wished)
    twice = await rig.snapshot()
    await rig.connector.rectify(records, held)
    await rig.connector.rectify(records, held)

    assert [outcome.record_id for outcome in again] == [record.id for record in records]
    assert twice == once
    assert await rig.snapshot() == before


async def test_a_correction_that_was_killed_is_completed_by_repeating_it(rig: Rig) -> None:
    """A worker that dies half-way leaves nothing that the next one cannot finish, or put back."""
    records = await planted(rig, ADA, MANY)
    if await _cannot_be_corrected(rig, records):
        return
    before = await rig.snapshot()
    held = [values or {} for values in await rig.connector.values(records, FIELDS)]
    wished = instead(held, CORRECT)

    await correction_killed_half_way(rig, records, wished)
    await believe_correction(rig, records, wished, await rig.connector.rectify(records, wished))
    await correction_killed_half_way(rig, records, held)
    await rig.connector.rectify(records, held)

    assert await rig.snapshot() == before


async def test_a_correction_touches_nobody_else(rig: Rig) -> None:
    """Who resembles the person keeps every value."""
    others = [record for other in RESEMBLING for record in await planted(rig, other, 1)]
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records):
        return
    before = await said(rig.connector, others)
    wished = instead(await said(rig.connector, records), CORRECT)

    await believe_correction(rig, records, wished, await rig.connector.rectify(records, wished))

    assert await said(rig.connector, others) == before
    for other in RESEMBLING:
        assert len(await locate(rig.connector, other)) == 1


async def test_awkward_values_survive_or_are_refused_whole(rig: Rig) -> None:
    """Quotes, other scripts, markup and length are letters; what a field cannot take leaves it as it was."""
    records = (await planted(rig, ADA, FEW))[:1]
    if await _cannot_be_corrected(rig, records):
        return
    (held,) = await said(rig.connector, records)
    taken: set[OutcomeKind] = set()

    for field, value in product(sorted(held), AWKWARD):
        (outcome,) = await rig.connector.rectify(records, [{field: value}])
        (now,) = await said(rig.connector, records)
        await rig.connector.rectify(records, [held])

        taken.add(outcome.kind)
        assert now[field] == (value if outcome.kind is OutcomeKind.RECTIFIED else held[field])
        assert outcome.kind is OutcomeKind.RECTIFIED or outcome.instructions

    assert OutcomeKind.RECTIFIED in taken


async def test_what_is_gone_says_nothing_and_is_not_corrected(rig: Rig) -> None:
    """A record that was erased meanwhile is `None`, and `NOT_FOUND`, wherever it stands among the others."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records) or await _refused_loudly(rig, Ability.ERASE, records):
        return
    wished = instead(await said(rig.connector, records), CORRECT)
    (erased,) = await rig.connector.erase(records[1:2])
    between = await rig.snapshot()

    found = await rig.connector.values(records, FIELDS)
    (outcome,) = await rig.connector.rectify(records[1:2], wished[1:2])

    assert erased.kind in GONE or rig.lossy
    assert [values is None for values in found] == [False, True, False]
    assert outcome.kind is OutcomeKind.NOT_FOUND
    assert await rig.snapshot() == between


async def test_what_was_corrected_can_be_erased(rig: Rig) -> None:
    """By the records that were found before: an address that changed hides nothing."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_be_corrected(rig, records) or await _refused_loudly(rig, Ability.ERASE, records):
        return
    await rig.connector.rectify(records, instead(await said(rig.connector, records), CORRECT))

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}


# Walking through


async def test_a_walk_meets_every_record_once_and_says_whose_it_is(rig: Rig) -> None:
    """What a search finds of a person is what a walk says to be theirs, for everybody, on all pages."""
    people = (ADA, *RESEMBLING, *DIFFICULT)
    for who in people:
        await rig.seed(who, MANY if who is ADA else 1)
    if await _cannot_be_walked(rig):
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
    if await _cannot_be_walked(rig):
        return

    met = {record.id: record for record in theirs(await walk(rig.connector), ADA)}

    assert {i: record.category for i, record in met.items()} == {i: r.category for i, r in records.items()}
    assert {i: set(record.dates) for i, record in met.items()} == {i: set(r.dates) for i, r in records.items()}
    assert all(met[i].dates[anchor] >= day for i, record in records.items() for anchor, day in record.dates.items())


async def test_what_a_walk_met_can_be_erased(rig: Rig) -> None:
    """A record is as good from a walk as from a search; nobody else loses anything."""
    others = await planted(rig, RESEMBLING[0], 1)
    await rig.seed(ADA, FEW)
    if await _cannot_be_walked(rig):
        return
    records = theirs(await walk(rig.connector), ADA)
    if await _refused_loudly(rig, Ability.ERASE, records):
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
    if await _cannot_be_walked(rig) or await _refused_loudly(rig, Ability.ERASE, []):
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
    if await _cannot_be_walked(rig):
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


# Promises of every act


async def test_what_is_not_declared_refuses_loudly(rig: Rig) -> None:
    """An ability that is not in `can` raises `Unsupported`, whatever it is asked about."""
    record = Record(id="x", category="x", matched=frozenset())
    undeclared = {name: act for name, (declared, act) in acts(rig.connector).items() if not declared}
    if Ability.EXPORT not in rig.connector.can:
        with pytest.raises(Unsupported):
            await rig.connector.export([record])

    for act in undeclared.values():
        with pytest.raises(Unsupported):
            await act([record])
        with pytest.raises(Unsupported):
            await act([])
    await _cannot_be_corrected(rig, [record])
    await _cannot_be_corrected(rig, [])
    await _cannot_be_walked(rig)


async def test_no_records_are_no_outcomes(rig: Rig) -> None:
    """A page without records is a page of work like any other."""
    declared = [act for may, act in acts(rig.connector).values() if may]

    outcomes = [list(await act([])) for act in declared]

    assert outcomes == [[] for _ in declared]
    if Ability.RECTIFY in rig.connector.can:
        assert list(await rig.connector.values([], FIELDS)) == []
        assert list(await rig.connector.rectify([], [])) == []


# A vendor that is not well


@pytest.mark.parametrize("kind", BUSY)
async def test_a_vendor_that_is_not_well_is_asked_again_later(rig: Rig, kind: str) -> None:
    """Too many requests, 5xx, silence and error pages are `TryLater` with the vendor's own wait; then it works."""
    await rig.seed(ADA, FEW)
    if await _cannot_show(rig, kind):
        return
    wait = hint(rig) if kind == Fault.RATE_LIMIT else None

    await rig.fault(kind)
    with pytest.raises(TryLater) as refused:
        await locate(rig.connector, ADA)
    records = await locate(rig.connector, ADA)

    assert len(records) == FEW
    if kind != Fault.OVERLOADED_529:  # 529 comes with a wait from some vendors, and without from others
        assert refused.value.after == wait
    for name, (declared, act) in acts(rig.connector).items():
        if declared:
            await rig.fault(kind)
            with pytest.raises(TryLater):
                await act(records)
            assert len(await act(records)) == FEW, name


@pytest.mark.parametrize("kind", BUSY)
async def test_an_export_from_a_vendor_that_is_not_well_is_tried_later(rig: Rig, kind: str) -> None:
    """An export never leaves records out because the vendor had a bad moment."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_show(rig, kind) or await _refused_loudly(rig, Ability.EXPORT, records):
        return

    await rig.fault(kind)
    with pytest.raises(TryLater):
        await rig.connector.export(records)

    assert len(await rig.connector.export(records)) == FEW


@pytest.mark.parametrize("kind", BUSY)
async def test_a_correction_at_a_vendor_that_is_not_well_is_tried_later(rig: Rig, kind: str) -> None:
    """Asking what records say, and correcting them, are repeated until the vendor is well."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_show(rig, kind) or await _cannot_be_corrected(rig, records):
        return
    wished = instead(await said(rig.connector, records), CORRECT)

    await rig.fault(kind)
    with pytest.raises(TryLater):
        await rig.connector.values(records, FIELDS)
    await rig.fault(kind)
    with pytest.raises(TryLater):
        await rig.connector.rectify(records, wished)

    await believe_correction(rig, records, wished, await rig.connector.rectify(records, wished))


@pytest.mark.parametrize("kind", BUSY)
async def test_a_walk_through_a_vendor_that_is_not_well_goes_on_later(rig: Rig, kind: str) -> None:
    """From its beginning and from within: no page is left out because the vendor had a bad moment."""
    await rig.seed(ADA, FEW)
    if await _cannot_show(rig, kind) or await _cannot_be_walked(rig):
        return
    cursor = (await rig.connector.walk()).cursor

    for start in {None, cursor}:
        await rig.fault(kind)
        with pytest.raises(TryLater):
            await rig.connector.walk(start)

    assert len(theirs(await walk(rig.connector), ADA)) == FEW


@pytest.mark.parametrize("kind", DENIED)
async def test_a_vendor_that_denies_access_needs_a_person(rig: Rig, kind: str) -> None:
    """A wrong or weak credential does not heal by repeating: somebody is told what to do."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_show(rig, kind):
        return

    await rig.fault(kind)
    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, ADA)

    assert refused.value.instructions
    for declared, act in acts(rig.connector).values():
        if declared:
            await rig.fault(kind)
            await _denied(act(records))
            await act(records)


@pytest.mark.parametrize("kind", DENIED)
async def test_who_denies_a_correction_or_a_walk_needs_a_person(rig: Rig, kind: str) -> None:
    """As with every other act."""
    records = await planted(rig, ADA, FEW)
    if await _cannot_show(rig, kind):
        return
    tries: list[Awaitable[object]] = []
    if Ability.RECTIFY in rig.connector.can:
        wished = instead(await said(rig.connector, records), CORRECT)
        tries += [rig.connector.values(records, FIELDS), rig.connector.rectify(records, wished)]
    if Ability.WALK in rig.connector.can:
        tries.append(rig.connector.walk())

    for each in tries:
        await rig.fault(kind)
        with pytest.raises(NeedsPerson) as refused:
            await each
        assert refused.value.instructions


# What never gets out


async def test_personal_data_is_in_no_log_and_no_error(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, the texts that reach logs and histories name nobody."""
    caplog.set_level(logging.INFO)
    records = await planted(rig, canary(), FEW)
    texts: list[str] = []

    for kind in (None, *BUSY, *DENIED):
        if kind in impossible(rig):
            continue
        texts += await _complaints(rig, kind, records)

    assert records
    texts += [entry.getMessage() for entry in caplog.records if entry.name != "aiohttp.access"]
    assert not [text for text in texts if CANARY in text.casefold()]


async def test_record_ids_name_nobody(rig: Rig) -> None:
    """A record's id is the system's, not the person's: it is written where personal data may not be."""
    records = await planted(rig, canary(), FEW)

    assert records
    assert not [record.id for record in records if f"{CANARY}@" in record.id.casefold()]


async def _refused_loudly(rig: Rig, ability: Ability, records: list[Record]) -> bool:
    """Whether the connector does not declare the ability; then it has to say so when it is asked."""
    if ability in rig.connector.can:
        return False
    with pytest.raises(Unsupported):
        await getattr(rig.connector, ability)(records)
    return True


async def _cannot_be_corrected(rig: Rig, records: list[Record]) -> bool:
    """Whether the connector does not declare corrections; then it has to say so, asked or told."""
    if Ability.RECTIFY in rig.connector.can:
        return False
    with pytest.raises(Unsupported):
        await rig.connector.values(records, FIELDS)
    with pytest.raises(Unsupported):
        await rig.connector.rectify(records, [{} for _ in records])
    return True


async def _cannot_be_walked(rig: Rig) -> bool:
    """Whether the connector does not declare walks; then it has to say so."""
    if Ability.WALK in rig.connector.can:
        return False
    with pytest.raises(Unsupported):
        await rig.connector.walk()
    return True


async def _cannot_show(rig: Rig, kind: str) -> bool:
    """Whether the rig declares that its vendor never fails so; then it has to refuse to."""
    if kind not in impossible(rig):
        return False
    with pytest.raises(NotImplementedError):
        await rig.fault(kind)
    return True


async def _denied(act: Awaitable[Sequence[Outcome]]) -> None:
    """The whole act needs a person, or the outcomes say of which records a person must take care."""
    with suppress(NeedsPerson):
        outcomes = await act
        assert OutcomeKind.NEEDS_PERSON in {outcome.kind for outcome in outcomes}


async def _complaints(rig: Rig, kind: str | None, records: list[Record]) -> list[str]:
    """What is said, tracebacks and instructions included, when everything is tried while the vendor is unwell."""
    connector = rig.connector
    tries: list[Callable[[], Awaitable[object]]] = [partial(locate, connector, canary())]
    if Ability.EXPORT in connector.can:
        tries.append(partial(connector.export, records))
    if Ability.RECTIFY in connector.can:
        wished = [{Field.EMAIL: f"new.{CANARY}@example.com", Field.NAME: f"New {CANARY}"} for _ in records]
        tries += [partial(connector.values, records, FIELDS), partial(connector.rectify, records, wished)]
    if Ability.WALK in connector.can:
        tries.append(connector.walk)
    tries += [partial(act, records) for declared, act in acts(connector).values() if declared]
    complaints: list[str] = []
    for each in tries:
        if kind is not None:
            await rig.fault(kind)
        try:
            await each()
        except ConnectorError as error:
            complaints += [*traceback.format_exception(error), repr(error), str(getattr(error, "instructions", ""))]
    return complaints
