"""What no call finds in Notion: a user's comments on others' pages, and mentions. A person looks for them."""

from collections.abc import AsyncIterator

import pytest

from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind
from tests.contract.acts import locate
from tests.contract.people import ADA
from tests.contract.rigs.notion import NotionRig


@pytest.fixture
async def rig() -> AsyncIterator[NotionRig]:
    fresh = NotionRig(mentions="person")
    async with fresh.start():
        yield fresh


async def test_a_known_user_is_a_task_said_in_words(rig: NotionRig) -> None:
    """Once for each user, last: it is told, never claimed to be done, and nothing is written for it."""
    await rig.seed(ADA, 4)
    *pages, elsewhere = records = await locate(rig.connector, ADA)
    (user,) = ADA.values(Key.NOTION_USER_ID)
    before = await rig.snapshot()

    exported = {each.record_id: each for each in await rig.connector.export(records)}
    alone = [
        (await act([elsewhere]))[0]
        for act in (rig.connector.suppress, rig.connector.restore, rig.connector.erase, rig.connector.check)
    ]
    held = await rig.connector.values(records, [Field.NAME])
    (corrected,) = await rig.connector.rectify([elsewhere], [{Field.NAME: "Ada King"}])

    assert await rig.snapshot() == before
    assert len(pages) == 4
    assert elsewhere.matched == {Key.NOTION_USER_ID}
    assert user not in elsewhere.id
    assert exported[elsewhere.id].data["notion_user"] == elsewhere.state["mentions"]
    assert len(exported) == 5
    assert [outcome.kind for outcome in alone] == [
        OutcomeKind.NOT_FOUND,
        OutcomeKind.RESTORED,
        OutcomeKind.NEEDS_PERSON,
        OutcomeKind.ACCEPTED,
    ]
    assert elsewhere.state["mentions"] in alone[2].instructions
    assert (held[-1], corrected.kind) == ({}, OutcomeKind.NEEDS_PERSON)


async def test_pages_and_the_task_are_erased_in_one_order(rig: NotionRig) -> None:
    """One outcome for each record, in the order asked."""
    await rig.seed(ADA, 2)
    records = await locate(rig.connector, ADA)

    outcomes = await rig.connector.erase(records[::-1])

    assert [outcome.record_id for outcome in outcomes] == [record.id for record in records[::-1]]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.NEEDS_PERSON, *[OutcomeKind.ACCEPTED] * 2]


async def test_an_address_that_is_a_members_leads_to_the_task(rig: NotionRig) -> None:
    """By the list of members; who is none, and known by no user, is nobody's task."""
    await rig.seed(ADA, 1)

    records = await locate(rig.connector, _known_by("ada@example.com"))
    nobody = await locate(rig.connector, _known_by("nobody@nowhere.example"))

    assert [record.matched for record in records if "mentions" in record.state] == [{Key.EMAIL}]
    assert nobody == []


async def test_where_nobody_wants_to_look_nothing_is_asked() -> None:
    """The entry says whether a person looks."""
    rig = NotionRig()
    async with rig.start():
        await rig.seed(ADA, 1)

        assert len(await locate(rig.connector, ADA)) == 1


def _known_by(address: str) -> Identity:
    return Identity(identifiers=(Identifier(kind=Key.EMAIL, value=address),))
