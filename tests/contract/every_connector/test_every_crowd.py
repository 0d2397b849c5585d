"""Five hundred people in one system: each is found whole, nobody with them, and who goes takes nobody along."""

import json
import unicodedata
from contextlib import nullcontext

import pytest

from connectors.connector import Ability
from dsar.identity import STRENGTH, Identity, Key, Strength
from dsar.matching import Belonging, belonging
from dsar.records import Record, Sighting
from tests.contract.acts import believe, locate, walk
from tests.contract.every_connector.refusals import refused_loudly
from tests.contract.people import person
from tests.contract.rig import Rig

PEOPLE = 500
ASKING = 20
"""One of so many asks; the others are the crowd."""

LIKE = (
    "an.na{}@example.com",
    "an.na+shop{}@example.com",  # an alias is another mailbox to most servers
    "anna{}@example.com",
    "anna{}@example.com.mx",
    "änna{}@example.com",
    "straße{}@example.com",
    "strasse{}@example.com",
    "o'anna{}@example.com",
    "anna_{}@example.com",
    "annaX{}@example.com",
)
"""Ways to resemble one another; each holds for fifty people, whose numbers continue each other, too (1, 10, 100)."""


def crowd() -> list[Identity]:
    """Each shares a full name with somebody, and nobody an address or a number."""
    return [person(LIKE[n % len(LIKE)].format(n // len(LIKE)), str(n), f"Anna {n // 2}") for n in range(1, PEOPLE + 1)]


async def sure(rig: Rig, who: Identity) -> list[Record]:
    """What a search finds and no person has to look at: of a namesake's records it may find some, never as theirs."""
    return [record for record in await locate(rig.connector, who) if belonging(record.matched) is Belonging.YES]


@pytest.mark.timeout(300)
async def test_among_five_hundred_people_each_is_found_whole_and_alone(rig: Rig) -> None:
    """Whoever asks gets all of theirs; a walk says of every record whose it is; an erasure takes nobody else's."""
    people = crowd()
    async with getattr(rig, "at_once", nullcontext)():
        ids = {who: sorted(await rig.seed(who, 2 if n % 7 == 0 else 1)) for n, who in enumerate(people)}
    asking = people[::ASKING]

    found = {who: await sure(rig, who) for who in asking}

    assert {who: sorted(record.id for record in records) for who, records in found.items()} == {
        who: ids[who] for who in asking
    }
    if Ability.WALK in rig.connector.can:
        seen = await walk(rig.connector)
        assert {who: sorted(s.record.id for s in seen if _names(s, who)) for who in people} == ids
    if Ability.EXPORT in rig.connector.can:
        exported = {who: await rig.connector.export(records) for who, records in found.items()}
        foreign = [
            (who, other)
            for who, these in exported.items()
            for other in people
            if other is not who and _address(other) in json.dumps([each.data for each in these], ensure_ascii=False)
        ]
        assert foreign == []
    gone = found[asking[0]]
    if await refused_loudly(rig, Ability.ERASE, gone):
        return
    await believe(rig, gone, await rig.connector.erase(gone))
    assert all([await rig.present(record) for who in asking[1:] for record in found[who]])


def _names(sighting: Sighting, who: Identity) -> bool:
    """Whether the record carries what only this person has."""
    unique = [i for i in sighting.identifiers if STRENGTH[i.kind] is Strength.UNIQUE]
    return any(who.knows(i.kind, i.value) for i in unique)


def _address(who: Identity) -> str:
    """As it stands in JSON, between quotes: other addresses may begin with it, or end."""
    return f'"{unicodedata.normalize("NFC", who.values(Key.EMAIL)[0])}"'
