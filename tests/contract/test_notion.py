"""What Notion is peculiar about when a person is looked for: its cap on results, its members, its own trash."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from pydantic import ValidationError

from connectors.connector import NeedsPerson, TryLater
from connectors.notion import Notion
from connectors.notion_position import Position
from connectors.notion_workspace import Page
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, Record
from standins.serving import serving
from tests.contract.acts import locate, search
from tests.contract.people import ADA, CANARY, RESEMBLING, canary
from tests.contract.rigs.notion import CLIENTS, NOTES, NotionRig, entry

ADDRESS = "ada@example.com"
BY_ADDRESS = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=ADDRESS),))
QUERIES = [f"POST /v1/data_sources/{source}/query" for source in (CLIENTS, NOTES)]
MEMBERS = "GET /v1/users"


@pytest.fixture
async def rig() -> AsyncIterator[NotionRig]:
    fresh = NotionRig()
    async with fresh.start():
        yield fresh


async def add(rig: NotionRig, *pages: dict[str, Any], **changed: Any) -> list[str]:
    """Put pages into the workspace, in the table of clients unless they say otherwise; their record ids."""
    state = await rig.state()
    whole = [{"id": str(uuid4()), "data_source": CLIENTS, **page} for page in pages]
    await rig.put({**state, "pages": state["pages"] + whole} | changed)
    return [f"page:{page['id']}" for page in whole]


def rows(count: int, a_minute: int = 1) -> list[dict[str, Any]]:
    """Pages with the address, created one after the other, so many a minute."""
    start = datetime(2025, 1, 15, 9, tzinfo=UTC)
    stamps = [(start + timedelta(minutes=n // a_minute)).isoformat() for n in range(count)]
    return [{"properties": {"Email": ADDRESS}, "created_time": stamp} for stamp in stamps]


def ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]


async def test_a_search_of_300_pages_is_taken_up_at_its_page_by_somebody_else(rig: NotionRig) -> None:
    """A new connector goes on where the cursor says: every page is found once, and asked for once."""
    held = await add(rig, *rows(600))
    first = Notion(entry(rig.address))
    found: list[Record] = []
    cursor: str | None = None
    for _ in range(1 + 150):  # one for the members of the workspace
        page = await first.locate(BY_ADDRESS, cursor)
        found += page.records
        cursor = page.cursor
    await first.close()

    while cursor is not None:
        page = await rig.connector.locate(BY_ADDRESS, cursor)
        found += page.records
        cursor = page.cursor

    assert ids(found) == held
    assert (await rig.asked()).count(QUERIES[0]) == 300 + 1  # and one for the trash


@pytest.mark.parametrize("a_minute", [1, 7])
async def test_more_than_one_query_gives_are_found_by_several(rig: NotionRig, a_minute: int) -> None:
    """Past Notion's cap the search goes on from the last page's creation, and finds each page once."""
    held = await add(rig, *rows(100, a_minute), result_limit=12)

    records = await locate(rig.connector, BY_ADDRESS)

    assert ids(records) == held


async def test_more_of_one_moment_than_a_query_gives_need_a_person(rig: NotionRig) -> None:
    """What no query can reach is said: a search that ends in silence would lose the rest."""
    await add(rig, *rows(20, 20), result_limit=12)

    with pytest.raises(NeedsPerson, match="one moment"):
        await locate(rig.connector, BY_ADDRESS)


async def test_a_cursor_that_notion_has_forgotten_costs_nothing(rig: NotionRig) -> None:
    """The search goes on from the last page that was seen, and finds the rest, each once."""
    held = await add(rig, *rows(20, 3))
    begun = await locate_some(rig, 5)
    forgotten = Position.model_validate_json(begun.cursor or "").model_copy(update={"next": "forgotten"})

    cursor: str | None = forgotten.cursor
    found = begun.records
    while cursor is not None:
        page = await rig.connector.locate(BY_ADDRESS, cursor)
        found += page.records
        cursor = page.cursor

    assert ids(found) == held


async def test_what_somebody_moved_to_the_trash_is_found_there(rig: NotionRig) -> None:
    """Notion keeps it for weeks: it is the person's data, and known to be in the trash already."""
    live, trashed = await add(
        rig,
        {"properties": {"Email": ADDRESS}},
        {"properties": {"Email": ADDRESS}, "in_trash": True},
    )

    records = await locate(rig.connector, BY_ADDRESS)

    assert {record.id: record.state["in_trash"] for record in records} == {live: False, trashed: True}


@pytest.mark.parametrize("trash", [False, True])
def test_only_the_side_of_the_trash_that_was_asked_for_counts(trash: bool) -> None:
    """A Notion that ignored the question would give every page twice."""
    stamp = datetime(2025, 1, 15, tzinfo=UTC)
    pages = [
        Page(id=f"{side}", created_time=stamp, last_edited_time=stamp, in_trash=side, properties={})
        for side in (False, True)
    ]

    fresh = Position(trash=trash).fresh(pages)

    assert [page.in_trash for page in fresh] == [trash]


async def test_a_page_is_found_by_the_person_it_names(rig: NotionRig) -> None:
    """A page that only names the Notion user carries the user's address too, and teaches who that is."""
    user = str(uuid4())
    state = await rig.state()
    users = {**state["users"], user: {"name": "Ada", "email": "Ada@Example.com"}}
    (held,) = await add(rig, {"properties": {"Name": "A project", "Client": [user]}}, users=users)

    records, learned = await search(rig.connector, BY_ADDRESS)

    assert [(record.id, record.matched) for record in records] == [(held, frozenset({Key.EMAIL}))]
    assert learned == [Identifier(kind=Key.NOTION_USER_ID, value=user, source="notion")]


async def test_a_page_of_many_people_is_still_known_to_be_hers(rig: NotionRig) -> None:
    """A page shows 25 of those it is about; the one asked for may be behind them."""
    state = await rig.state()
    (user,) = ADA.values(Key.NOTION_USER_ID)
    crowd = {str(uuid4()): {"name": f"{n}", "email": f"{n}@x.example"} for n in range(30)}
    users = {**state["users"], **crowd, user: {"name": "Ada", "email": ADDRESS}}
    (held,) = await add(rig, {"properties": {"Client": [*crowd, user]}}, users=users)

    records = await locate(rig.connector, ADA)

    assert [(record.id, record.matched) for record in records] == [(held, frozenset({Key.EMAIL, Key.NOTION_USER_ID}))]


async def test_the_members_are_read_only_where_they_help(rig: NotionRig) -> None:
    """Who is known as a Notion user is asked for at once, and one empty data source costs two requests."""
    await locate(rig.connector, ADA)
    known = await rig.asked()
    await locate(rig.connector, BY_ADDRESS)
    unknown = await rig.asked()

    both = [QUERIES[0]] * 2 + [QUERIES[1]] * 2
    assert known == both
    assert unknown == [MEMBERS, *both]  # two members and the connection itself are two pages


async def test_who_shares_the_name_is_for_a_person_to_decide(rig: NotionRig) -> None:
    """A namesake's page is found, and known to match by nothing but the name."""
    namesake = await add(rig, {"properties": {"Name": "person  4711", "Email": "other@example.com"}})
    named = await add(rig, {"properties": {"Name": "Person 4711", "Email": "third@example.com"}})

    records = await locate(rig.connector, ADA)

    assert ids(records) == named
    assert records[0].matched == {Key.NAME}
    assert namesake != named


async def test_a_careless_filter_finds_nobody_else(rig: NotionRig) -> None:
    """The stand-in folds ß to ss; the connector compares again."""
    await add(rig, {"properties": {"Email": "strasse@example.com"}})
    sharp = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="straße@example.com"),))

    records = await locate(rig.connector, sharp)

    assert records == []


async def test_retention_counts_from_the_property_that_the_entry_names(rig: NotionRig) -> None:
    """Dates come from the page's own properties, of a span the last day, else from Notion's stamps."""
    await add(
        rig,
        {"properties": {"Email": ADDRESS, "Closed": {"start": "2025-02-01", "end": "2025-03-01", "time_zone": None}}},
        {"properties": {"Email": ADDRESS}},
    )

    closed, still_open = await locate(rig.connector, BY_ADDRESS)

    created = {Anchor.CREATED: date(2025, 1, 15), Anchor.LAST_INTERACTION: date(2025, 1, 15)}
    assert closed.dates == {**created, Anchor.PROJECT_COMPLETED: date(2025, 3, 1)}
    assert still_open.dates == created


async def test_a_cursor_holds_no_address(rig: NotionRig) -> None:
    """A cursor is a place and not a person."""
    await rig.seed(canary(), 7)
    cursors = []
    page = await rig.connector.locate(canary())
    while page.cursor is not None:
        cursors.append(page.cursor)
        page = await rig.connector.locate(canary(), page.cursor)

    assert len(cursors) > 5
    assert not [each for each in cursors if CANARY in each]


async def test_a_property_that_is_named_wrongly_needs_a_person() -> None:
    """Finding nothing because of a misspelt entry would be worse than an error."""
    source = {"id": CLIENTS, "email_property": "E-Mail"}
    rig = NotionRig(data_sources=(source,))
    async with rig.start():
        with pytest.raises(NeedsPerson) as refused:
            await locate(rig.connector, ADA)

    assert "systems.toml" in refused.value.instructions


async def test_a_database_that_is_not_shared_needs_a_person(rig: NotionRig) -> None:
    """A table that Notion does not show is an error, not an empty one."""
    state = await rig.state()
    del state["data_sources"][NOTES]
    await rig.put(state)

    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, ADA)

    assert "Share" in refused.value.instructions


async def test_a_gateways_404_is_no_word_of_notions() -> None:
    """Something before Notion that does not know the page says nothing of whether Notion does."""
    record = Record(
        id=f"page:{uuid4()}",
        category="x",
        matched=frozenset({Key.EMAIL}),
        state={"page": str(uuid4()), "data_source": CLIENTS, "in_trash": False},
    )
    async with serving(web.Application()) as address:
        connector = Notion(entry(address))
        for act in (connector.suppress, connector.restore, connector.erase, connector.check):
            with pytest.raises(TryLater):
                await act([record])
        await connector.close()


@pytest.mark.parametrize(("kind", "wait"), [("overloaded_529", timedelta(seconds=2)), ("conflict", None)])
async def test_an_overload_and_a_conflict_pass(rig: NotionRig, kind: str, wait: timedelta | None) -> None:
    """529 with Notion's own wait, and 409 without one, are asked again later."""
    await rig.fault(kind)

    with pytest.raises(TryLater) as refused:
        await locate(rig.connector, ADA)

    assert refused.value.after == wait


@pytest.mark.parametrize(
    "changed",
    [
        {"data_sources": ()},
        {"data_sources": ({"id": "clients", "email_property": "Email"},)},
        {"data_sources": ({"id": NOTES, "email_property": "a"}, {"id": NOTES.upper(), "email_property": "b"})},
        {"files_url": "https://files.notion.com"},
        {"older_files_url": "files.notion.com/"},
        {"page_size": 101},
    ],
)
def test_an_entry_that_cannot_work_is_refused(changed: dict[str, Any]) -> None:
    """A mistake in systems.toml shows when the worker starts."""
    with pytest.raises(ValidationError):
        entry("https://api.notion.com", **changed)


async def test_others_are_not_found_on_pages_they_share_a_word_with(rig: NotionRig) -> None:
    """The other table's address property is text: an address within a longer text is not the address."""
    await add(
        rig,
        {"data_source": NOTES, "properties": {"Writes from": f"not {ADDRESS}"}},
        {"data_source": NOTES, "properties": {"Writes from": RESEMBLING[0].values(Key.EMAIL)[0]}},
    )

    records = await locate(rig.connector, BY_ADDRESS)

    assert records == []


class Begun:
    """The first pages of a search."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.cursor: str | None = None


async def locate_some(rig: NotionRig, pages: int) -> Begun:
    begun = Begun()
    for _ in range(pages):
        page = await rig.connector.locate(BY_ADDRESS, begun.cursor)
        begun.records += page.records
        begun.cursor = page.cursor
    return begun
