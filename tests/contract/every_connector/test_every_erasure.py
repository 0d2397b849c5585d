"""Erasing and withholding: gone, promised, or kept for a reason that can be told; and put back exactly."""

import pytest

from connectors.connector import Ability
from dsar.records import OutcomeKind
from tests.contract.acts import GONE, acts, believe, killed_half_way, locate, planted
from tests.contract.every_connector.refusals import FEW, MANY, refused_loudly
from tests.contract.people import ADA, RESEMBLING
from tests.contract.rig import Rig, named_again


async def test_erase_removes_or_says_why_not(rig: Rig) -> None:
    """Each record is gone, promised, or kept for a reason that can be told; nobody else loses anything."""
    others = [await planted(rig, other, 1) for other in RESEMBLING[:2]]
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, Ability.ERASE, records):
        return

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}
    assert all([await rig.present(record) for theirs in others for record in theirs])


async def test_erasing_twice_is_erasing_once(rig: Rig) -> None:
    """The second time changes nothing and is no error."""
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, Ability.ERASE, records):
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
    if await refused_loudly(rig, Ability.ERASE, records):
        return

    await killed_half_way(rig, records)
    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)


async def test_an_erasure_that_was_partly_done_is_completed_by_repeating_it(rig: Rig) -> None:
    """Some records are gone already: the outcomes still come one for each, in the order asked."""
    records = await planted(rig, ADA, MANY)
    if await refused_loudly(rig, Ability.ERASE, records):
        return
    await rig.connector.erase(records[1::2])

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)


async def test_asking_again_after_the_erasure_finds_nothing(rig: Rig) -> None:
    """Gone means looked for and not found; only a system that cannot be asked may say that it promised."""
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, Ability.ERASE, records):
        return
    gone = {
        record.id: (record, outcome.kind)
        for record, outcome in zip(records, await rig.connector.erase(records), strict=True)
        if outcome.kind in GONE or (rig.lossy and outcome.kind is OutcomeKind.ACCEPTED)
    }

    checked = await rig.connector.check([record for record, _ in gone.values()])

    otherwise = OutcomeKind.ACCEPTED if rig.lossy else OutcomeKind.ERASED
    expected = [kind if kind is OutcomeKind.ANONYMISED else otherwise for _, kind in gone.values()]
    assert gone
    assert [outcome.kind for outcome in checked] == expected
    assert [outcome.record_id for outcome in checked] == list(gone)


async def test_what_was_anonymised_is_refused_once_it_says_again_who_it_was(rig: Rig) -> None:
    """The record is still there, and something may write into it: saying that it was anonymised once is not enough."""
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, Ability.ERASE, records):
        return
    outcomes = await rig.connector.erase(records)
    anonymised = [r for r, o in zip(records, outcomes, strict=True) if o.kind is OutcomeKind.ANONYMISED]
    again = named_again(rig)
    assert bool(anonymised) == (again is not None)
    if again is None:
        return

    await again(anonymised[0])
    checked = await rig.connector.check(anonymised)
    repeated = await rig.connector.erase(anonymised)

    expected = [OutcomeKind.REFUSED] + [OutcomeKind.ANONYMISED] * (len(anonymised) - 1)
    assert [outcome.kind for outcome in checked] == expected
    await believe(rig, anonymised, repeated)
    assert {outcome.kind for outcome in repeated} == {OutcomeKind.ANONYMISED}


async def test_a_search_after_the_erasure_finds_nothing_that_was_said_to_be_gone(rig: Rig) -> None:
    """The search agrees with the outcomes."""
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, Ability.ERASE, records):
        return
    outcomes = await rig.connector.erase(records)

    found = await locate(rig.connector, ADA)

    gone = {outcome.record_id for outcome in outcomes if outcome.kind in GONE}
    assert not gone & {record.id for record in found}


async def test_what_was_not_erased_is_seen_to_be_there(rig: Rig) -> None:
    """Checking without having erased does not make it so."""
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, Ability.ERASE, records):
        return

    checked = await rig.connector.check(records)

    assert not {outcome.kind for outcome in checked} & GONE
    assert [outcome.record_id for outcome in checked] == [record.id for record in records]


@pytest.mark.parametrize("ability", [Ability.SUPPRESS, Ability.RESTRICT])
async def test_what_is_withheld_is_put_back_exactly(rig: Rig, ability: Ability) -> None:
    """Suppressed or restricted, then restored: the system is what it was, and in between it was not."""
    records = await planted(rig, ADA, FEW)
    if await refused_loudly(rig, ability, records):
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
    if await refused_loudly(rig, ability, records):
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
    if await refused_loudly(rig, ability, records):
        return
    await acts(rig.connector)[ability][1](records)

    outcomes = await rig.connector.erase(records)

    await believe(rig, records, outcomes)
    assert {outcome.kind for outcome in outcomes} & {OutcomeKind.ERASED, OutcomeKind.ACCEPTED}
