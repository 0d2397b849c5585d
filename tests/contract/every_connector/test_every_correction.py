"""Correcting: said, changed, put back exactly, and nobody else touched."""

from itertools import product

from connectors.connector import Ability
from dsar.correction import Field, says
from dsar.identity import Key
from dsar.records import OutcomeKind
from tests.contract.acts import (
    FIELDS,
    GONE,
    believe,
    believe_correction,
    correction_killed_half_way,
    instead,
    locate,
    planted,
    said,
)
from tests.contract.every_connector.refusals import FEW, MANY, cannot_be_corrected, refused_loudly
from tests.contract.people import ADA, AWKWARD, CORRECT, RESEMBLING
from tests.contract.rig import Rig

NAMES = {Field.NAME, Field.FIRST_NAME, Field.LAST_NAME}
PARTS = dict.fromkeys(NAMES, NAMES)
"""Fields that may be parts of one another: with one, the others may change."""


async def test_asking_what_records_say_writes_nothing(rig: Rig) -> None:
    """One answer for each, in the same order, with the fields that were asked for and no others."""
    records = await planted(rig, ADA, FEW)
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records):
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
    if await cannot_be_corrected(rig, records) or await refused_loudly(rig, Ability.ERASE, records):
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
    if await cannot_be_corrected(rig, records) or await refused_loudly(rig, Ability.ERASE, records):
        return
    await rig.connector.rectify(records, instead(await said(rig.connector, records), CORRECT))

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}
