"""What Notion is peculiar about when a page is exported or erased: blocks within blocks, signed files, the trash."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from connectors.connector import NeedsPerson, TryLater
from connectors.notion import Notion
from dsar.identity import Identifier, Identity, Key
from dsar.records import Exported, OutcomeKind, Record
from tests.contract.acts import download, locate
from tests.contract.rigs.notion import CLIENTS, NOTES, NotionRig, entry

ADDRESS = "ada@example.com"
ME = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=ADDRESS),))

TREE = [
    {"text": "first"},
    {"text": "second"},
    {
        "type": "toggle",
        "text": "third",
        "comments": [{"text": "inline", "files": ["voice.m4a"]}],
        "children": [
            {
                "type": "column_list",
                "children": [{"type": "column", "children": [{"type": "image", "file": "a b.png"}]}],
            },
            {"type": "child_page", "text": "Beneath", "children": [{"text": "deep"}]},
            {"type": "child_database", "text": "Table"},
        ],
    },
    {"type": "file", "url": "https://elsewhere.example/x"},
]
FILES = {"brief.pdf": "%PDF-1.7", "a b.png": "PNG", "voice.m4a": "voice"}


@pytest.fixture
async def rig() -> AsyncIterator[NotionRig]:
    fresh = NotionRig()
    async with fresh.start():
        yield fresh


async def one(rig: NotionRig, **more: Any) -> Record:
    """A page with everything on it, found."""
    page = {
        "id": str(uuid4()),
        "data_source": CLIENTS,
        "properties": {"Name": "Ada", "Email": ADDRESS, "Brief": [{"name": "brief.pdf", "file": "brief.pdf"}]},
        "cover": {"file": "brief.pdf"},
        "blocks": TREE,
        "comments": [{"text": "one"}, {"text": "two"}, {"text": "three"}],
    }
    state = await rig.state()
    await rig.put({**state, "files": FILES, "pages": [*state["pages"], {**page, **more}]})
    (record,) = await locate(rig.connector, ME)
    await rig.asked()
    return record


async def exported(rig: NotionRig, record: Record) -> Exported:
    (export,) = await rig.connector.export([record])
    return export


def texts(blocks: list[dict[str, Any]]) -> list[Any]:
    """What blocks say, as nested as they are."""
    return [
        (b["type"], [part["plain_text"] for part in b[b["type"]].get("rich_text", [])], texts(b.get("children", [])))
        for b in blocks
    ]


async def held(rig: NotionRig, record: Record) -> dict[str, Any]:
    (page,) = [page for page in (await rig.state())["pages"] if page["id"] == record.state["page"]]
    found: dict[str, Any] = page
    return found


# Exporting


async def test_blocks_are_exported_however_deep(rig: NotionRig) -> None:
    """All pages of blocks, blocks in blocks, and pages beneath the page; a table that Notion does not show is named."""
    record = await one(rig)

    export = await exported(rig, record)

    assert texts(export.data["blocks"]) == [
        ("paragraph", ["first"], []),
        ("paragraph", ["second"], []),
        (
            "toggle",
            ["third"],
            [
                ("column_list", [], [("column", [], [("image", [], [])])]),
                ("child_page", [], [("paragraph", ["deep"], [])]),
                ("child_database", [], []),
            ],
        ),
        ("file", [], []),
    ]


async def test_the_rows_of_a_table_inside_a_page_are_exported_with_it(rig: NotionRig) -> None:
    """All pages of rows with their blocks, comments and files; not those of a table that is searched by itself."""
    meetings = "1f2e3d4c-0000-4000-8000-00000000033e"
    state = await rig.state()
    state["data_sources"][meetings] = {"title": "Meetings", "properties": {"When": "title", "Notes": "files"}}
    notes = [{"name": "notes.txt", "file": "voice.m4a"}]
    state["pages"] = [
        {
            "data_source": meetings,
            "properties": {"When": f"day {n}", "Notes": notes if n == 4 else []},
            "blocks": [{"text": f"said {n}"}],
            "comments": [{"text": f"remark {n}"}],
        }
        for n in range(5)
    ]
    await rig.put(state)
    tables = [{"type": "child_database", "text": "x", "data_source": each} for each in (meetings, CLIENTS)]
    record = await one(rig, blocks=[{"type": "toggle", "text": "more", "children": tables}], comments=[], cover=None)

    export = await exported(rig, record)
    contents = await download(rig.connector, [export])

    inside, searched = export.data["blocks"][0]["children"]
    titles = [row["properties"]["When"]["title"][0]["plain_text"] for row in inside["children"]]
    assert titles == [f"day {n}" for n in range(5)]
    assert texts(inside["children"][0]["children"]) == [("paragraph", ["said 0"], [])]
    assert searched["children"] == []
    assert [each["rich_text"][0]["plain_text"] for each in export.data["comments"]] == [f"remark {n}" for n in range(5)]
    assert sorted(contents) == [b"%PDF-1.7", b"voice"]


async def test_a_table_inside_a_page_is_named_only_where_the_entry_says_so() -> None:
    """What its rows cost, a company may not want to spend."""
    rig = NotionRig(nested_tables=False)
    async with rig.start():
        record = await one(rig)

        await exported(rig, record)

        assert not [call for call in await rig.asked() if "databases" in call]


async def test_comments_are_exported_from_the_page_and_from_its_blocks(rig: NotionRig) -> None:
    """A remark beside a sentence is no less about the person than one on top of the page."""
    record = await one(rig)

    export = await exported(rig, record)

    said = [comment["rich_text"][0]["plain_text"] for comment in export.data["comments"]]
    assert said == ["one", "two", "three", "inline"]


@pytest.mark.parametrize(("changed", "count"), [({}, 12), ({"inline_comments": False}, 3), ({"comments": False}, 0)])
async def test_comments_cost_what_the_entry_says(changed: dict[str, bool], count: int) -> None:
    """A call a block, a call a page (here two: three comments), or none."""
    rig = NotionRig(**changed)
    async with rig.start():
        record = await one(rig)

        await exported(rig, record)

        assert (await rig.asked()).count("GET /v1/comments") == (count if count != 3 else 2)


async def test_files_come_from_wherever_they_are_and_each_once(rig: NotionRig) -> None:
    """Properties, the cover, blocks and comments name files; what is only a link is not fetched."""
    record = await one(rig)

    export = await exported(rig, record)
    contents = [b"".join([chunk async for chunk in rig.connector.open(file)]) for file in export.files]

    named = [(file.name, file.media_type, content) for file, content in zip(export.files, contents, strict=True)]
    assert sorted(named) == [
        ("a b.png", "image/png", b"PNG"),
        ("brief.pdf", "application/pdf", b"%PDF-1.7"),
        ("voice.m4a", "audio/mp4", b"voice"),
    ]


async def test_an_export_opens_nothing_by_itself(rig: NotionRig) -> None:
    """Signatures are left out of the data and of the locators: who has them could open the files without asking."""
    record = await one(rig)

    export = await exported(rig, record)

    assert "X-Amz" not in export.model_dump_json()
    assert f"{rig.address}/files/brief.pdf" in json.dumps(export.data)


async def test_an_address_that_ran_out_is_asked_for_again(rig: NotionRig) -> None:
    """Files are opened long after the export: with a new signature each time, and later if that one is refused."""
    record = await one(rig)
    (file, *_) = (await exported(rig, record)).files
    await rig.put({**await rig.state(), "file_seconds": -1})

    with pytest.raises(TryLater):
        [chunk async for chunk in rig.connector.open(file)]
    await rig.put({**await rig.state(), "file_seconds": 3600})
    content = [chunk async for chunk in rig.connector.open(file)]

    assert b"".join(content) == b"%PDF-1.7"


async def test_a_file_that_went_away_is_not_taken_for_an_empty_one(rig: NotionRig) -> None:
    """The export is tried again, and then no longer names it."""
    record = await one(rig)
    (file, *_) = (await exported(rig, record)).files
    state = await rig.state()
    await rig.put({**state, "pages": []})

    with pytest.raises(TryLater):
        [chunk async for chunk in rig.connector.open(file)]


async def test_no_file_is_fetched_from_an_address_that_the_entry_does_not_name() -> None:
    """Where Notion says a file is, is not where a worker goes without being told."""
    rig = NotionRig(files_url="https://files.notion.example/")
    async with rig.start():
        record = await one(rig)
        export = await exported(rig, record)

        with pytest.raises(NeedsPerson) as refused:
            await download(rig.connector, [export])

    assert "files_url" in refused.value.instructions


async def test_a_property_that_a_page_cuts_short_is_exported_whole(rig: NotionRig) -> None:
    """Notion shows 25 people of a page; an export has them all."""
    crowd = {str(uuid4()): {"name": f"{n}", "email": f"{n}@x.example"} for n in range(60)}
    state = await rig.state()
    await rig.put({**state, "users": crowd})
    record = await one(rig, properties={"Name": "Ada", "Email": ADDRESS, "Client": list(crowd)})

    export = await exported(rig, record)

    assert [each["id"] for each in export.data["page"]["properties"]["Client"]["people"]] == list(crowd)


# The trash


async def test_a_page_that_was_in_the_trash_stays_there(rig: NotionRig) -> None:
    """Putting everything back does not take out what somebody else threw away."""
    record = await one(rig, in_trash=True)

    suppressed = await rig.connector.suppress([record])
    restored = await rig.connector.restore([record])

    assert [o.kind for o in (*suppressed, *restored)] == [OutcomeKind.SUPPRESSED, OutcomeKind.RESTORED]
    assert (await held(rig, record))["in_trash"]


async def test_a_page_that_cannot_leave_the_trash_needs_a_person(rig: NotionRig) -> None:
    """With its database in the trash too, Notion lets no page out."""
    record = await one(rig)
    await rig.connector.suppress([record])
    state = await rig.state()
    state["data_sources"][CLIENTS]["in_trash"] = True
    await rig.put(state)

    with pytest.raises(NeedsPerson):
        await rig.connector.restore([record])


@pytest.mark.parametrize("in_trash", [False, True])
async def test_what_is_erased_says_nothing_any_more(rig: NotionRig, in_trash: bool) -> None:
    """Properties, pictures and blocks are empty, in the trash or out of it before; Notion's word is 30 days."""
    record = await one(rig, in_trash=in_trash)

    (outcome,) = await rig.connector.erase([record])

    page = await held(rig, record)
    assert page["in_trash"]
    assert (page["blocks"], page["cover"]) == ([], None)
    assert page["properties"] == {"Name": "", "Email": None, "Brief": []}
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.check_after == datetime.fromisoformat(page["last_edited_time"]) + timedelta(days=30)


async def test_the_companys_own_words_for_a_step_are_left(rig: NotionRig) -> None:
    """A status cannot be emptied at Notion, and says nothing without the rest; it does not hold up the erasure."""
    record = await one(rig, properties={"Email": ADDRESS, "Stage": "Won"})

    await rig.connector.erase([record])
    (checked,) = await rig.connector.check([record])

    assert (await held(rig, record))["properties"] == {"Email": None, "Stage": "Won"}
    assert checked.kind is OutcomeKind.ACCEPTED


async def test_an_erasure_costs_three_calls_and_from_the_trash_four(rig: NotionRig) -> None:
    """Looking, emptying and throwing away; before that, taking out."""
    record = await one(rig)
    await rig.connector.erase([record])
    plain = await rig.asked()
    other = await one(rig, in_trash=True)
    await rig.connector.erase([other])
    trashed = await rig.asked()

    assert [call.partition(" ")[0] for call in plain] == ["GET", "PATCH", "PATCH"]
    assert [call.partition(" ")[0] for call in trashed] == ["GET", "PATCH", "PATCH", "PATCH"]


async def test_gone_is_what_notion_does_not_have_any_more(rig: NotionRig) -> None:
    """In the trash is accepted; out of it, or not empty, is refused; deleted for good is erased."""
    record = await one(rig)
    kinds: list[OutcomeKind] = []

    async def check() -> None:
        kinds.extend([outcome.kind for outcome in await rig.connector.check([record])])

    await check()
    await rig.connector.suppress([record])
    await check()
    await rig.connector.erase([record])
    await check()
    await rig.connector.restore([record])
    await check()
    await rig.put({**await rig.state(), "pages": []})
    await check()

    refused = OutcomeKind.REFUSED
    assert kinds == [refused, refused, OutcomeKind.ACCEPTED, refused, OutcomeKind.ERASED]


async def test_what_is_deleted_for_good_meanwhile_is_not_found(rig: NotionRig) -> None:
    """Nothing that can be done with it is an error."""
    record = await one(rig)
    await rig.put({**await rig.state(), "pages": []})

    acts = (rig.connector.suppress, rig.connector.restore, rig.connector.erase)
    kinds = [outcome.kind for act in acts for outcome in await act([record])]

    assert kinds == [OutcomeKind.NOT_FOUND] * 3
    assert await rig.connector.export([record]) == []


async def test_what_is_no_longer_shared_is_not_taken_for_gone(rig: NotionRig) -> None:
    """Notion answers alike about both; the table that the page was in tells them apart."""
    record = await one(rig)
    state = await rig.state()
    sources = {NOTES: state["data_sources"][NOTES]}
    await rig.put({**state, "pages": [], "data_sources": sources})

    for act in (rig.connector.suppress, rig.connector.erase, rig.connector.check, rig.connector.export):
        with pytest.raises(NeedsPerson):
            await act([record])


async def test_a_person_empties_the_trash_where_the_entry_says_so() -> None:
    """The task says which page, by its id: the page has no title any more."""
    rig = NotionRig(trash="person")
    async with rig.start():
        record = await one(rig)

        (outcome,) = await rig.connector.erase([record])

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert str(record.state["page"]).replace("-", "") in outcome.instructions


@pytest.mark.parametrize(("days", "after"), [(1, 301), (300, 301), (3650, 3650)])
async def test_the_trash_is_looked_into_when_it_should_be_empty(rig: NotionRig, days: int, after: int) -> None:
    """When the entry's days are over, but tomorrow at the earliest, so that nobody asks in circles."""
    record = await one(rig)
    await rig.connector.erase([record])
    edited = datetime.fromisoformat((await held(rig, record))["last_edited_time"])
    late = Notion(entry(rig.address, trash_days=days), now=lambda: edited + timedelta(days=300))

    (outcome,) = await late.check([record])
    await late.close()

    assert outcome.check_after == edited + timedelta(days=after)
