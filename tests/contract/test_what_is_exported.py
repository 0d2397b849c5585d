"""What vendors hold of a person, as their stand-ins word it, against the screen that all of it passes."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from connectors.connector import Ability
from dsar.identity import Identifier, Identity, Key
from dsar.others import Others
from dsar.records import Exported
from dsar.redaction import Screen
from tests.contract.acts import discovered, planted
from tests.contract.people import ADA, DIFFICULT
from tests.contract.rig import Rig

RIGS = discovered()
HOUSE = "hello@opensession.co"


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    fresh = RIGS[request.param]()
    async with fresh.start():
        yield fresh


async def held(rig: Rig, who: Identity) -> Sequence[Exported]:
    """All that the vendor holds of somebody; nothing, where no interface gives it out."""
    records = await planted(rig, who, 7)
    return await rig.connector.export(records) if Ability.EXPORT in rig.connector.can else ()


@pytest.mark.parametrize("who", [ADA, *DIFFICULT], ids=lambda who: who.values(Key.EMAIL)[0])
async def test_nothing_of_the_persons_own_is_taken_out(rig: Rig, who: Identity) -> None:
    """Ids, times, numbers, links, names, addresses with difficult letters: all as the vendor holds it."""
    exported = await held(rig, who)
    screen = Screen(Others(who, HOUSE))
    for item in exported:
        screen.learn(item.data)

    shown = [screen.exported(item) for item in exported]

    assert bool(exported) == (Ability.EXPORT in rig.connector.can)
    assert [item.data for item in shown] == [item.data for item in exported]
    assert [item.label for item in shown] == [item.label for item in exported]
    assert screen.found == {}


async def test_what_is_planted_into_their_structures_is_found(rig: Rig) -> None:
    """In every text of every record, however deep: the number, the secret and the other person are gone."""
    exported = await held(rig, ADA)
    screen = Screen(Others(ADA, HOUSE))
    planted_in = "SSN 123-45-6789, password: hunter2, ask bob.jones@acme.example. "

    def spoiled(value: object) -> object:
        if isinstance(value, dict):
            return {key: spoiled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [spoiled(inner) for inner in value]
        return planted_in + value if isinstance(value, str) else value

    for item in exported:
        said = json.dumps(screen.value(spoiled(item.data)))
        assert not [each for each in ("123-45-6789", "hunter2", "bob.jones") if each in said]


def test_a_person_with_an_odd_address_is_told_from_their_neighbours() -> None:
    """Whose address ends like theirs is somebody else."""
    who = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="sla/sh@example.com", proven=True),))
    screen = Screen(Others(who, HOUSE))

    assert screen.text("sla/sh@example.com (sh@example.com)") == "sla/sh@example.com ([another person])"
    assert "xsla/sh@example.com" not in screen.text("xsla/sh@example.com and sla/sh@example.com.mx")
