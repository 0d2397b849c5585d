"""The Data Rights Protocol at the web door: an agent asks, and proves nothing but that it is the agent."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dsar.case import Ending, State
from dsar.requests import Regime, Right
from dsar.wish import Detail
from intake.desk import Refused
from intake.engine import EngineDown
from ledger.ledger import Ledger
from tests.unit.drp_rig import BASE, CALLBACK, SET_UP, SETTINGS, Moment, agency, flip
from tests.unit.ledger_rig import new_request
from tests.unit.web_rig import REQUEST_ID, FakeDesk, row
from tests.vectors import make_drp
from tests.vectors.make_drp import AGENT_KEY, CLAIMS, OTHER_KEY, public, signed
from web.drp.errors import DrpProblem
from web.drp.messages import decoded, opened
from web.partners import Agent

VECTORS: list[dict[str, Any]] = json.loads(make_drp.FILE.read_text(encoding="utf-8"))["vectors"]


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", b"a" * 32, Moment())
    yield ledger
    await ledger.close()


def test_the_vectors_are_what_their_script_makes() -> None:
    """Whoever reuses the file can make it again."""
    assert json.loads(make_drp.FILE.read_text(encoding="utf-8")) == make_drp.document()


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
async def test_each_vector_is_answered_as_it_says(kept: Ledger, vector: dict[str, Any]) -> None:
    """With the right code, in the protocol's form; a refusal reaches no desk and repeats nothing of the person."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        answer = await agent.exercise(vector["message"])

    assert answer.status == vector["status"]
    assert bool(desk.submissions) == (vector["step"] == "accepted")
    if vector["step"] != "accepted":
        assert answer.json["code"] == str(vector["status"])
        assert answer.json.get("fatal", False) is vector["fatal"]
        assert b"ada" not in answer.body.lower()
    if vector["step"] in {"agent-id", "business-id", "issued-at", "expires-at"}:
        assert vector["step"] in answer.json["message"]


GOOD = signed(CLAIMS)


@given(st.integers(min_value=0, max_value=len(base64.b64decode(GOOD)) * 8 - 1))
def test_a_bit_turned_anywhere_is_refused(bit: int) -> None:
    """In the signature or in what is signed."""
    with pytest.raises(DrpProblem) as refused:
        opened(
            decoded(flip(GOOD, bit).encode()),
            AGENT_KEY.public_key(),
            agent_id="EXAMPLE_AGENT",
            business_id="EXAMPLE_BUSINESS",
            now=datetime.fromisoformat(make_drp.NOW),
        )

    assert refused.value.kind.status == 403


@given(st.integers(min_value=0, max_value=len(GOOD) - 1), st.sampled_from("ABCabc019+/="))
def test_a_letter_changed_anywhere_is_refused(at: int, letter: str) -> None:
    """Also where base64 would read the same bytes."""
    changed = GOOD[:at] + letter + GOOD[at + 1 :]
    if changed == GOOD:
        return

    with pytest.raises(DrpProblem):
        opened(
            decoded(changed.encode()),
            AGENT_KEY.public_key(),
            agent_id="EXAMPLE_AGENT",
            business_id="EXAMPLE_BUSINESS",
            now=datetime.fromisoformat(make_drp.NOW),
        )


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_signed_nonsense_is_refused_and_breaks_nothing(payload: bytes) -> None:
    """A genuine signature does not make it a message."""
    with pytest.raises(DrpProblem):
        opened(
            decoded(signed(payload).encode()),
            AGENT_KEY.public_key(),
            agent_id="EXAMPLE_AGENT",
            business_id="EXAMPLE_BUSINESS",
            now=datetime.fromisoformat(make_drp.NOW),
        )


async def test_a_message_is_good_for_one_use(kept: Ledger) -> None:
    """Sent again it is refused; signed anew, it is answered with the same request, and nothing new is begun."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        first = await agent.exercise(GOOD)
        replayed = await agent.exercise(GOOD)
        anew = await agent.exercise(signed(CLAIMS | {"issued-at": "2026-05-05T11:59:01Z"}))

    assert (first.status, replayed.status, anew.status) == (200, 409, 200)
    assert anew.json["request_id"] == first.json["request_id"]
    assert len(desk.submissions) == 1


async def test_an_agents_name_for_a_request_is_for_one_request(kept: Ledger) -> None:
    """For another, it is refused; without a name, each message is a request."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        await agent.exercise()
        another = await agent.exercise(email="grace@example.org")
        nameless = [await agent.exercise(signed(CLAIMS | {"agent-request-id": None, "jti": n})) for n in (1, 2)]

    assert (another.status, another.json["fatal"]) == (400, True)
    assert len({answer.json["request_id"] for answer in nameless}) == 2
    assert len(desk.submissions) == 3


async def test_a_message_is_no_token_request_a_second_time(kept: Ledger) -> None:
    """Who saw an agent set its token up gets none by it, and does not end the agent's."""
    async with agency(FakeDesk(), kept) as agent:
        again = await agent.web.ask("POST", "/v1/agent/EXAMPLE_AGENT", data=signed(SET_UP))
        still = await agent.send("GET", "/v1/agent/EXAMPLE_AGENT")

    assert (again.status, again.body) == (403, b"")
    assert (still.status, still.json) == (200, {})


SET_UPS = make_drp.set_ups()


@pytest.mark.parametrize("vector", SET_UPS, ids=[vector["name"] for vector in SET_UPS])
async def test_a_token_is_given_as_its_vector_says(kept: Ledger, vector: dict[str, Any]) -> None:
    """Or refused with 403 and an empty body; a token that was refused to somebody ends no other's."""
    async with agency(FakeDesk(), kept, set_up="nonce") as agent:
        path = f"/v1/agent/{vector['agent_id']}"
        answer = await agent.web.ask("POST", path, data=vector["message"])
        still = await agent.send("GET", "/v1/agent/EXAMPLE_AGENT")

    assert answer.status == vector["status"]
    assert (answer.body == b"") is (vector["status"] == 403)
    assert still.status == (200 if vector["status"] == 403 else 401)


async def test_a_token_is_one_agents(kept: Ledger) -> None:
    """Nobody's, or another's: 401, 403."""
    async with agency(FakeDesk(), kept) as agent:
        another = await agent.send("GET", "/v1/agent/OTHER_AGENT")
        agent.token = "made-up"
        unknown = await agent.send("GET", "/v1/agent/EXAMPLE_AGENT")
        asking = await agent.exercise()

    assert (another.status, unknown.status, asking.status) == (403, 401, 401)
    assert unknown.json["code"] == "401"


async def test_base64_is_looked_at_before_the_token(kept: Ledger) -> None:
    """The specification's order."""
    async with agency(FakeDesk(), kept) as agent:
        agent.token = "made-up"
        answer = await agent.exercise("???")

    assert answer.status == 400


ASKED = [
    ({"exercise": "deletion"}, Right.DELETE, Regime.US_CA, Detail.SPECIFIC),
    ({"exercise": "access"}, Right.KNOW, Regime.US_CA, Detail.SPECIFIC),
    ({"exercise": "access:categories"}, Right.KNOW, Regime.US_CA, Detail.CATEGORIES),
    ({"exercise": "access:specific"}, Right.KNOW, Regime.US_CA, Detail.SPECIFIC),
    ({"exercise": "sale:opt-out"}, Right.OPT_OUT, Regime.US_CA, Detail.SPECIFIC),
    ({"exercise": "sale:opt_out"}, Right.OPT_OUT, Regime.US_CA, Detail.SPECIFIC),
    ({"exercise": "access", "regime": None}, Right.ACCESS, None, Detail.SPECIFIC),
]


@pytest.mark.parametrize(("claims", "right", "regime", "detail"), ASKED)
async def test_each_action_is_one_of_our_rights(
    kept: Ledger, claims: dict[str, Any], right: Right, regime: Regime | None, detail: Detail
) -> None:
    """Under the law that is named, or the policy's own."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        await agent.exercise(phone_number="+15005550006", **claims)

    (submission,) = desk.submissions
    assert (submission.asked, submission.regime, submission.wish.detail) == ((right,), regime, detail)
    assert (submission.channel, submission.person.email) == ("agent", "ada@example.com")
    assert submission.person.phone == "+15005550006"


async def test_what_an_agent_verified_is_kept_as_its_claim(kept: Ledger) -> None:
    """In the journal, without the address; the request is the same as without it."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        await agent.exercise(power_of_attorney="https://agent.example.test/poa/ada")

    (entry,) = await kept.journal.entries(REQUEST_ID)
    assert entry.facts["claims_email_verified"] is True
    assert entry.facts["claims_power_of_attorney"] is True
    assert entry.facts["claims_phone_verified"] is False
    assert "ada" not in json.dumps(entry.facts)


async def test_the_status_object_says_what_the_protocol_asks(kept: Ledger) -> None:
    """With the agent's own name for it, and the ticket only where there is a copy to open, and only once."""
    async with agency(FakeDesk(), kept) as agent:
        taken = (await agent.exercise(exercise="access")).json
        erasure = (await agent.exercise(**{"agent-request-id": "agent-request-2"})).json
        later = (await agent.send("GET", f"{BASE}/{taken['request_id']}")).json

    assert set(taken) == {
        "request_id", "status", "received_at", "expected_by", "processing_details", "agent_request_id",
    }  # fmt: skip
    assert (taken["status"], taken["agent_request_id"]) == ("open", "agent-request-1")
    assert taken["request_id"] != REQUEST_ID
    assert "tick-et-no01" in taken["processing_details"]
    assert "icket" not in erasure["processing_details"] + later["processing_details"]
    assert later["status"] == "in_progress"
    assert later["expected_by"].startswith("2026-08-03")


async def test_a_trailing_slash_is_tolerated(kept: Ledger) -> None:
    """As in the older versions."""
    async with agency(FakeDesk(), kept) as agent:
        answer = await agent.exercise(path=BASE + "/")

    assert answer.status == 200


ENDED = [
    (Ending.COMPLIED, "fulfilled", None),
    (Ending.PARTLY, "fulfilled", None),
    (Ending.NOTHING_FOUND, "denied", "no_match"),
    (Ending.DENIED_UNVERIFIED, "denied", "insuf_verification"),
    (Ending.REFUSED, "denied", "other"),
    (Ending.CANCELLED, "revoked", None),
]


@pytest.mark.parametrize(("ending", "status", "reason"), ENDED)
async def test_each_ending_is_a_final_state(kept: Ledger, ending: Ending, status: str, reason: str | None) -> None:
    """With its reason, and nothing more to expect."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        taken = (await agent.exercise()).json
        desk.rows[REQUEST_ID] = row(
            state=State.ANSWERED, closed_at=datetime.fromisoformat(make_drp.NOW), outcome=ending
        )
        answer = (await agent.send("GET", f"{BASE}/{taken['request_id']}")).json

    assert (answer["status"], answer.get("reason"), answer.get("expected_by")) == (status, reason, None)


async def test_nobody_reads_or_revokes_anothers(kept: Ledger) -> None:
    """403, as for what does not exist."""
    async with agency(FakeDesk(), kept) as agent:
        taken = (await agent.exercise()).json
        agent.token = (
            await agent.web.ask(
                "POST", "/v1/agent/OTHER_AGENT", data=signed(SET_UP | {"agent-id": "OTHER_AGENT"}, OTHER_KEY)
            )
        ).json["token"]
        path = f"{BASE}/{taken['request_id']}"
        answers = [
            await agent.send("GET", path),
            await agent.send("DELETE", path, signed({"reason": "x"}, OTHER_KEY)),
            await agent.send("GET", f"{BASE}/none"),
        ]

    assert [answer.status for answer in answers] == [403, 403, 403]


async def test_revoked_is_cancelled_once(kept: Ledger) -> None:
    """Only by a message that the agent signed; said again, it is revoked already."""
    desk = FakeDesk()
    await kept.requests.receive(_request())
    async with agency(desk, kept) as agent:
        path = f"{BASE}/{(await agent.exercise()).json['request_id']}"
        forged = await agent.send("DELETE", path, signed({"reason": "x"}, OTHER_KEY))
        revoked = await agent.send("DELETE", path, signed({"reason": "I want to stay"}))
        again = await agent.send("DELETE", path, signed({"reason": "I want to stay"}))

    assert forged.status == 403
    assert (revoked.json["status"], again.json["status"]) == ("revoked", "revoked")
    assert desk.calls.count("cancel by drp:EXAMPLE_AGENT") == 1


async def test_revoking_does_not_stop_what_the_person_asked_too(kept: Ledger) -> None:
    """The agent's part is revoked, the request goes on."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        await agent.exercise()
        joined = await agent.exercise(**{"agent-request-id": "agent-request-2"})
        revoked = await agent.send("DELETE", f"{BASE}/{joined.json['request_id']}", signed({"reason": "x"}))

    assert revoked.json["status"] == "revoked"
    assert not [call for call in desk.calls if call.startswith("cancel")]


async def test_too_late_to_revoke(kept: Ledger) -> None:
    """409, and it stays as it is."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        path = f"{BASE}/{(await agent.exercise()).json['request_id']}"
        desk.fails["cancel by drp:EXAMPLE_AGENT"] = Refused("the erasure has begun")
        refused = await agent.send("DELETE", path, signed({"reason": "x"}))
        after = await agent.send("GET", path)

    assert (refused.status, after.json["status"]) == (409, "in_progress")


async def test_what_the_desk_refuses_or_cannot_do_is_said_in_the_protocols_form(kept: Ledger) -> None:
    """Fatal, or to be tried again."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        desk.fails["submit"] = Refused("regime: not here")
        refused = await agent.exercise()
        desk.fails["submit"] = EngineDown()
        down = await agent.exercise(**{"issued-at": "2026-05-05T11:58:00Z"})

    assert (refused.status, refused.json) == (400, {"code": "400", "message": "regime: not here", "fatal": True})
    assert (down.status, down.json["code"]) == (503, "503")
    assert "fatal" not in down.json


@pytest.mark.parametrize(
    "url",
    [
        "http://agent.example.test/status", "https://elsewhere.test/status", "https://agent.example.test:8443/status",
        "https://agent.example.test@elsewhere.test/status", "https://agent.example.test/status?email=ada",
        "https://agent.example.test/#x", "https://agent.example.test.elsewhere.test/", "//agent.example.test/status",
        "https://[::1/", "https://169.254.169.254/latest", "https://agent.example.test\\@elsewhere.test/", "",
    ],
)  # fmt: skip
async def test_only_agreed_places_are_called(kept: Ledger, url: str) -> None:
    """Others are refused before anything is kept."""
    desk = FakeDesk()
    async with agency(desk, kept) as agent:
        refused = await agent.exercise(status_callback=url)
        taken = await agent.exercise(status_callback=CALLBACK)

    assert (refused.status, taken.status) == (400, 200)
    assert len(desk.submissions) == 1


@pytest.mark.parametrize("key", ["", "AAAA", "not base64!", base64.b64encode(bytes(32)).decode()])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    """Also one under which anybody could sign."""
    with pytest.raises(ValueError, match="verify_key"):
        Agent(verify_key=key)


def test_a_clock_that_is_fast_is_met_with_the_specifications_answer() -> None:
    """No tolerance: a minute ahead is too early, and not fatal; the same a minute later holds."""
    message = signed(CLAIMS | {"issued-at": "2026-05-05T12:00:30Z"})
    given_now = datetime.fromisoformat(make_drp.NOW)

    def at(now: datetime) -> None:
        opened(
            decoded(message.encode()),
            AGENT_KEY.public_key(),
            agent_id="EXAMPLE_AGENT",
            business_id="EXAMPLE_BUSINESS",
            now=now,
        )

    with pytest.raises(DrpProblem) as early:
        at(given_now)
    at(given_now + timedelta(minutes=1))

    assert not early.value.fatal
    assert public(AGENT_KEY) == SETTINGS.agents["EXAMPLE_AGENT"].verify_key


def _request() -> Any:
    return new_request().model_copy(update={"id": REQUEST_ID})
