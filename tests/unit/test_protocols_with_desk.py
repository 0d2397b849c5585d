"""A request by each protocol, through the doors that partners.toml opens, to the real desk, ledger and vault."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsar.case import Case, Ending, State
from dsar.policy import Demand
from dsar.requests import Regime, Right
from intake.handing_over import CASE
from ledger.ledger import Ledger
from settings import BadSettings, read_partners
from tests.unit.opendsr_rig import DOCUMENT, TOKEN, Acme
from tests.unit.test_web_with_desk import Office
from tests.unit.web_rig import BODY, CONTROLLER, PUBLIC_URL, Door, door
from tests.vectors.make_drp import AGENT_KEY, CLAIMS, public, signed
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault
from web.opendsr.signing import BadCertificate
from web.partner_doors import partner_doors

PARTNERS = f"""
[opendsr]
certificate = "opendsr.pem"
private_key = "opendsr.key"

[opendsr.controllers.acme]
token_sha256 = "{hashlib.sha256(TOKEN.encode()).hexdigest()}"
callback_hosts = ["acme.example.test"]

[drp]
business_id = "EXAMPLE_BUSINESS"

[drp.agents.EXAMPLE_AGENT]
verify_key = "{public(AGENT_KEY)}"
callback_hosts = ["agent.example.test"]
"""


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", b"a" * 32)
    keys = KeyRing(DiskStore(tmp_path / "vault", durable=False), {"m1": b"k" * 32}, "m1")
    yield Office(ledger, Vault(DiskStore(tmp_path / "vault", durable=False), keys))
    await ledger.close()


def written(folder: Path, text: str = PARTNERS) -> Path:
    """The file, with the certificate and the key beside it."""
    (folder / "opendsr.pem").write_text(DOCUMENT["certificate"], encoding="utf-8")
    (folder / "opendsr.key").write_text(DOCUMENT["private_key"], encoding="utf-8")
    file = folder / "partners.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
async def web(office: Office, tmp_path: Path) -> AsyncIterator[Door]:
    made = partner_doors(
        office.desk,
        office.ledger,
        read_partners(written(tmp_path)),
        us=CONTROLLER,
        public_url=PUBLIC_URL,
        now=datetime.now(UTC),
    )
    async with door(office.desk, doors=made.doors) as opened:
        yield opened


def now_claims(**other: object) -> dict[str, object]:
    """The claims of a message that is signed now."""
    now = datetime.now(UTC)
    times = {
        "issued-at": (now - timedelta(seconds=5)).isoformat(),
        "expires-at": (now + timedelta(minutes=9)).isoformat(),
    }
    return CLAIMS | times | other


async def agent_token(web: Door) -> dict[str, str]:
    """What an agent's requests carry."""
    answer = await web.ask("POST", "/v1/agent/EXAMPLE_AGENT", data=signed(now_claims(setup=True)))
    return {"Authorization": f"Bearer {answer.json['token']}"}


async def only_case(office: Office) -> Case:
    (row,) = await office.ledger.requests.open()
    return await office.vault.get_model(row.id, CASE, Case)


async def test_an_agents_request_is_kept_and_waits_for_the_persons_own_proof(office: Office, web: Door) -> None:
    """It lies sealed, a code is demanded whatever the agent verified, and the ledger holds no address."""
    headers = await agent_token(web)
    taken = await web.ask("POST", "/v1/data-rights-request", data=signed(now_claims()), headers=headers)
    status = await web.ask("GET", f"/v1/data-rights-request/{taken.json['request_id']}", headers=headers)

    case = await only_case(office)
    assert (case.right, case.channel, case.clock.regime) == (Right.DELETE, "agent", Regime.US_CA)
    assert case.proof is Demand.CODE
    assert [each.value for each in case.identity.identifiers if each.kind == "email"] == ["ada@example.com"]
    assert (taken.status, taken.json["status"], status.json["status"]) == (200, "open", "open")
    assert taken.json["expected_by"] == f"{case.clock.answer.due}T00:00:00+00:00"
    assert await office.ledger.requests.unstarted(timedelta(0)) == [case.request_id]
    entries = [entry.facts for entry in await office.ledger.journal.entries(case.request_id)]
    assert any(facts.get("claims_email_verified") is True for facts in entries)
    assert "ada@" not in json.dumps(entries)


async def test_a_controllers_request_is_kept_and_waits_for_the_persons_own_proof(office: Office, web: Door) -> None:
    """With the person's day as its first, and every answer signed."""
    acme = Acme(web)
    taken = await acme.create(submitted_time="2026-05-04T15:00:00Z")
    status = await acme.send("GET", f"/v2/requests/{taken.json['subject_request_id']}")

    case = await only_case(office)
    assert (taken.status, status.json["request_status"]) == (201, "pending")
    assert (case.right, case.channel, case.clock.regime) == (Right.DELETE, "opendsr", Regime.EU)
    assert case.proof is Demand.CODE
    assert case.clock.received == datetime(2026, 5, 4, 15, tzinfo=UTC)
    assert json.loads(base64.b64decode(taken.json["encoded_request"]))["subject_request_type"] == "erasure"


async def test_a_time_to_come_is_refused(office: Office, web: Door) -> None:
    """And nothing is kept."""
    answer = await Acme(web).create(submitted_time="2026-05-05T13:00:00Z")

    assert (answer.status, answer.json["error"]["code"]) == (400, 400)
    assert await office.ledger.requests.open() == []


async def test_no_agent_stops_what_the_person_asked(office: Office, web: Door) -> None:
    """The person asked for the same: whatever an agent takes back, that goes on."""
    body = {**BODY, "right": "delete", "regime": "us-ca", "person": {"email": "ada@example.com"}}
    own = (await web.signed(body)).json["request_id"]
    headers = await agent_token(web)
    taken = await web.ask("POST", "/v1/data-rights-request", data=signed(now_claims()), headers=headers)
    path = f"/v1/data-rights-request/{taken.json['request_id']}"
    await web.ask("DELETE", path, data=signed({"reason": "no longer"}), headers=headers)

    assert taken.status == 200
    assert own in [row.id for row in await office.ledger.requests.open()]


async def test_while_the_engine_is_down_nothing_is_called_revoked_that_is_not(office: Office, web: Door) -> None:
    """503, and the status stays; the agent may try again."""
    headers = await agent_token(web)
    taken = await web.ask("POST", "/v1/data-rights-request", data=signed(now_claims()), headers=headers)
    path = f"/v1/data-rights-request/{taken.json['request_id']}"
    answer = await web.ask("DELETE", path, data=signed({"reason": "no longer"}), headers=headers)
    status = await web.ask("GET", path, headers=headers)

    assert (answer.status, answer.json["code"]) == (503, "503")
    assert status.json["status"] == "open"


async def test_the_end_is_read_from_the_ledger(office: Office, web: Door) -> None:
    """When the saga is long over."""
    headers = await agent_token(web)
    taken = await web.ask("POST", "/v1/data-rights-request", data=signed(now_claims()), headers=headers)
    case = await only_case(office)
    await office.ledger.journal.append(
        case.request_id, "denied", "denied", state=State.CLOSED, closed=Ending.DENIED_UNVERIFIED
    )
    status = await web.ask("GET", f"/v1/data-rights-request/{taken.json['request_id']}", headers=headers)

    assert (status.json["status"], status.json["reason"]) == ("denied", "insuf_verification")


BROKEN = {
    "no TOML": "[drp",
    "a table that is not known": "[dpr]\nbusiness_id = 'X'",
    "a short key": "[drp]\nbusiness_id = 'X'\n[drp.agents.A]\nverify_key = 'c2VjcmV0'",
    "a host with a scheme": PARTNERS.replace('"agent.example.test"', '"https://agent.example.test"'),
    "a token instead of its hash": PARTNERS.replace(hashlib.sha256(TOKEN.encode()).hexdigest(), "c2VjcmV0"),
    "a file that is not there": PARTNERS.replace("opendsr.key", "nowhere.key"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_in_the_file_is_told_without_what_stands_there(tmp_path: Path, name: str) -> None:
    """Where, and what to do."""
    file = written(tmp_path, BROKEN[name])

    with pytest.raises(BadSettings) as refused:
        read_partners(file)

    assert str(tmp_path) in str(refused.value)
    assert "c2VjcmV0" not in str(refused.value)


async def test_a_certificate_for_elsewhere_opens_no_door(office: Office, tmp_path: Path) -> None:
    """The domain is that of the address where people reach us."""
    with pytest.raises(BadCertificate, match=r"not for other\.example\.test"):
        partner_doors(
            office.desk,
            office.ledger,
            read_partners(written(tmp_path)),
            us=CONTROLLER,
            public_url="https://other.example.test",
            now=datetime.now(UTC),
        )
