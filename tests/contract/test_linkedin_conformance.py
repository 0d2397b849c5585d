"""What we send to LinkedIn and what our stand-in answers, both against its documentation, written down as models.

LinkedIn publishes no description of its marketing interface: the fields are those of the pages that each call names.
The headers are checked by the stand-in, which refuses calls without them.
"""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, StringConstraints

from standins.linkedin import VERSION
from tests.contract.acts import locate
from tests.contract.documented import Call, Documented, mistakes
from tests.contract.people import ADA, RESEMBLING
from tests.contract.rig import Fault
from tests.contract.rigs.linkedin import LinkedInRig

DOCS = "https://learn.microsoft.com/en-us/linkedin/marketing/matched-audiences"

Urn = Annotated[str, StringConstraints(pattern="^urn:li:sponsoredAccount:[0-9]+$")]


class Destination(Documented):
    destination: str
    status: str


class Segment(Documented):
    """Schema of dmpSegments, as far as the stand-in has it."""

    id: int
    name: str
    type: Literal["USER", "COMPANY", "USER_LIST_UPLOAD", "COMPANY_LIST_UPLOAD"]
    account: Urn
    accessPolicy: Literal["PRIVATE", "PUBLIC"]  # noqa: N815 - LinkedIn's spelling
    sourcePlatform: str  # noqa: N815
    destinations: list[Destination]


class Paging(Documented):
    start: int
    count: int
    total: int
    links: list[Any]


class Segments(Documented):
    elements: list[Segment]
    paging: Paging


class UserId(Documented):
    idType: Literal["SHA256_EMAIL"]  # noqa: N815
    idValue: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]  # noqa: N815


class Element(Documented):
    action: Literal["REMOVE"]
    userIds: list[UserId]  # noqa: N815


class Batch(Documented):
    elements: Annotated[list[Element], Field(min_length=1, max_length=5_000)]


class Refusal(Documented):
    message: str
    serviceErrorCode: int  # noqa: N815
    status: int


class Became(Documented):
    status: int
    error: Refusal | None = None


class Statuses(Documented):
    elements: list[Became]


REFUSALS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 426, 429, 500), Refusal)
LISTED = frozenset({"q", "account", "start", "count"})

CALLS = (
    Call(f"{DOCS}/create-and-manage-segments", "GET", "/rest/dmpSegments", {200: Segments, **REFUSALS}, LISTED),
    Call(f"{DOCS}/create-and-manage-segments", "GET", "/rest/dmpSegments/{id}", {200: Segment, **REFUSALS}),
    Call(
        f"{DOCS}/create-and-manage-segment-users",
        "POST",
        "/rest/dmpSegments/{id}/users",
        {200: Statuses, **REFUSALS},
        body=Batch,
    ),
)


async def test_requests_and_answers_are_as_linkedin_documents_them() -> None:
    """Every path, parameter, body and answer, refusals among them, is on one of LinkedIn's pages; each call is made."""
    rig = LinkedInRig(insight_tags=("9001",))
    async with rig.start():
        await rig.seed(RESEMBLING[0], 1)
        await rig.seed(ADA, 7)
        records = await locate(rig.connector, ADA)
        await rig.connector.export(records)
        state = await rig.state()
        await rig.put(state | {"segments": state["segments"][1:], "refuse": {records[0].state["hash"]: 400}})
        await rig.connector.erase(records)  # the first segment is gone by now: 404; the others refuse: 200
        await rig.connector.check(records)

    assert mistakes(CALLS, rig.exchanges) == []
    assert [call.path for call in CALLS if not any(map(call.is_of, rig.exchanges))] == []
    assert {200, 404} == {each.status for each in rig.exchanges}


@pytest.mark.parametrize(
    "kind", [Fault.RATE_LIMIT_WITHOUT_HINT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN]
)
async def test_faults_are_put_as_linkedin_puts_them(kind: str) -> None:
    """What the stand-in says when it is broken on purpose has the shape of LinkedIn's errors."""
    rig = LinkedInRig()
    async with rig.start():
        await rig.fault(kind)
        async with rig.control.get("/rest/dmpSegments/7001"):
            pass

    (refused,) = rig.exchanges
    assert refused.status != 200
    assert mistakes(CALLS, [refused]) == []


@pytest.mark.parametrize("missing", ["LinkedIn-Version", "X-Restli-Protocol-Version"])
async def test_a_call_without_its_headers_is_refused(missing: str) -> None:
    """As LinkedIn refuses it: the connector's calls, which are not, have them."""
    rig = LinkedInRig()
    headers = {
        "Authorization": "Bearer standin-linkedin",
        "LinkedIn-Version": VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    async with rig.start():
        async with rig.control.get("/rest/dmpSegments/7001", headers=headers) as answer:
            whole = answer.status
        del headers[missing]
        async with rig.control.get("/rest/dmpSegments/7001", headers=headers) as answer:
            refused = answer.status

    assert whole == 200
    assert refused in {400, 426}
