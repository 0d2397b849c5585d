"""What we send to Meta and what our stand-in answers, both against Meta's documentation, written down here as models.

Meta publishes no description that may be kept here: the fields are those of the pages that each call names, and of the
types of its Python SDK (facebook-business 26.0.3, Graph v26.0).
"""

import json
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, Field, StringConstraints

from tests.contract.acts import locate
from tests.contract.documented import Call, Documented, mistakes
from tests.contract.people import ADA, RESEMBLING
from tests.contract.recording import Exchange
from tests.contract.rig import Fault
from tests.contract.rigs.meta import ACCOUNT, LIST, MetaRig
from tests.contract.rigs.meta_unrecorded import UnrecordedRig

DOCS = "https://developers.facebook.com/docs"

Number = Annotated[str, StringConstraints(pattern="^[0-9]+$")]


class Cursors(Documented):
    before: str
    after: str


class Paging(Documented):
    cursors: Cursors
    previous: str | None = None
    next: str | None = None


class Answer(Documented):
    name: str
    values: list[str]


class Lead(Documented):
    """user-lead-gen-info."""

    id: Number
    created_time: str
    ad_id: Number | None = None
    form_id: Number | None = None
    field_data: list[Answer]


class Leads(Documented):
    data: list[Lead]
    paging: Paging | None = None


class Form(Documented):
    id: Number
    name: str


class Forms(Documented):
    data: list[Form]
    paging: Paging | None = None


class Status(Documented):
    code: int
    description: str


class Audience(Documented):
    id: Number
    name: str
    subtype: str
    operation_status: Status


class Audiences(Documented):
    data: list[Audience]
    paging: Paging | None = None


class Payload(Documented):
    """A single-key removal: one hash an entry."""

    schema_: str = Field(alias="schema", pattern="^EMAIL_SHA256$")
    data: Annotated[list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]], Field(max_length=10_000)]


class Members(Documented):
    """The form: the payload is JSON in one of its fields."""

    payload: Annotated[Payload, BeforeValidator(json.loads)]


class Taken(Documented):
    audience_id: Number
    session_id: Number
    num_received: int
    num_invalid_entries: int
    invalid_entry_samples: dict[str, str]


class Success(Documented):
    success: bool


class Failure(Documented):
    message: str
    type: str
    code: int
    fbtrace_id: str
    error_subcode: int | None = None


class Refusal(Documented):
    error: Failure


REFUSALS: dict[int, Any] = {400: Refusal, 401: Refusal, 403: Refusal, 500: Refusal}
LISTED = frozenset({"fields", "limit", "after"})
CUSTOM_AUDIENCE = f"{DOCS}/marketing-api/reference/custom-audience"

CALLS = (
    Call(
        f"{DOCS}/marketing-api/reference/ad-account/customaudiences/",
        "GET",
        "/v26.0/act_{account}/customaudiences",
        {200: Audiences, **REFUSALS},
        LISTED,
    ),
    Call(
        f"{DOCS}/marketing-api/audiences/guides/custom-audiences",
        "DELETE",
        "/v26.0/act_{account}/usersofanyaudience",
        {200: Taken, **REFUSALS},
        body=Members,
    ),
    Call(f"{CUSTOM_AUDIENCE}/users/", "DELETE", "/v26.0/{audience}/users", {200: Taken, **REFUSALS}, body=Members),
    Call(f"{CUSTOM_AUDIENCE}/users/", "POST", "/v26.0/{audience}/users", {200: Taken, **REFUSALS}, body=Members),
    Call(
        f"{DOCS}/graph-api/reference/page/leadgen_forms/",
        "GET",
        "/v26.0/{page}/leadgen_forms",
        {200: Forms, **REFUSALS},
        LISTED,
    ),
    Call(
        f"{DOCS}/marketing-api/guides/lead-ads/retrieving/",
        "GET",
        "/v26.0/{form}/leads",
        {200: Leads, **REFUSALS},
        LISTED,
    ),
    Call(
        f"{DOCS}/graph-api/reference/user-lead-gen-info/",
        "GET",
        "/v26.0/{lead}",
        {200: Lead, **REFUSALS},
        frozenset({"fields"}),
    ),
    Call(f"{DOCS}/graph-api/reference/user-lead-gen-info/", "DELETE", "/v26.0/{lead}", {200: Success, **REFUSALS}),
)


async def everything_said(rig: MetaRig) -> list[Exchange]:
    """All that is said while people are found, exported, kept out, put back, erased, and looked for again."""
    async with rig.start():
        await rig.seed(RESEMBLING[0], 1)
        await rig.seed(ADA, 5)
        records = await locate(rig.connector, ADA)
        await rig.connector.export(records)
        if rig.connector.config.exclusion_audience:
            await rig.connector.suppress(records)
            await rig.connector.restore(records)
        await rig.connector.erase(records)
        await rig.connector.erase(records)  # the leads are gone by now: 400
        await rig.connector.check(records)
        state = await rig.state()
        state["accounts"][ACCOUNT]["audiences"][0]["operation_status"]["code"] = 471
        await rig.put(state)
        await rig.connector.erase(records)  # flagged: 400
    return rig.exchanges


async def test_requests_and_answers_are_as_meta_documents_them() -> None:
    """Every path, parameter, form and answer, refusals among them, is on one of Meta's pages; each call is made."""
    said = await everything_said(MetaRig()) + await everything_said(UnrecordedRig())

    assert mistakes(CALLS, said) == []
    assert [call.page for call in CALLS if not any(map(call.is_of, said))] == []
    assert {200, 400} == {each.status for each in said}


@pytest.mark.parametrize(
    "kind",
    [Fault.RATE_LIMIT, Fault.RATE_LIMIT_WITHOUT_HINT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN],
)
async def test_faults_are_put_as_meta_puts_them(kind: str) -> None:
    """What the stand-in says when it is broken on purpose has the envelope of Meta's errors."""
    rig = MetaRig()
    async with rig.start():
        await rig.fault(kind)
        async with rig.control.get("/v26.0/4001/leads"):
            pass

    (refused,) = rig.exchanges
    assert refused.status != 200
    assert mistakes(CALLS, [refused]) == []


def test_a_mistake_would_be_seen() -> None:
    """The comparison itself finds unknown calls, parameters, statuses, and hashes that are none."""
    form = {"payload": json.dumps({"schema": "EMAIL_SHA256", "data": ["ada@example.com"]})}
    removal = Exchange("DELETE", f"/v26.0/{LIST}/users", frozenset({"page"}), None, 418, {}, form=form)

    found = mistakes(CALLS, [removal, Exchange("GET", "/v26.0/users/all/of/them", frozenset(), None, 200, {})])

    assert [each.rpartition(": ")[2] for each in found] == [
        "?page is not documented",
        "String should match pattern '^[0-9a-f]{64}$'",
        "418 is no answer of it",
        "no such call",
    ]
