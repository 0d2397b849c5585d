"""What is peculiar about correcting and walking through Notion, as sentences."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from connectors.notion_correction import shown, writable
from dsar.correction import Field
from dsar.identity import Key
from dsar.records import OutcomeKind, Record
from standins.notion_shapes import rich
from tests.contract.acts import FIELDS, locate, walk
from tests.contract.people import ADA
from tests.contract.rigs.notion import CLIENTS, NOTES, NotionRig, entry

ADDRESS = "ada@example.com"
HER_USER = ADA.values(Key.NOTION_USER_ID)[0]


@pytest.fixture
async def rig() -> AsyncIterator[NotionRig]:
    fresh = NotionRig()
    async with fresh.start():
        yield fresh


async def holding(rig: NotionRig, *pages: dict[str, Any], **changed: Any) -> list[Record]:
    """A workspace with these pages, in the table of clients unless they say otherwise; Ada's records."""
    whole = [{"id": str(uuid4()), "data_source": CLIENTS, **page} for page in pages]
    await rig.put({**await rig.state(), "pages": whole} | changed)
    return await locate(rig.connector, ADA)


async def properties(rig: NotionRig, number: int = 0) -> dict[str, Any]:
    held: dict[str, Any] = (await rig.state())["pages"][number]["properties"]
    return held


async def schema(rig: NotionRig, **kinds: str) -> dict[str, Any]:
    """The tables, with further properties in that of clients."""
    sources: dict[str, Any] = (await rig.state())["data_sources"]
    sources[CLIENTS]["properties"] |= kinds
    return sources


async def test_a_page_that_only_refers_to_the_persons_user_keeps_its_words(rig: NotionRig) -> None:
    """Its address may be somebody else's: nothing there says that it is the person's."""
    page = {"properties": {"Name": "Shop", "Email": "bob@x.example", "Client": [HER_USER]}}
    records = await holding(rig, page)

    values = await rig.connector.values(records, FIELDS)
    (outcome,) = await rig.connector.rectify(records, [{Field.EMAIL: "new@x.example"}])

    assert list(values) == [{}]
    assert outcome.kind is OutcomeKind.RECTIFIED
    assert await properties(rig) == page["properties"]


async def test_a_table_without_a_property_for_it_leaves_the_field_out(rig: NotionRig) -> None:
    """Names are not looked for in notes, phones are kept nowhere there; the text of the page is not read."""
    page = {"data_source": NOTES, "properties": {"Writes from": ADDRESS}, "blocks": [{"text": "Call 555 0100"}]}

    (values,) = await rig.connector.values(await holding(rig, page), FIELDS)

    assert values == {Field.EMAIL: ADDRESS}


async def test_a_page_in_the_trash_is_not_corrected(rig: NotionRig) -> None:
    """Notion edits nothing there: it says nothing, and is not found."""
    records = await holding(rig, {"properties": {"Email": ADDRESS}, "in_trash": True})

    values = await rig.connector.values(records, FIELDS)
    (outcome,) = await rig.connector.rectify(records, [{Field.EMAIL: "new@x.example"}])

    assert list(values) == [None]
    assert outcome.kind is OutcomeKind.NOT_FOUND
    assert await properties(rig) == {"Email": ADDRESS}


async def test_gone_is_believed_only_while_the_table_is_shown(rig: NotionRig) -> None:
    """Otherwise the page may just be no longer shared."""
    records = await holding(rig, {"properties": {"Email": ADDRESS}})
    await rig.put({**await rig.state(), "pages": []})

    (outcome,) = await rig.connector.rectify(records, [{Field.EMAIL: "new@x.example"}])

    assert outcome.kind is OutcomeKind.NOT_FOUND
    assert f"GET /v1/data_sources/{CLIENTS}" in await rig.asked()


@pytest.mark.parametrize("kind", ["people", "formula", "select", "number", "url"])
async def test_what_is_no_text_is_a_persons_task_and_the_rest_is_done(kind: str) -> None:
    """Users, formulas, options and numbers are not typed over; the address beside them is corrected."""
    rig = NotionRig(data_sources=({"id": CLIENTS, "email_property": "Email", "fields": {"phone": "Reached at"}},))
    async with rig.start():
        sources = await schema(rig, **{"Reached at": kind})
        records = await holding(rig, {"properties": {"Email": ADDRESS}}, data_sources=sources)
        wished = {Field.EMAIL: "new@x.example", Field.PHONE: "555 0100"}

        (outcome,) = await rig.connector.rectify(records, [wished])

        assert outcome.kind is OutcomeKind.NEEDS_PERSON
        assert "phone" in outcome.instructions
        assert "555 0100" in outcome.instructions
        assert "email" not in outcome.instructions
        assert await properties(rig) == {"Email": "new@x.example"}


async def test_a_name_as_long_as_notion_takes_is_put_back_whole(rig: NotionRig) -> None:
    """Texts come and go in pieces."""
    long = "".join(chr(ord("a") + n % 26) for n in range(5000))
    records = await holding(rig, {"properties": {"Email": ADDRESS, "Name": long}})
    (held,) = await rig.connector.values(records, [Field.NAME])

    await rig.connector.rectify(records, [{Field.NAME: "Ada"}])
    between = await properties(rig)
    await rig.connector.rectify(records, [held or {}])

    assert held == {Field.NAME: long}
    assert between["Name"] == "Ada"
    assert await properties(rig) == {"Email": ADDRESS, "Name": long}


async def test_what_says_so_already_is_not_written(rig: NotionRig) -> None:
    """Each update would make Notion say that the page was edited, and retention counts from that."""
    records = await holding(rig, {"properties": {"Email": ADDRESS, "Name": "Ada"}})
    await rig.asked()

    (outcome,) = await rig.connector.rectify(records, [{Field.EMAIL: ADDRESS, Field.NAME: "Ada"}])

    assert outcome.kind is OutcomeKind.RECTIFIED
    assert [call.partition(" ")[0] for call in await rig.asked()] == ["GET"]


BOLD = [{**rich("Ada")[0], "annotations": {**rich("Ada")[0]["annotations"], "bold": True}}]
LINKED = [{**rich("Ada")[0], "href": "https://x.example"}]
MENTION: list[dict[str, Any]] = [{"type": "mention", "plain_text": "@Ada", "annotations": {}, "href": None}]


@pytest.mark.parametrize("parts", [BOLD, LINKED, MENTION])
def test_formatted_text_is_read_but_not_typed_over(parts: list[dict[str, Any]]) -> None:
    """Its letters alone would not bring it back."""
    held = {"type": "title", "title": parts}

    assert shown(held) in {"Ada", "@Ada"}
    assert Field.NAME not in writable({Field.NAME: held})


@pytest.mark.parametrize(
    ("held", "reads"),
    [
        ({"type": "people", "people": [{"object": "user", "id": "1", "name": "Ada"}, {"id": "2"}]}, "Ada"),
        ({"type": "formula", "formula": {"type": "string", "string": "Ada L."}}, "Ada L."),
        ({"type": "rollup", "rollup": {"type": "array", "array": [{"type": "title", "title": rich("A")}]}}, "A"),
        ({"type": "select", "select": {"name": "Engines", "color": "red"}}, "Engines"),
        ({"type": "number", "number": 4045550100}, "4045550100"),
        ({"type": "phone_number", "phone_number": None}, ""),
        ({"type": "date", "date": {"start": "2025-01-01"}}, ""),
    ],
)
def test_every_property_reads_as_people_read_it(held: dict[str, Any], reads: str) -> None:
    """So that the task says what stands there, and a later look sees whether it still does."""
    assert shown(held) == reads


def test_one_property_is_one_field() -> None:
    """An entry that would write two values into one place is refused, and one with a second place for the address."""
    source = {"id": CLIENTS, "email_property": "Email", "name_property": "Name"}

    for fields in ({"first_name": "Name"}, {"phone": "Email"}, {"email": "Mail"}):
        with pytest.raises(ValidationError, match="fields"):
            entry("http://x", data_sources=({**source, "fields": fields},))


# Walking through


async def test_a_walk_says_all_whose_a_page_is(rig: NotionRig) -> None:
    """Its address, its name, and every user that it is about, also past the 25 that Notion shows."""
    crowd = {str(uuid4()): {"name": f"{n}", "email": f"{n}@x.example"} for n in range(30)}
    await holding(rig, {"properties": {"Email": ADDRESS, "Name": "Ada", "Client": list(crowd)}}, users=crowd)

    (sighting,) = await walk(rig.connector)

    said = {(i.kind, i.value) for i in sighting.identifiers}
    users = {(Key.NOTION_USER_ID, user) for user in crowd} | {(Key.EMAIL, f"{n}@x.example") for n in range(30)}
    assert said == users | {(Key.EMAIL, ADDRESS), (Key.NAME, "Ada")}
    assert {i.source for i in sighting.identifiers} == {"notion"}


async def test_a_page_that_is_nobodys_is_met_without_identifiers(rig: NotionRig) -> None:
    """It has an age all the same."""
    await holding(rig, {"properties": {"Stage": "Won", "Email": "n/a"}})

    (sighting,) = await walk(rig.connector)

    assert sighting.identifiers == ()
    assert sighting.record.matched == frozenset()
    assert sighting.record.dates


async def test_an_emptied_page_in_the_trash_is_not_met_again(rig: NotionRig) -> None:
    """It is gone as far as anybody can make it go; one that somebody threw away as it was is not."""
    pages = ({"properties": {"Email": ADDRESS}}, {"properties": {"Email": "bob@x.example"}, "in_trash": True})
    await rig.connector.erase(await holding(rig, *pages))

    seen = await walk(rig.connector)

    assert [i.value for s in seen for i in s.identifiers] == ["bob@x.example"]


async def test_a_walk_goes_past_the_most_that_a_query_gives(rig: NotionRig) -> None:
    """As a search does: each page once."""
    stamps = [f"2025-01-15T09:{n // 3:02d}:00.000Z" for n in range(40)]
    await holding(rig, *({"properties": {"Name": str(n)}, "created_time": s} for n, s in enumerate(stamps)))
    await rig.put({**await rig.state(), "result_limit": 12})

    seen = await walk(rig.connector)

    assert sorted(int(s.record.label) for s in seen) == list(range(40))
