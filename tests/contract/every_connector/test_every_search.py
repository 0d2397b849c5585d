"""Searching and reading: the person's records, all of them, nobody else's, and nothing is written."""

import json

import pytest

from connectors.connector import Ability
from dsar.identity import Identity, Key
from tests.contract.acts import GONE, download, locate, planted, search
from tests.contract.every_connector.refusals import FEW, MANY, refused_loudly
from tests.contract.people import ADA, ADA_SHOUTED, DIFFICULT, HOSTILE, NOBODY, RESEMBLING, hostile
from tests.contract.rig import Rig

MEBIBYTE = 1 << 20


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
    if await refused_loudly(rig, Ability.EXPORT, records):
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
    if await refused_loudly(rig, Ability.EXPORT, records) or await refused_loudly(rig, Ability.ERASE, records):
        return
    (outcome,) = await rig.connector.erase(records[:1])

    exported = [each.record_id for each in await rig.connector.export(records)]

    assert [each for each in exported if each != records[0].id] == [record.id for record in records[1:]]
    assert outcome.kind not in GONE or records[0].id not in exported
