"""OpenDSR at the web door: a controller passes on what a person asked, and can prove what we answered."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from dsar.case import Ending, State
from dsar.requests import Regime, Right
from intake.desk import Refused
from ledger.ledger import Ledger
from tests.unit.ledger_rig import new_request
from tests.unit.opendsr_rig import CALLBACK, DOCUMENT, MOMENT, OTHER_TOKEN, acme, public_key, signer
from tests.unit.web_rig import REQUEST_ID, FakeDesk, row
from tests.vectors import make_opendsr
from tests.vectors.make_opendsr import BODY, DOMAIN, REF, issued
from web.opendsr.signing import DOMAIN as DOMAIN_HEADER
from web.opendsr.signing import SIGNATURE, BadCertificate, Signer, holds

REQUEST = f"/v2/requests/{REF}"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", b"a" * 32, lambda: MOMENT)
    yield ledger
    await ledger.close()


def test_the_vectors_are_what_their_script_makes() -> None:
    """Whoever reuses the file can make it again."""
    assert make_opendsr.document() == DOCUMENT


@pytest.mark.parametrize("vector", DOCUMENT["requests"], ids=[vector["name"] for vector in DOCUMENT["requests"]])
async def test_each_request_is_answered_as_its_vector_says(kept: Ledger, vector: dict[str, Any]) -> None:
    """Taken, or refused in the protocol's form and before any desk hears of it, with no word of the person."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        answer = await controller.create(vector["body"])

    assert answer.status == vector["status"]
    assert bool(desk.submissions) == (vector["status"] == 201)
    if vector["status"] == 400:
        assert answer.json["error"]["code"] == 400
        assert set(answer.json["error"]["errors"][0]) == {"domain", "reason", "message"}
        assert b"ada" not in answer.body


@pytest.mark.parametrize("vector", DOCUMENT["signatures"], ids=[vector["name"] for vector in DOCUMENT["signatures"]])
def test_each_signature_holds_or_not_as_its_vector_says(vector: dict[str, Any]) -> None:
    """Byte by byte."""
    assert holds(base64.b64decode(vector["body"]), vector["signature"], public_key()) is vector["holds"]


SIGNED_BODY = b'{"request_status": "pending"}'
GOOD = base64.b64decode(signer().headers(SIGNED_BODY)[SIGNATURE])


@given(
    st.integers(min_value=0, max_value=len(GOOD) * 8 - 1), st.integers(min_value=0, max_value=len(SIGNED_BODY) * 8 - 1)
)
def test_a_bit_turned_anywhere_is_seen(in_signature: int, in_body: int) -> None:
    """In the signature, or in the body."""

    def turned(raw: bytes, bit: int) -> bytes:
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    assert holds(SIGNED_BODY, base64.b64encode(GOOD).decode(), public_key())
    assert not holds(SIGNED_BODY, base64.b64encode(turned(GOOD, in_signature)).decode(), public_key())
    assert not holds(turned(SIGNED_BODY, in_body), base64.b64encode(GOOD).decode(), public_key())


async def test_what_is_taken_is_answered_as_the_specification_says(kept: Ledger) -> None:
    """The request comes back byte by byte; the answer names the domain whose certificate signed it."""
    text = json.dumps(BODY, indent=3)
    async with acme(FakeDesk(), kept) as controller:
        answer = await controller.create(text)

    assert set(answer.json) == {
        "controller_id", "expected_completion_time", "received_time", "encoded_request", "subject_request_id",
    }  # fmt: skip
    assert base64.b64decode(answer.json["encoded_request"]).decode() == text
    assert (answer.json["controller_id"], answer.json["subject_request_id"]) == ("acme", REF)
    assert answer.json["received_time"] == "2026-05-05T12:00:00Z"
    assert answer.json["expected_completion_time"] == "2026-06-19T21:59:00Z"
    assert answer.headers[DOMAIN_HEADER] == DOMAIN


ASKED = [
    ({}, Right.DELETE, Regime.EU),
    ({"subject_request_type": "access"}, Right.ACCESS, Regime.EU),
    ({"subject_request_type": "portability", "regulation": "ccpa"}, Right.PORTABILITY, Regime.US_CA),
]


@pytest.mark.parametrize(("other", "right", "regime"), ASKED)
async def test_each_type_is_one_of_our_rights(
    kept: Ledger, other: dict[str, Any], right: Right, regime: Regime
) -> None:
    """Under its law, and from the day on which the person asked."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        await controller.create(**other)

    (submission,) = desk.submissions
    assert (submission.asked, submission.regime, submission.channel) == ((right,), regime, "opendsr")
    assert submission.received == datetime.fromisoformat("2026-05-04T15:00:00Z")


@pytest.mark.parametrize(
    ("submitted", "received"),
    [("2026-05-05T12:05:00Z", MOMENT), ("2026-05-05T12:05:01Z", MOMENT + timedelta(minutes=5, seconds=1))],
)
async def test_a_clock_that_is_a_little_fast_moves_nothing(kept: Ledger, submitted: str, received: datetime) -> None:
    """Up to five minutes ahead was now; what is further ahead is left to the desk, which refuses it."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        await controller.create(submitted_time=submitted)

    assert [submission.received for submission in desk.submissions] == [received]


async def test_a_customers_number_counts_only_where_it_is_ours(kept: Ledger) -> None:
    """Another company's customer 17 is not our customer 17."""
    number = [{"identity_type": "controller_customer_id", "identity_value": "17", "identity_format": "raw"}]
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        ours = await controller.create(subject_identities=number)
        controller.token = OTHER_TOKEN
        theirs = await controller.create(subject_identities=number)

    assert (ours.status, theirs.status) == (201, 400)
    assert [submission.person.customer_id for submission in desk.submissions] == ["17"]


async def test_the_same_again_is_answered_the_same_and_another_under_its_name_is_refused(kept: Ledger) -> None:
    """Also after the process was restarted, from the ledger."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        first = await controller.create()
        again = await controller.create()
        other = await controller.create(subject_request_type="access")
    async with acme(desk, kept) as controller:
        later = await controller.create()
        other_later = await controller.create(subject_request_type="access")

    assert [first.json, again.json, later.json] == [first.json] * 3
    assert [other.status, other_later.status] == [400, 400]
    assert len(desk.submissions) == 1


async def test_a_copy_comes_with_a_ticket_once(kept: Ledger) -> None:
    """For the person, in an extension of ours; never from the ledger."""
    async with acme(FakeDesk(), kept) as controller:
        first = await controller.create(subject_request_type="access")
    async with acme(FakeDesk(), kept) as controller:
        later = await controller.create(subject_request_type="access")

    assert first.json["extensions"] == {DOMAIN: {"ticket": "tick-et-no01"}}
    assert "extensions" not in later.json


async def test_nobody_without_a_token_and_nobody_elses(kept: Ledger) -> None:
    """401; and to another controller there is no such request."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        await controller.create()
        controller.token = OTHER_TOKEN
        theirs = [await controller.send(method, REQUEST) for method in ("GET", "DELETE")]
        controller.token = "made-up"
        nobody = [await controller.create(), *[await controller.send(method, REQUEST) for method in ("GET", "DELETE")]]

    assert [answer.status for answer in theirs] == [404, 404]
    assert [answer.status for answer in nobody] == [401, 401, 401]
    assert nobody[0].json["error"]["code"] == 401


STANDING = [
    ({"state": State.IN_PROGRESS, "closed_at": MOMENT}, "in_progress"),
    ({"state": State.ANSWERED, "closed_at": MOMENT, "outcome": Ending.COMPLIED}, "completed"),
    ({"state": State.ANSWERED, "closed_at": MOMENT, "outcome": Ending.PARTLY}, "completed"),
    ({"state": State.ANSWERED, "closed_at": MOMENT, "outcome": Ending.NOTHING_FOUND}, "completed"),
    ({"state": State.CLOSED, "closed_at": MOMENT, "outcome": Ending.CANCELLED}, "cancelled"),
    ({"state": State.ANSWERED, "closed_at": MOMENT, "outcome": Ending.DENIED_UNVERIFIED}, "cancelled"),
    ({"state": State.ANSWERED, "closed_at": MOMENT, "outcome": Ending.REFUSED}, "cancelled"),
]


@pytest.mark.parametrize(("stands", "state"), STANDING)
async def test_the_status_is_one_of_four(kept: Ledger, stands: dict[str, Any], state: str) -> None:
    """What was refused is not called completed."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        await controller.create()
        before = await controller.send("GET", REQUEST)
        desk.rows[REQUEST_ID] = row(**stands)
        answer = await controller.send("GET", REQUEST)

    assert (before.json["request_status"], answer.json["request_status"]) == ("pending", state)
    assert set(answer.json) == {
        "controller_id", "expected_completion_time", "subject_request_id", "request_status", "api_version",
    }  # fmt: skip


async def test_only_what_is_pending_is_cancelled(kept: Ledger) -> None:
    """202, and once; 400 when the work has begun."""
    desk = FakeDesk()
    await kept.requests.receive(new_request().model_copy(update={"id": REQUEST_ID}))
    async with acme(desk, kept) as controller:
        await controller.create()
        desk.fails["cancel by opendsr:acme"] = Refused("too late")
        refused = await controller.send("DELETE", REQUEST)
        del desk.fails["cancel by opendsr:acme"]
        cancelled = [await controller.send("DELETE", REQUEST) for _ in range(2)]
        status = await controller.send("GET", REQUEST)

    assert refused.status == 400
    assert [answer.status for answer in cancelled] == [202, 202]
    assert desk.calls.count("cancel by opendsr:acme") == 2
    assert status.json["request_status"] == "cancelled"


async def test_work_that_has_begun_is_not_cancelled(kept: Ledger) -> None:
    """400, in the protocol's form."""
    desk = FakeDesk()
    async with acme(desk, kept) as controller:
        await controller.create()
        desk.rows[REQUEST_ID] = row(state=State.ON_HOLD, closed_at=MOMENT)
        answer = await controller.send("DELETE", REQUEST)

    assert (answer.status, answer.json["error"]["code"]) == (400, 400)
    assert not [call for call in desk.calls if call.startswith("cancel")]


async def test_discovery_says_what_is_supported_and_where_the_certificate_is(kept: Ledger) -> None:
    """To anybody, signed like all else."""
    async with acme(FakeDesk(), kept) as controller:
        answer = await controller.send("GET", "/v2/discovery")
        certificate = await controller.web.get("/v2/certificate.pem")

    assert answer.json["api_version"] == "2.0"
    assert {"identity_type": "email", "identity_format": "raw"} in answer.json["supported_identities"]
    assert answer.json["supported_subject_request_types"] == ["access", "portability", "erasure"]
    assert answer.json["processor_certificate"] == f"https://{DOMAIN}/v2/certificate.pem"
    assert certificate.body.decode() == DOCUMENT["certificate"]


async def test_only_agreed_places_are_called(kept: Ledger) -> None:
    """All of them, or the request is refused."""
    async with acme(FakeDesk(), kept) as controller:
        mixed = await controller.create(status_callback_urls=[CALLBACK, "https://elsewhere.test/"])
        agreed = await controller.create(status_callback_urls=[CALLBACK])

    assert (mixed.status, agreed.status) == (400, 201)
    assert mixed.json["error"]["errors"][0]["message"].startswith("#/status_callback_urls/1")


def _key(name: str) -> RSAPrivateKey:
    key = load_pem_private_key(DOCUMENT[name].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def bad_certificates() -> dict[str, tuple[str, str]]:
    key, ca = _key("private_key"), _key("authority_key")
    ec = generate_ec_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    mine = DOCUMENT["private_key"]
    return {
        "not PEM": ("nonsense", mine),
        "not for": (issued(key, ca, "elsewhere.test"), mine),
        "not valid today": (issued(key, ca, until=2021), mine),
        "signed by itself": (issued(key, ca, by_itself=True), mine),
        "digitalSignature": (issued(key, ca, may_sign=False), mine),
        "not the certificate's": (issued(ca, ca), mine),
        "private key is not PEM": (DOCUMENT["certificate"], "nonsense"),
        "private key is not RSA": (DOCUMENT["certificate"], ec),
    }


@pytest.mark.parametrize("says", bad_certificates())
def test_a_certificate_that_others_would_refuse_is_refused_at_the_start(says: str) -> None:
    """With what is wrong with it."""
    certificate, key = bad_certificates()[says]

    with pytest.raises(BadCertificate, match=says):
        Signer(certificate, key, DOMAIN, MOMENT)
