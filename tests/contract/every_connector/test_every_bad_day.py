"""A vendor that is busy, broken, silent or closed: tried later, or a person is told what to do."""

from collections.abc import Awaitable, Sequence
from contextlib import suppress

import pytest

from connectors.connector import Ability, NeedsPerson, TryLater
from dsar.records import Outcome, OutcomeKind
from tests.contract.acts import FIELDS, acts, believe_correction, instead, locate, planted, said, theirs, walk
from tests.contract.every_connector.refusals import (
    BUSY,
    DENIED,
    FEW,
    cannot_be_corrected,
    cannot_be_walked,
    cannot_show,
    refused_loudly,
)
from tests.contract.people import ADA, CORRECT
from tests.contract.rig import Fault, Rig, hint


@pytest.mark.parametrize("kind", BUSY)
async def test_a_vendor_that_is_not_well_is_asked_again_later(rig: Rig, kind: str) -> None:
    """Too many requests, 5xx, silence and error pages are `TryLater` with the vendor's own wait; then it works."""
    await rig.seed(ADA, FEW)
    if await cannot_show(rig, kind):
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
    if await cannot_show(rig, kind) or await refused_loudly(rig, Ability.EXPORT, records):
        return

    await rig.fault(kind)
    with pytest.raises(TryLater):
        await rig.connector.export(records)

    assert len(await rig.connector.export(records)) == FEW


@pytest.mark.parametrize("kind", BUSY)
async def test_a_correction_at_a_vendor_that_is_not_well_is_tried_later(rig: Rig, kind: str) -> None:
    """Asking what records say, and correcting them, are repeated until the vendor is well."""
    records = await planted(rig, ADA, FEW)
    if await cannot_show(rig, kind) or await cannot_be_corrected(rig, records):
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
    if await cannot_show(rig, kind) or await cannot_be_walked(rig):
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
    if await cannot_show(rig, kind):
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
    if await cannot_show(rig, kind):
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


async def _denied(act: Awaitable[Sequence[Outcome]]) -> None:
    """The whole act needs a person, or the outcomes say of which records a person must take care."""
    with suppress(NeedsPerson):
        outcomes = await act
        assert OutcomeKind.NEEDS_PERSON in {outcome.kind for outcome in outcomes}
