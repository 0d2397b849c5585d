"""Notion's connector and stand-in against the vendor's own description, `notion-openapi.json` of its MCP server.

The description is of 2025-09-03 and partial. What it lacks, or words as before 2026-03-11, stands in `BEYOND` with the
place where the vendor says it. It says nothing of answers: their fields stand below as the vendor's TypeScript types
(npm `@notionhq/client` 5.26.0) list them.
"""

import json
import re
from functools import cache
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from connectors.connector import NeedsPerson
from connectors.notion import Notion
from connectors.notion_workspace import VERSION
from dsar.identity import Identifier, Identity, Key
from standins.notion import app
from standins.notion_shapes import BOT
from standins.notion_workspace import TOKEN
from standins.serving import serving
from tests.contract.acts import FIELDS, download, instead, locate, walk
from tests.contract.npm_specs import npm_file
from tests.contract.people import ADA, CORRECT
from tests.contract.recording import Exchange, recorded
from tests.contract.rigs.notion import CLIENTS, SCHEMAS, NotionRig, entry

MEETINGS = "1f2e3d4c-0000-4000-8000-00000000033e"
BRIEF = [{"name": "b.pdf", "file": "b.pdf"}]

BEYOND_ROUTES = {
    ("get", "/v1/comments/{comment_id}"): "https://developers.notion.com/reference/retrieve-comment",
}
"""Routes that the description lacks: it knows only how to list and to write comments."""

BEYOND_BODIES = {
    "erase_content": "https://developers.notion.com/reference/patch-page",
    "icon": "null takes it away, says the type UpdatePageBodyParameters; the description knows only an emoji",
    "sorts": "by a timestamp too, says the type QueryDataSourceBodyParameters; the description knows only properties",
    "cover": "null takes it away, says the type UpdatePageBodyParameters; the description knows only a link",
}
"""Fields of a body that the description lacks, or has another type for."""

GONE_SINCE = {"archived"}
"""Fields that version 2026-03-11 took away (https://developers.notion.com/guides/get-started/upgrade-guide-2026-03-11)."""

PAGE = {
    "object",
    "id",
    "created_time",
    "last_edited_time",
    "in_trash",
    "is_archived",
    "is_locked",
    "url",
    "public_url",
} | {
    "parent",
    "properties",
    "icon",
    "cover",
    "created_by",
    "last_edited_by",
}
BLOCK = {"object", "id", "parent", "created_time", "created_by", "last_edited_time", "last_edited_by"} | {
    "has_children",
    "in_trash",
    "type",
}
DATABASE = {"object", "id", "parent", "created_time", "last_edited_time", "in_trash", "is_inline", "is_locked"} | {
    "title",
    "description",
    "data_sources",
    "icon",
    "cover",
    "url",
    "public_url",
}
COMMENT = {"object", "id", "parent", "discussion_id", "created_time", "last_edited_time", "created_by"} | {
    "rich_text",
    "display_name",
}
USER = {"object", "id", "name", "avatar_url", "type"}
RICH_TEXT = {"type", "text", "annotations", "plain_text", "href"}
LIST = {"object", "results", "next_cursor", "has_more", "type"}
REFUSAL = {"object", "status", "code", "message", "request_id"}
"""https://developers.notion.com/reference/status-codes; `request_id` is in the type of the client's errors."""


@cache
def described() -> dict[str, Any]:
    file = npm_file("@notionhq/notion-mcp-server@2.5.2", "scripts/notion-openapi.json")
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The described path and operation that a request is; of several, the one with fewest blanks."""
    fitting = sorted(
        (
            (template, methods[method.lower()])
            for template, methods in described()["paths"].items()
            if method.lower() in methods and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
        ),
        key=lambda each: each[0].count("{"),
    )
    return fitting[0] if fitting else None


def query_parameters(about: dict[str, Any]) -> dict[str, bool]:
    """The query parameters of an operation, and whether each is required."""
    own = [each for each in about.get("parameters", []) if each.get("in") == "query"]
    return {each["name"]: bool(each.get("required")) for each in own}


class RecordedRig(NotionRig):
    """A rig that keeps what is said."""

    def __init__(self, **changed: Any) -> None:
        super().__init__(**changed)
        self.exchanges: list[Exchange] = []
        self.versions: set[str | None] = set()

    def served(self) -> web.Application:
        application = recorded(super().served(), self.exchanges)
        application.on_response_prepare.append(self._heard)
        return application

    async def _heard(self, request: web.Request, _: web.StreamResponse) -> None:
        if request.path.startswith("/v1/"):
            self.versions.add(request.headers.get("Notion-Version"))


async def everything(rig: RecordedRig) -> None:
    """All that the connector can do, all ways of searching included; the name of the member has to be looked up."""
    await rig.seed(ADA, 7)
    state = await rig.state()
    crowd = {str(uuid4()): {"name": f"{n}", "email": f"{n}@x.example"} for n in range(30)}
    state["users"] |= crowd
    page: dict[str, Any] = {"data_source": CLIENTS, "properties": {"Email": "ada@example.com", "Client": list(crowd)}}
    nested = [{"type": "toggle", "text": "more", "children": [{"text": n} for n in "abc"]}]
    nested.append({"type": "child_database", "text": "Meetings", "data_source": MEETINGS})
    state["data_sources"][MEETINGS] = {"title": "Meetings", "properties": {"When": "title"}}
    rows = [{"data_source": MEETINGS, "properties": {"When": f"{n}"}} for n in range(3)]
    page |= {"blocks": nested, "cover": {"file": "brief.pdf"}, "icon": {"emoji": "x"}}
    await rig.put({**state, "pages": [*state["pages"], page, *rows], "result_limit": 5})
    by_address = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="ada@example.com"),))
    for who in (ADA, by_address):
        records = await locate(rig.connector, who)
    await rig.connector.export(records)
    held = [values or {} for values in await rig.connector.values(records, FIELDS)]
    await rig.connector.rectify(records, instead(held, CORRECT))
    await rig.connector.rectify(records, held)
    await walk(rig.connector)
    await rig.connector.suppress(records)
    await rig.connector.restore(records)
    await rig.connector.erase(records)
    await rig.connector.check(records)


@pytest.fixture
async def said() -> RecordedRig:
    described()
    rig = RecordedRig()
    async with rig.start():
        await everything(rig)
    return rig


async def test_the_description_knows_every_request(said: RecordedRig) -> None:
    """Each path and method exists there, takes the query parameters that it is given, and gets those it requires."""
    asked = {(each.method, each.path, each.query) for each in said.exchanges if each.path.startswith("/v1/")}

    strange = [(method, path) for method, path, _ in asked if operation(method, path) is None]
    found = [(operation(method, path), query) for method, path, query in asked]
    wrong = [
        (known[0], query)
        for known, query in found
        if known is not None
        and not {name for name, must in query_parameters(known[1]).items() if must}
        <= query
        <= set(query_parameters(known[1]))
    ]

    assert strange == []
    assert wrong == []
    assert {known[0] for known, _ in found if known is not None} == {
        "/v1/users",
        "/v1/data_sources/{data_source_id}/query",
        "/v1/pages/{page_id}",
        "/v1/pages/{page_id}/properties/{property_id}",
        "/v1/blocks/{block_id}/children",
        "/v1/comments",
        "/v1/databases/{database_id}",
    }


async def test_every_body_fits_the_description(said: RecordedRig) -> None:
    """What is sent has the described fields and types; what goes beyond is listed with its source."""
    bodies = [each for each in said.exchanges if each.body is not None]
    mistakes: set[str] = set()
    beyond: set[str] = set()

    for each in bodies:
        known = operation(each.method, each.path)
        assert known is not None
        schema = known[1]["requestBody"]["content"]["application/json"]["schema"]
        described_part = {key: value for key, value in each.body.items() if key not in BEYOND_BODIES}
        beyond |= set(each.body) - set(described_part)
        whole = {**schema, "components": described()["components"], "additionalProperties": False}
        mistakes |= {error.message for error in Draft202012Validator(whole).iter_errors(described_part)}

    assert mistakes == set()
    assert beyond == set(BEYOND_BODIES)
    assert len(bodies) > 20


async def test_nothing_is_sent_that_a_newer_version_took_away(said: RecordedRig) -> None:
    """The description still knows `archived`; 2026-03-11 does not, and neither side of ours uses it."""
    sent = {name for each in said.exchanges if isinstance(each.body, dict) for name in each.body}
    answered = {name for each in said.exchanges if isinstance(each.answer, dict) for name in each.answer}

    assert not GONE_SINCE & (sent | answered)
    assert said.versions == {VERSION}


async def test_filters_and_sorts_are_of_the_forms_that_the_vendor_lists(said: RecordedRig) -> None:
    """The description leaves filters open; the type PropertyFilter has these, at most two deep."""
    queries = [each.body for each in said.exchanges if each.path.endswith("/query")]
    parts = [part for query in queries for part in conditions(query.get("filter", {}))]

    forms = {frozenset(part) for part in parts}
    operators = {next(iter(part[kind])) for part in parts for kind in part if kind not in {"property", "timestamp"}}

    assert forms - {frozenset()} == {
        frozenset({"property", kind}) for kind in ("email", "people", "title", "rich_text")
    } | {frozenset({"timestamp", "created_time"})}
    assert operators == {"equals", "contains", "on_or_after"}
    assert {json.dumps(query["sorts"]) for query in queries} == {
        '[{"timestamp": "created_time", "direction": "ascending"}]'
    }


def conditions(given: dict[str, Any], depth: int = 0) -> list[dict[str, Any]]:
    parts = given.get("or") or given.get("and")
    if parts is None:
        return [given]
    assert depth < 2, "Notion allows two compound filters within each other"
    return [each for part in parts for each in conditions(part, depth + 1)]


async def test_the_standins_answers_have_the_fields_of_the_vendors_types(said: RecordedRig) -> None:
    """Every object that was answered, and every list around one, looks as the vendor's types say."""
    fields = {"page": PAGE, "block": BLOCK, "comment": COMMENT, "user": USER, "database": DATABASE}
    seen: set[str] = set()

    for each in said.exchanges:
        if each.status != 200 or not each.path.startswith("/v1/"):
            continue
        objects = [each.answer]
        if each.answer["object"] == "list":
            kind = each.answer["type"]
            assert set(each.answer) - {"request_status"} == LIST | {kind}
            assert each.answer["has_more"] is (each.answer["next_cursor"] is not None)
            objects = each.answer["results"]
        for answered in objects:
            kind = answered["object"]
            seen.add(kind)
            if kind != "property_item":
                extra = {answered.get("type")} if kind in {"block", "user"} else set()
                assert set(answered) - {"attachments"} == fields[kind] | extra, kind

    assert seen == {"page", "block", "comment", "user", "database", "property_item"}


async def test_properties_and_texts_have_the_fields_of_the_vendors_types(said: RecordedRig) -> None:
    """A property has an id, a type, and a value under its type's name; a text has its plain form."""
    pages = [
        page
        for each in said.exchanges
        if each.status == 200 and each.path.endswith("/query")
        for page in each.answer["results"]
    ]

    values = [value for page in pages for value in page["properties"].values()]

    assert {frozenset(value) - {"has_more"} == {"id", "type", value["type"]} for value in values} == {True}
    texts = [part for value in values if value["type"] in {"title", "rich_text"} for part in value[value["type"]]]
    assert {frozenset(part) for part in texts} == {frozenset(RICH_TEXT)}
    files = [file for value in values if value["type"] == "files" for file in value["files"]]
    assert {frozenset(file) for file in files} == {frozenset({"name", "type", "file"})}
    assert {frozenset(file["file"]) for file in files} == {frozenset({"url", "expiry_time"})}


async def test_the_capped_query_says_so_in_the_vendors_words(said: RecordedRig) -> None:
    """https://developers.notion.com/guides/data-apis/query-large-data-sources."""
    said_so = [each.answer["request_status"] for each in said.exchanges if "request_status" in (each.answer or {})]

    assert said_so
    assert {json.dumps(each) for each in said_so} == {
        '{"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}'
    }


def test_the_standin_offers_nothing_that_the_vendor_does_not() -> None:
    """Every route of the stand-in is described, or listed with its source."""
    described()
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in app().router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/v1/") and route.method != "HEAD"
    }

    unknown = {
        (method, re.sub(r"{(\w+)}", r"{\1_id}", path)) for method, path in routes if operation(method, path) is None
    }

    assert unknown == set(BEYOND_ROUTES)
    assert len(routes) == 13


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", "/v1/users", {"Authorization": "Bearer wrong"}, None, 401, "unauthorized"),
        ("GET", "/v1/users", {"Notion-Version": ""}, None, 400, "missing_version"),
        ("GET", "/v1/users", {"Notion-Version": "2022-06-28"}, None, 400, "validation_error"),
        ("GET", "/v1/users?page_size=101", {}, None, 400, "validation_error"),
        ("GET", "/v1/users?start_cursor=made-up", {}, None, 400, "validation_error"),
        ("GET", "/v1/nothing", {}, None, 400, "invalid_request_url"),
        ("GET", "/v1/comments", {}, None, 400, "validation_error"),
        ("GET", "/v1/pages/not-a-uuid", {}, None, 400, "validation_error"),
        ("GET", f"/v1/pages/{BOT}", {}, None, 404, "object_not_found"),
        ("PATCH", f"/v1/pages/{BOT}", {}, {"in_trash": True}, 404, "object_not_found"),
        ("POST", f"/v1/data_sources/{BOT}/query", {}, {}, 404, "object_not_found"),
        ("POST", f"/v1/data_sources/{CLIENTS}/query", {}, {"page_size": 0}, 400, "validation_error"),
        ("POST", f"/v1/data_sources/{CLIENTS}/query", {}, {"archived": True}, 400, "validation_error"),
        (
            "POST",
            f"/v1/data_sources/{CLIENTS}/query",
            {},
            {"filter": {"property": "Nothing", "email": {"equals": "a"}}},
            400,
            "validation_error",
        ),
        (
            "POST",
            f"/v1/data_sources/{CLIENTS}/query",
            {},
            {"filter": {"property": "Email", "rich_text": {"equals": "a"}}},
            400,
            "validation_error",
        ),
        (
            "POST",
            f"/v1/data_sources/{CLIENTS}/query",
            {},
            {"filter": {"property": "Client", "people": {"contains": "ada@example.com"}}},
            400,
            "validation_error",
        ),
    ],
)
async def test_the_standin_refuses_what_notion_refuses(
    method: str, path: str, headers: dict[str, str], body: Any, status: int, code: str
) -> None:
    """Tokens, versions, ids, page sizes, cursors and filters are looked at; each refusal has Notion's own form."""
    sent = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": VERSION, **headers}
    rig = NotionRig()
    async with rig.start(), aiohttp.ClientSession(rig.address) as session:
        wanted = {key: value for key, value in sent.items() if value}
        async with session.request(method, path, headers=wanted, json=body) as answer:
            refusal = await answer.json()

    assert (answer.status, refusal["code"], refusal["status"]) == (status, code, status)
    assert set(refusal) == REFUSAL


async def test_a_page_in_the_trash_takes_nothing_but_its_way_out() -> None:
    """As Notion says: "Can't edit block that is archived. You must unarchive the block before editing."."""
    rig = NotionRig()
    headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": VERSION}
    async with rig.start(), aiohttp.ClientSession(rig.address, headers=headers) as session:
        (record_id,) = await rig.seed(ADA, 1)
        path = f"/v1/pages/{record_id.removeprefix('page:')}"
        statuses = []
        for body in ({"in_trash": True}, {"erase_content": True}, {"in_trash": True}, {"in_trash": False}):
            async with session.patch(path, json=body) as answer:
                statuses.append(answer.status)

    assert statuses == [200, 400, 400, 200]


async def test_mounted_beside_others_it_is_as_strict_and_its_files_open() -> None:
    """Under a path of its own, as the demo runs it: tokens are looked at, and files are where it says."""
    page = {"id": str(uuid4()), "data_source": CLIENTS, "properties": {"Email": "ada@example.com", "Brief": BRIEF}}
    together = web.Application()
    seed = {"data_sources": {CLIENTS: {"properties": SCHEMAS[CLIENTS]}}, "pages": [page], "files": {"b.pdf": "%PDF"}}
    together.add_subapp("/notion", app(seed))
    source = {"id": CLIENTS, "email_property": "Email"}
    async with serving(together) as address:
        changed = {"data_sources": (source,), "files_url": f"{address}/notion/files/"}
        connector = Notion(entry(f"{address}/notion", **changed))
        stranger = Notion(entry(f"{address}/notion", **changed, secret=SecretStr("wrong")))

        with pytest.raises(NeedsPerson):
            await locate(stranger, ADA)
        chunks = await download(connector, await connector.export(await locate(connector, ADA)))
        await connector.close()
        await stranger.close()

    assert chunks == [b"%PDF"]
