"""What we send to Sprout Social and what our stand-in answers, both against its documentation, written down as models.

Sprout publishes no description of its interface: all of it is on one page, api.sproutsocial.com/docs, whose sections
each call names.
"""

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field

from tests.contract.acts import locate
from tests.contract.documented import Call, Documented, mistakes
from tests.contract.people import ADA, RESEMBLING
from tests.contract.recording import Exchange
from tests.contract.rig import Fault
from tests.contract.rigs.sprout import SproutRig

DOCS = "https://api.sproutsocial.com/docs"

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
IDS = r"[A-Za-z0-9_:.=+/-]+"
MESSAGE_FILTERS = (
    r"group_id\.eq\(\d+\)",
    rf"created_time\.in\({TIME}\.\.{TIME}\)",
    rf"from\.guid\.eq\({IDS}(, {IDS})*\)",
    rf"message_id\.eq\({IDS}(, {IDS}){{0,99}}\)",
)
CASE_FILTERS = (r"case_id\.eq\(\d+(, \d+){0,99}\)",)


def _taken(filters: list[str], known: tuple[str, ...]) -> list[str]:
    """The filters of the page; message_id and case_id exclude all others."""
    unknown = [each for each in filters if not any(re.fullmatch(one, each) for one in known)]
    alone = [each for each in filters if each.startswith(("message_id", "case_id"))]
    if unknown or (alone and len(filters) > 1) or not filters:
        raise ValueError(f"not documented: {unknown or filters}")
    return filters


class MessageQuery(Documented):
    """Requests - Messages Endpoint."""

    filters: Annotated[list[str], AfterValidator(lambda given: _taken(given, MESSAGE_FILTERS))]
    fields: list[
        Literal[
            "guid",
            "created_time",
            "network",
            "post_type",
            "text",
            "perma_link",
            "case_id",
            "from.guid",
            "from.name",
            "from.screen_name",
        ]
    ]
    sort: list[Literal["created_time:asc"]] | None = None
    limit: Annotated[int, Field(ge=1, le=100)]
    timezone: str
    page_cursor: str | None = None


class CaseQuery(Documented):
    """Requests - Cases Endpoint."""

    filters: Annotated[list[str], AfterValidator(lambda given: _taken(given, CASE_FILTERS))]
    limit: Annotated[int, Field(ge=1, le=100)]
    timezone: str
    page_cursor: str | None = None


class Author(Documented):
    guid: str
    name: str
    screen_name: str | None = None


class Message(Documented):
    """Message Fields."""

    guid: str
    created_time: Annotated[str, Field(pattern=f"^{TIME}Z$")]
    network: str
    post_type: str
    text: str
    perma_link: str
    case_id: str | None = None
    author: Author = Field(alias="from")


class Paging(Documented):
    next_cursor: str


class Messages(Documented):
    data: list[Message]
    paging: Paging | None = None


class Case(Documented):
    """Response Data - Cases Endpoint."""

    case_id: str
    type: str
    group_id: str
    priority: Literal["HIGH", "LOW", "CRITICAL", "MEDIUM", "UNDEFINED"]
    status: Literal["OPEN", "IN_PROGRESS", "ON_HOLD", "CLOSED"]
    messages: list[Any]
    created_by: str
    created_time: str
    updated_time: str
    last_closed_time: str | None = None
    queue_id: str | None = None
    assigned_to: list[str]
    assigned_by: str | None = None
    tags: list[Any]


class Cases(Documented):
    data: list[Case]
    paging: Paging | None = None


class Refusal(Documented):
    error: str


class NotReady(Documented):
    data: Annotated[list[Any], Field(max_length=0)]


REFUSALS: dict[int, Any] = {202: NotReady, **dict.fromkeys((400, 401, 403, 429, 500), Refusal)}

CALLS = (
    Call(
        f"{DOCS}/#messages-endpoint",
        "POST",
        "/v1/{customer}/messages",
        {200: Messages, **REFUSALS},
        body=MessageQuery,
    ),
    Call(f"{DOCS}/#cases-endpoints", "POST", "/v1/{customer}/cases/filter", {200: Cases, **REFUSALS}, body=CaseQuery),
)


async def test_requests_and_answers_are_as_sprout_documents_them() -> None:
    """Every path, filter, field and answer is on Sprout's page; each call is made, by filters and by ids."""
    rig = SproutRig()
    async with rig.start():
        await rig.seed(RESEMBLING[0], 1)
        await rig.seed(ADA, 7)
        records = await locate(rig.connector, ADA)
        await rig.connector.export(records)
        await rig.connector.erase(records)
        await rig.connector.check(records)

    assert mistakes(CALLS, rig.exchanges) == []
    assert [call.path for call in CALLS if not any(map(call.is_of, rig.exchanges))] == []


@pytest.mark.parametrize(
    "kind", ["not_ready", Fault.RATE_LIMIT_WITHOUT_HINT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN]
)
async def test_faults_are_put_as_sprout_puts_them(kind: str) -> None:
    """What the stand-in says when it is broken on purpose has the envelope of Sprout's answers."""
    rig = SproutRig()
    query = {"filters": ["case_id.eq(1)"], "limit": 1, "timezone": "UTC"}
    async with rig.start():
        await rig.fault(kind)
        async with rig.control.post("/v1/1001/cases/filter", json=query):
            pass

    (refused,) = rig.exchanges
    assert refused.status != 200
    assert mistakes(CALLS, [refused]) == []


def test_a_mistake_would_be_seen() -> None:
    """The comparison itself finds filters that exclude one another, times with a zone, and unknown fields."""
    both = {"filters": ["message_id.eq(igc:1)", "group_id.eq(1)"], "fields": ["guid"], "limit": 1, "timezone": "UTC"}
    zone = both | {"filters": ["group_id.eq(1)", "created_time.in(2026-01-01T00:00:00Z..2026-01-02T00:00:00Z)"]}
    unknown = both | {"filters": ["group_id.eq(1)"], "fields": ["sentiment"]}

    said = [
        Exchange("POST", "/v1/1001/messages", frozenset(), body, 200, {"data": []}) for body in (both, zone, unknown)
    ]

    assert [len(mistakes(CALLS, [each])) for each in said] == [1, 1, 1]
