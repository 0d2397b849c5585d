"""What is peculiar about a system that its entry alone describes, as sentences."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from connectors.catalogue import read
from connectors.connector import Ability, NeedsPerson, TryLater
from connectors.declared import Declared
from connectors.declared_config import DeclaredConfig
from connectors.declared_pointers import found, placed, without
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, OutcomeKind
from standins.serving import serving
from tests.contract.acts import FIELDS, locate, search
from tests.contract.people import ADA
from tests.contract.rigs.declared import ENTRY, DeclaredRig

TICKETS: dict[str, Any] = ENTRY["things"]["tickets"]
PEOPLE: dict[str, Any] = ENTRY["things"]["people"]
LEAST: dict[str, Any] = {
    "category": "x",
    "identifiers": {"email": "/email"},
    "find": {"by": "email", "path": "/found", "query": {"email": "{email}"}},
}


def without_fields(thing: dict[str, Any], *fields: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in thing.items() if key not in fields} | changed


@asynccontextmanager
async def rig_of(**changed: Any) -> AsyncIterator[DeclaredRig]:
    fresh = DeclaredRig(**changed)
    async with fresh.start():
        yield fresh


@asynccontextmanager
async def answering(answer: Any, **thing: Any) -> AsyncIterator[tuple[Declared, list[web.Request]]]:
    """A system that answers everything alike; the requests it got. An answer that is a function is asked for each."""
    asked: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        asked.append(request)
        said = answer(request) if callable(answer) else answer
        return said if isinstance(said, web.Response) else web.json_response(said)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    async with serving(app) as address:
        entry = ENTRY | {"base_url": f"{address}/api", "things": {"people": LEAST | thing}}
        connector = Declared(DeclaredConfig.model_validate(entry))
        try:
            yield connector, asked
        finally:
            await connector.close()


async def test_what_cannot_be_read_by_its_id_is_found_again() -> None:
    """By what it was found by: to copy it, and to see whether it is gone."""
    async with rig_of(things={"tickets": without_fields(TICKETS, "read", "list")}) as rig:
        await rig.seed(ADA, 9)
        records = await locate(rig.connector, ADA)

        before = await rig.connector.check(records)
        exported = await rig.connector.export(records)
        await rig.connector.erase(records[:2])
        after = await rig.connector.check(records)

        assert {outcome.kind for outcome in before} == {OutcomeKind.REFUSED}
        assert [each.data["subject"] for each in exported] == ["Help"] * 3
        assert [o.kind for o in after] == [OutcomeKind.ERASED, OutcomeKind.ERASED, OutcomeKind.REFUSED]
        assert rig.connector.can == {Ability.LOCATE, Ability.EXPORT, Ability.ERASE}


async def test_what_is_only_promised_is_looked_for_again_later() -> None:
    """202 is no erasure: the entry says how long it may take."""
    async with rig_of() as rig:
        await rig.seed(ADA, 1)
        await rig.put({**await rig.state(), "slow": True})
        records = await locate(rig.connector, ADA)

        (outcome,) = await rig.connector.erase(records)
        (checked,) = await rig.connector.check(records)

        assert outcome.kind is OutcomeKind.ACCEPTED
        assert outcome.check_after is not None
        assert timedelta(hours=23) < outcome.check_after - datetime.now(UTC) < timedelta(hours=25)
        assert checked.kind is OutcomeKind.REFUSED


async def test_gone_is_believed_only_in_the_systems_own_words() -> None:
    """A 404 of somebody else's says nothing of a record."""
    async with rig_of() as rig:
        await rig.seed(ADA, 1)
        records = await locate(rig.connector, ADA)
        changed = {"people": PEOPLE | {"read": {"path": "/nowhere/{id}"}}}
        other = Declared(rig.connector.config.model_copy(update={"things": _things(changed)}))

        with pytest.raises(TryLater):
            await other.check(records)
        await other.close()

    async with answering(
        lambda r: (
            web.json_response({"why": "?"}, status=404) if "one" in r.path else [{"id": 1, "email": "ada@example.com"}]
        ),
        read={"path": "/one/{id}"},
        erase={"path": "/one/{id}"},
        gone={"status": [404], "at": "/error", "says": "gone"},
    ) as (connector, _):
        with pytest.raises(NeedsPerson) as refused:
            await connector.erase(await locate(connector, ADA))

    assert "`gone`" in refused.value.instructions


async def test_a_secret_of_the_systems_own_is_in_no_copy() -> None:
    """`left_out` says what the person does not get either."""
    async with rig_of() as rig:
        await rig.seed(ADA, 1)

        (exported,) = await rig.connector.export(await locate(rig.connector, ADA))

        assert "password_hash" not in exported.data
        assert exported.data["number"] == "C-4711"


async def test_another_address_of_a_list_is_the_persons_too() -> None:
    """A pointer with a star; the record is found once, whatever leads to it, and teaches others."""
    async with rig_of(learns=["customer_id"]) as rig:
        await rig.seed(ADA, 1)
        state = await rig.state()
        state["people"][0] |= {"email": "other@example.com", "more_emails": ["x@example.com", "ADA@example.com"]}
        await rig.put(state)
        who = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="ada@example.com"),))

        records, learned = await search(rig.connector, who)

        assert [(record.id, record.matched) for record in records] == [("people:1", frozenset({Key.EMAIL}))]
        assert [(each.kind, each.value) for each in learned] == [(Key.CUSTOMER_ID, "C-4711")]
        assert str(records[0].dates[Anchor.CREATED]) == "2024-02-01"  # 23:30 in New York


async def test_a_value_that_is_refused_is_a_persons_task() -> None:
    """And leaves the record as it was."""
    async with rig_of() as rig:
        await rig.seed(ADA, 1)
        records = await locate(rig.connector, ADA)
        before = await rig.snapshot()

        (outcome,) = await rig.connector.rectify(records, [{Field.FIRST_NAME: "x" * 301}])

        assert outcome.kind is OutcomeKind.NEEDS_PERSON
        assert "Set first name" in outcome.instructions
        assert await rig.snapshot() == before


async def test_a_field_that_is_no_text_is_left_alone() -> None:
    """A text could not put a number back."""
    async with rig_of() as rig:
        await rig.seed(ADA, 1)
        state = await rig.state()
        state["people"][0]["phone"] = 5550100
        await rig.put(state)

        (values,) = await rig.connector.values(await locate(rig.connector, ADA), FIELDS)

        assert values is not None
        assert Field.PHONE not in values
        assert values[Field.LAST_NAME] == ""


@pytest.mark.parametrize(
    "link",
    [
        "https://thief.example/api/found?cursor=2",
        "//thief.example/api/found",
        "/elsewhere?cursor=2",
        "http://[",
        "x" * 9,
    ],
)
async def test_a_next_page_elsewhere_is_not_followed(link: str) -> None:
    """The credential goes to base_url, and to the path that the entry names."""
    paging = {"kind": "link", "next": "/next"}
    find = LEAST["find"] | {"records": "/items", "paging": paging}
    async with answering({"items": [], "next": link}, find=find) as (connector, asked):
        with pytest.raises(NeedsPerson):
            await locate(connector, ADA)

        assert len(asked) == 1


async def test_a_next_link_leads_on_and_its_cursor_names_nobody() -> None:
    """What it repeats of the first request is not kept."""

    def answer(request: web.Request) -> Any:
        if "after" in request.query:
            return {"items": [{"id": 2, "email": "ada@example.com"}], "next": ""}
        return {"items": [{"id": 1, "email": "ada@example.com"}], "next": f"{request.path_qs}&after=7%26x"}

    paging = {"kind": "link", "next": "/next"}
    find = LEAST["find"] | {"records": "/items", "paging": paging}
    async with answering(answer, find=find) as (connector, asked):
        first = await connector.locate(ADA)
        records = await locate(connector, ADA)

    assert first.cursor is not None
    assert "ada" not in first.cursor
    assert [record.id for record in records] == ["people:1", "people:2"]
    assert dict(asked[-1].query) == {"email": "ada@example.com", "after": "7&x"}


@pytest.mark.parametrize(
    "links",
    ['<{}&after=2>; rel="next"', '<https://x.example>; title="a, b"; rel=prev, <{}&after=2>;rel="last next"'],
)
async def test_a_next_page_may_stand_in_a_header(links: str) -> None:
    """Among other links, with whatever else is said of them."""

    def answer(request: web.Request) -> web.Response:
        if "after" in request.query:
            return web.json_response([{"id": 2, "email": "ada@example.com"}])
        headers = {"Link": links.format(request.path_qs)}
        return web.json_response([{"id": 1, "email": "ada@example.com"}], headers=headers)

    async with answering(answer, find=LEAST["find"] | {"paging": {"kind": "header"}}) as (connector, _):
        records = await locate(connector, ADA)

    assert [record.id for record in records] == ["people:1", "people:2"]


async def test_an_id_that_names_somebody_is_not_shown() -> None:
    """Where a system takes the address for the id, requests carry it, and nothing else."""
    held = [{"id": "ada@example.com", "email": "ada@example.com"}]
    erase = {"path": "/people/{id}"}
    async with answering(lambda r: held if r.method == "GET" else web.Response(status=204), erase=erase) as (
        connector,
        asked,
    ):
        (record,) = await locate(connector, ADA)
        (checked,) = await connector.check([record])
        await connector.erase([record])

    assert "ada" not in record.id
    assert checked.kind is OutcomeKind.REFUSED
    assert asked[-1].path == "/api/people/ada@example.com"


@pytest.mark.parametrize("kind", ["offset", "page"])
async def test_a_system_that_heeds_no_paging_is_not_read_for_ever(kind: str) -> None:
    """It shows the same page again: the parameter has another name."""
    find = LEAST["find"] | {"paging": {"kind": kind, "parameter": "p"}}
    async with answering([{"id": 1, "email": "ada@example.com"}], find=find) as (connector, asked):
        with pytest.raises(NeedsPerson) as refused:
            await locate(connector, ADA)

    assert "paging" in refused.value.instructions
    assert [request.query["p"] for request in asked] == {"offset": ["0", "1"], "page": ["1", "2"]}[kind]


@pytest.mark.parametrize(
    "answer", [{"wrong": []}, {"items": "none"}, {"items": [1]}, {"items": [{"email": "ada@example.com"}]}, [], "x"]
)
async def test_an_answer_that_is_not_as_described_is_no_answer(answer: Any) -> None:
    """Nothing found is said by an empty list, not by an error in another shape."""
    find = LEAST["find"] | {"records": "/items"}
    async with answering(answer, find=find) as (connector, _):
        with pytest.raises(TryLater):
            await locate(connector, ADA)


async def test_values_are_encoded_for_their_place() -> None:
    """Header, path, query, JSON and form: a value is never more than a value."""
    odd = 'a&b="{id}"/../?x=1#@example.com'
    who = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=odd),))
    requests: dict[str, dict[str, Any]] = {
        "path": {"path": "/by/{email}/all"},
        "query": {"path": "/found", "query": {"q": "email:{email}"}},
        "body": {"path": "/found", "method": "POST", "body": {"q": ["{email}", 1, {"{x": "{email}"}]}},
        "form": {"path": "/found", "method": "POST", "form": {"q": "{email}"}},
    }
    for place, request in requests.items():
        async with answering([], find={"by": "email", **request}) as (connector, asked):
            await locate(connector, who)

        (first,) = asked
        assert first.headers["Authorization"] == "Bearer standin-declared"
        said: Any = {
            "path": first.path,
            "query": dict(first.query),
            "body": json.loads(await first.read() or b"{}") if place == "body" else None,
            "form": dict(await first.post()) if place == "form" else None,
        }[place]
        assert (
            said
            == {
                "path": f"/api/by/{odd}/all",
                "query": {"q": f"email:{odd}"},
                "body": {"q": [odd, 1, {"{x": odd}]},
                "form": {"q": odd},
            }[place]
        )


async def test_basic_credentials_are_encoded() -> None:
    """As RFC 7617 has it."""
    entry = {"headers": {"Authorization": "Basic {secret_base64}"}, "secret": SecretStr("user:päss")}
    async with answering([]) as (connector, asked):
        other = Declared(connector.config.model_copy(update=entry))
        await locate(other, ADA)
        await other.close()

    assert asked[0].headers["Authorization"] == "Basic dXNlcjpww6Rzcw=="


async def test_what_an_entry_does_not_erase_is_a_persons_task() -> None:
    """Beside what it does erase."""
    things = {"people": PEOPLE, "tickets": without_fields(TICKETS, "erase")}
    async with rig_of(things=things) as rig:
        await rig.seed(ADA, 2)

        outcomes = await rig.connector.erase(await locate(rig.connector, ADA))

        assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ERASED, OutcomeKind.NEEDS_PERSON]


def test_pointers_lead_where_they_say() -> None:
    """RFC 6901, with a star for every item."""
    value = {"a/b": {"~": [1, {"x": 2}, {"x": 3}]}, "n": None}

    assert list(found(value, "/a~1b/~0/*/x")) == [2, 3]
    assert list(found(value, "/a~1b/~0/0")) == [1]
    assert list(found(value, "/n")) == [None]
    assert list(found(value, "/n/m")) == []
    assert placed({"a": {"b": 1}}, "/a/c~1d", 2) == {"a": {"b": 1, "c/d": 2}}
    assert without(value, "/a~1b/~0/*/x") == {"a/b": {"~": [1, {}, {}]}, "n": None}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"identifiers": {}}, "at least 1"),
        ({"identifiers": {"phone": "/phone"}}, "find: by email, which identifiers do not have"),
        ({"id": "id"}, 'starts with "/"'),
        ({"id": "/ids/*"}, "must lead to one value"),
        ({"read": {"path": "/one"}}, "read: must name {id}"),
        ({"erase": {"path": "/one/{id}", "query": {"mail": "{email}"}}}, "erase: must name {id}, and no other"),
        ({"erase": {"path": "/one/{id}/.."}}, "dotted parts"),
        ({"erase": {"path": "/one/{id}?x=1"}}, "neither a query"),
        ({"erase": {"path": "one/{id}"}}, 'begins with "/"'),
        ({"erase": {"path": "/one/{}"}}, "other braces"),
        ({"list": {"path": "/all", "paging": {"kind": "page", "parameter": "p"}}}, "list.paging: what is deleted"),
        ({"correct": {"path": "/one/{id}"}}, "correct: needs `fields`"),
        ({"correct": {"path": "/one/{id}"}, "fields": {"email": "/email"}}, "read: is needed"),
        ({"sensitive": ["/diet"], "label": "/diet/kind"}, "label: is sensitive"),
        ({"find": {"by": "email", "path": "/all"}}, "by: the request must name {email}"),
        ({"find": {"by": "email", "path": "/all", "query": {"q": "{email} {name}"}}}, "no other placeholder"),
        ({"find": {"by": "email", "path": "/{email}", "body": {}}}, "GET carries no body"),
        ({"find": {"by": "email", "path": "/{email}", "paging": {"kind": "cursor", "parameter": "c"}}}, "next: cursor"),
        ({"find": {"by": "email", "path": "/{email}", "paging": {"kind": "page"}}}, "parameter: all but link"),
        ({"eraze": {}}, "there is no such field"),
        ({"read": {"path": "/one/{id}", "method": "DELETE"}}, "read.method: reading writes nothing"),
        ({"erase": {"path": "/one/{id}", "method": "GET"}}, "erase.method: GET changes nothing"),
    ],
)
def test_a_mistake_in_the_entry_is_said_by_field(changed: dict[str, Any], words: str) -> None:
    """Before any request is sent."""
    _, wrong = read({"crm": _entry(things={"people": LEAST | changed})})

    assert wrong
    assert {path[:3] for path, _ in wrong} == {("crm", "things", "people")}
    assert words in "; ".join(says for _, says in wrong)


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"headers": {"Authorization": "Bearer {token}"}}, "headers", "names {token}"),
        ({"headers": {"X y": "1"}}, "headers", "X y is no header"),
        ({"headers": {"X": "a\r\nY: b"}}, "headers", "X is no header"),
        ({"things": {"a b": LEAST}}, "things", "letters, digits"),
        ({"secret": "two\nlines"}, "secret", "is no credential of this kind"),
    ],
)
def test_a_mistake_beside_the_things_is_said_too(changed: dict[str, Any], field: str, words: str) -> None:
    """A header is one line, and names the credential only."""
    _, wrong = read({"crm": _entry(**changed)})

    assert [path for path, _ in wrong] == [("crm", field)]
    assert words in wrong[0][1]


def _entry(**changed: Any) -> dict[str, Any]:
    whole = {"kind": "declared", "title": "CRM", "base_url": "https://crm.example.com", "secret": "s"}
    return whole | {"things": {"people": LEAST}} | changed


def _things(things: dict[str, Any]) -> Any:
    return DeclaredConfig.model_validate(ENTRY | {"base_url": "http://x", "things": things}).things
