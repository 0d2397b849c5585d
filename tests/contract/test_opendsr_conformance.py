"""What we send to a processor and what our stand-in answers, both against the specification, written down as models.

OpenDSR 2.0 is published in words: specification.md of github.com/opengdpr/OpenDSR, whose sections each call names.
"""

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from connectors.connector import ConnectorError
from tests.contract.acts import download, locate
from tests.contract.documented import Call, Documented, mistakes
from tests.contract.people import ADA, NOBODY
from tests.contract.recording import Exchange
from tests.contract.rigs.opendsr import OpenDsrRig

SPECIFICATION = "https://github.com/opengdpr/OpenDSR/blob/master/specification.md"

Uuid4 = Annotated[str, Field(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
Format = Literal["raw", "sha1", "md5", "sha256"]
IdentityType = Literal[
    "controller_customer_id", "email", "android_advertising_id", "android_id", "fire_advertising_id",
    "ios_advertising_id", "ios_vendor_id", "microsoft_advertising_id", "microsoft_publisher_id",
    "roku_publisher_id", "roku_advertising_id",
]  # fmt: skip
RequestType = Literal["access", "portability", "erasure"]


class Supported(Documented):
    """5.3, as discovery has it."""

    identity_type: IdentityType
    identity_format: Format


class Discovered(Documented):
    """6.3."""

    api_version: str
    supported_identities: list[Supported]
    supported_subject_request_types: list[RequestType]
    processor_certificate: str


class Named(Documented):
    """5.3."""

    identity_type: IdentityType
    identity_value: str
    identity_format: Format


class Request(Documented):
    """7.1."""

    regulation: Literal["gdpr", "ccpa"]
    subject_request_id: Uuid4
    subject_request_type: RequestType
    submitted_time: Time
    subject_identities: Annotated[list[Named], Field(min_length=1)]
    api_version: str | None = None
    status_callback_urls: list[str] | None = None


class Receipt(Documented):
    """7.3."""

    controller_id: str
    expected_completion_time: Time
    received_time: Time
    encoded_request: str
    subject_request_id: Uuid4


class Status(Documented):
    """8.3."""

    controller_id: str
    expected_completion_time: Time
    subject_request_id: Uuid4
    request_status: Literal["pending", "in_progress", "completed", "cancelled"]
    api_version: str | None = None
    results_url: str | None = None
    results_count: int | None = None


class Detail(Documented):
    """7.6."""

    domain: str
    reason: str
    message: str


class Wrong(Documented):
    code: int
    message: str | None = None
    errors: list[Detail] | None = None


class Failed(Documented):
    """7.5."""

    error: Wrong


CALLS = (
    Call(f"{SPECIFICATION} 6", "GET", "/v2/discovery", {200: Discovered}),
    Call(f"{SPECIFICATION} 6.3", "GET", "/v2/certificate.pem", {200: None}),
    Call(f"{SPECIFICATION} 7", "POST", "/v2/requests", {201: Receipt, 400: Failed}, body=Request),
    # An id that is not known has no status of its own in the specification: 404 is HTTP's.
    Call(f"{SPECIFICATION} 8.1", "GET", "/v2/requests/{id}", {200: Status, 400: Failed, 404: Failed}),
    Call(f"{SPECIFICATION} 8.3", "GET", "/v2/results/{file}", {200: list[dict[str, Any]]}),
)


@pytest.fixture
async def said() -> AsyncIterator[list[Exchange]]:
    """Everything that a connector and a processor say to each other, also where the processor cannot do it."""
    rig = OpenDsrRig(callback_url="https://rights.example.test/v2/callbacks/processor")
    async with rig.start():
        await rig.seed(ADA, 2)
        for who in (ADA, NOBODY):
            records = await locate(rig.connector, who)
            await download(rig.connector, await rig.connector.export(records))
            await rig.connector.check(records)
            await rig.connector.erase(records)
            await rig.connector.check(records)
        rig.processor.held["supports"] = [["email", "sha256"]]
        with pytest.raises(ConnectorError):  # it was asked in a way that it supports no more
            await rig.connector.erase([records[0].model_copy(update={"state": {**records[0].state, "erasure": OTHER}})])
        yield rig.exchanges


OTHER = "a7551968-d5d6-44b2-9831-815ac9017798"


def test_every_request_and_every_answer_is_as_the_specification_has_it(said: list[Exchange]) -> None:
    """No field more, none less, and every call is there."""
    met = [call for call in CALLS if any(call.is_of(each) for each in said)]

    assert mistakes(CALLS, said) == []
    assert met == list(CALLS)
    assert {each.status for each in said} == {200, 201, 400, 404}


def test_a_receipt_repeats_the_request(said: list[Exchange]) -> None:
    """Base64 of the whole body (7.3)."""
    receipts = [each for each in said if each.status == 201]

    assert receipts
    assert all(b"subject_request_id" in b64decode(each.answer["encoded_request"]) for each in receipts)
