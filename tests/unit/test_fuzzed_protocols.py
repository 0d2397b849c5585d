"""Both partners' protocols, through any order of what a partner, or somebody who is none, may send."""

import asyncio
import base64
import json
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.ledger import Ledger
from tests.fuzzing import times
from tests.unit.drp_rig import BASE, SETTINGS, Moment, flip
from tests.unit.opendsr_rig import OTHER_TOKEN, TOKEN, opendsr_door, public_key
from tests.unit.web_rig import Answer, FakeDesk, door
from tests.vectors.make_drp import AGENT_KEY, CLAIMS, OTHER_KEY, signed
from tests.vectors.make_opendsr import BODY
from web.drp import messages
from web.drp.bodies import exercise
from web.drp.door import DrpDoor
from web.drp.errors import DrpProblem
from web.opendsr.signing import SIGNATURE, holds

STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
KEYS = {"EXAMPLE_AGENT": AGENT_KEY, "OTHER_AGENT": OTHER_KEY}
NOW = Moment().now


def moment(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


DEFECTS: dict[str, dict[str, Any]] = {
    "agent-id": {"agent-id": "OTHER_AGENT"},
    "business-id": {"business-id": "ANOTHER_BUSINESS"},
    "issued-at": {"issued-at": moment(1)},
    "expires-at": {"expires-at": moment(-7200)},
    "body": {"regime": "gdpr"},
}
"""In the order in which a receiver looks; whatever else is wrong, the first is the answer."""


@given(st.sets(st.sampled_from(["base64", "signature", "json", *DEFECTS])))
@settings(max_examples=times(100), deadline=None)
def test_the_first_step_that_does_not_hold_is_the_answer(wrong: set[str]) -> None:
    """Of any number of defects at once, in the specification's order (3.07)."""
    claims = dict(CLAIMS)
    for name in wrong & DEFECTS.keys():
        claims |= DEFECTS[name]
    payload = b"[" if "json" in wrong else json.dumps(claims).encode()
    message = signed(payload, STRANGER if "signature" in wrong else AGENT_KEY)
    expected = next((name for name in ("base64", "signature", "json", *DEFECTS) if name in wrong), "accepted")

    found = verdict("?" + message if "base64" in wrong else message)

    assert found == expected


def verdict(message: str) -> str:
    """The first step that does not hold, as the problem tells it."""
    try:
        envelope = messages.decoded(message.encode())
        opened = messages.opened(
            envelope, AGENT_KEY.public_key(), agent_id="EXAMPLE_AGENT", business_id="EXAMPLE_BUSINESS", now=NOW
        )
        exercise(opened.claims).submission("EXAMPLE_AGENT", opened.payload)
    except DrpProblem as problem:
        told = {"base64": "base64", "The signature": "signature", "JSON object": "json", "cannot be used": "body"}
        steps = [step for words, step in told.items() if words in problem.detail]
        return steps[0] if steps else next(name for name in DEFECTS if name in problem.detail)
    return "accepted"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*CLAIMS, "status_callback", "phone_number", "address", "power_of_attorney"]), JSON)
)
@settings(max_examples=times(150), deadline=None)
def test_whatever_is_genuinely_signed_is_a_request_or_a_refusal(claims: dict[str, Any]) -> None:
    """A partner's own mistakes, of any type in any field, break nothing; and no refusal repeats what was sent."""
    said = CLAIMS | claims | {"name": "canary-7f3a"}

    refused = refusal(json.loads(json.dumps(said)))

    assert "canary" not in (refused.detail if refused else "")
    assert refused is None or refused.kind.status == 400


def refusal(claims: dict[str, Any]) -> DrpProblem | None:
    """What a request of these claims is refused with."""
    try:
        exercise(claims).submission("EXAMPLE_AGENT", json.dumps(claims).encode())
    except DrpProblem as problem:
        return problem
    return None


class Partner:
    """One machine's server and client, in a loop of its own."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.desk = FakeDesk()

    def close(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    def ask(self, web: Any, method: str, path: str, **options: Any) -> Answer:
        options["headers"] = {"Connection": "close", **options.get("headers", {})}  # the loop rests between two steps
        answer: Answer = self.runner.run(web.ask(method, path, **options))
        assert answer.status < 500
        return answer


class DrpMachine(RuleBasedStateMachine):
    """Two agents, a thief who reads all of it, and a clock that goes on."""

    folder: ClassVar[Path]
    count: ClassVar[int] = 0

    used = Bundle("used")
    """Messages that a receiver has seen."""
    refs = Bundle("refs")
    """Requests as agents know them, with whose they are."""

    def __init__(self) -> None:
        super().__init__()
        type(self).count += 1
        self.partner, self.clock = Partner(), Moment()
        self.partner.runner.run(self._open(f"sqlite+aiosqlite:///{self.folder / f'{self.count}.sqlite'}"))
        self.nonce = 0
        self.taken: dict[tuple[str, str], tuple[str, str]] = {}
        """What each agent asked under each name: what, and our name for it."""
        self.spent: set[str] = set()
        self.revoked: set[str] = set()
        self.tokens = {agent: self._new_token(agent) for agent in KEYS}

    async def _open(self, url: str) -> None:
        ledger = await Ledger.open(url, b"l" * 32, self.clock)
        self.partner.stack.push_async_callback(ledger.close)
        here = DrpDoor(self.partner.desk, ledger.partners, SETTINGS, patience=5, now=self.clock)
        self.web = await self.partner.stack.enter_async_context(door(self.partner.desk, doors=[here]))

    def teardown(self) -> None:
        self.partner.close()

    def _claims(self, agent: str, **more: Any) -> dict[str, Any]:
        self.nonce += 1
        now = self.clock.now
        times_ = {
            "issued-at": (now - timedelta(seconds=1)).isoformat(),
            "expires-at": (now + timedelta(minutes=10)).isoformat(),
        }
        return CLAIMS | times_ | {"agent-id": agent, "nonce": self.nonce} | more

    def _new_token(self, agent: str) -> str:
        message = signed(self._claims(agent), KEYS[agent])
        answer = self.partner.ask(self.web, "POST", f"/v1/agent/{agent}", data=message)
        assert answer.status == 200
        return str(answer.json["token"])

    def _send(self, agent: str, method: str, path: str, message: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.tokens[agent]}", "Content-Type": "text/plain"}
        return self.partner.ask(self.web, method, path, data=message, headers=headers)

    @rule(agent=st.sampled_from(sorted(KEYS)))
    def a_new_token_ends_the_old_one(self, agent: str) -> None:
        old = self.tokens[agent]
        self.tokens[agent] = self._new_token(agent)
        headers = {"Authorization": f"Bearer {old}"}
        assert self.partner.ask(self.web, "GET", f"/v1/agent/{agent}", headers=headers).status == 401
        assert self._send(agent, "GET", f"/v1/agent/{agent}").status == 200

    @rule(target=used, agent=st.sampled_from(sorted(KEYS)), name=st.sampled_from("abc"), email=st.sampled_from("xy"))
    def ask(self, agent: str, name: str, email: str) -> tuple[str, str]:
        claims = self._claims(agent, email=f"{email}@example.com", **{"agent-request-id": name})
        claims.pop("nonce")  # what lasts of two messages is the same: only then are they one request
        claims["issued-at"] = (self.clock.now - timedelta(microseconds=self.nonce)).isoformat()
        message = signed(claims, KEYS[agent])
        answer = self._send(agent, "POST", BASE, message)
        known = self.taken.get((agent, name))
        if known and known[0] != email:
            assert (answer.status, answer.json["fatal"]) == (400, True)
        else:
            assert answer.status == 200
            assert known is None or answer.json["request_id"] == known[1]
            self.taken[agent, name] = (email, answer.json["request_id"])
        self.spent.add(message)
        return agent, message

    @rule(message=used, as_agent=st.sampled_from(sorted(KEYS)))
    def replay(self, message: tuple[str, str], as_agent: str) -> None:
        answer = self._send(as_agent, "POST", BASE, message[1])
        assert answer.status in ({400, 409} if as_agent == message[0] else {403})

    @rule(message=used, bit=st.integers(0, 4_000))
    def turn_a_bit(self, message: tuple[str, str], bit: int) -> None:
        assert self._send(message[0], "POST", BASE, flip(message[1], bit)).status == 403

    @rule(message=used)
    def use_it_for_a_token(self, message: tuple[str, str]) -> None:
        answer = self.partner.ask(self.web, "POST", f"/v1/agent/{message[0]}", data=message[1])
        assert (answer.status, answer.body) == (403, b"")
        assert self._send(message[0], "GET", f"/v1/agent/{message[0]}").status == 200

    @rule(agent=st.sampled_from(sorted(KEYS)), key=st.sampled_from(["stranger", "other"]))
    def forge(self, agent: str, key: str) -> None:
        signer = STRANGER if key == "stranger" else KEYS["OTHER_AGENT" if agent == "EXAMPLE_AGENT" else "EXAMPLE_AGENT"]
        assert self._send(agent, "POST", BASE, signed(self._claims(agent), signer)).status == 403

    @rule(agent=st.sampled_from(sorted(KEYS)), pick=st.integers(0, 5))
    def look(self, agent: str, pick: int) -> None:
        for (owner, name), (_, ref) in list(self.taken.items())[pick : pick + 1]:
            answer = self._send(agent, "GET", f"{BASE}/{ref}")
            assert answer.status == (200 if agent == owner else 403)
            if agent == owner:
                assert answer.json["agent_request_id"] == name
                assert (answer.json["status"] == "revoked") is (ref in self.revoked)

    @rule(agent=st.sampled_from(sorted(KEYS)), pick=st.integers(0, 5), genuine=st.booleans())
    def revoke(self, agent: str, pick: int, genuine: bool) -> None:
        for (owner, _), (_, ref) in list(self.taken.items())[pick : pick + 1]:
            message = signed({"reason": "x"}, KEYS[agent] if genuine else STRANGER)
            answer = self._send(agent, "DELETE", f"{BASE}/{ref}", message)
            assert answer.status == (200 if genuine and agent == owner else 403)
            if answer.status == 200:
                assert answer.json["status"] == "revoked"
                self.revoked.add(ref)

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @invariant()
    def nothing_is_begun_that_was_not_asked_for(self) -> None:
        assert len(self.partner.desk.submissions) == len(self.taken)


class OpenDsrMachine(RuleBasedStateMachine):
    """Two controllers, and somebody with a token of nobody's."""

    folder: ClassVar[Path]
    count: ClassVar[int] = 0

    TOKENS: ClassVar[dict[str, str]] = {"acme": TOKEN, "other": OTHER_TOKEN, "nobody": "token-of-nobody"}

    def __init__(self) -> None:
        super().__init__()
        type(self).count += 1
        self.partner = Partner()
        self.partner.runner.run(self._open(f"sqlite+aiosqlite:///{self.folder / f'{self.count}.sqlite'}"))
        self.taken: dict[tuple[str, str], bytes] = {}
        self.cancelled: set[tuple[str, str]] = set()

    async def _open(self, url: str) -> None:
        ledger = await Ledger.open(url, b"l" * 32)
        self.partner.stack.push_async_callback(ledger.close)
        here = opendsr_door(self.partner.desk, ledger)
        self.web = await self.partner.stack.enter_async_context(door(self.partner.desk, doors=[here]))

    def teardown(self) -> None:
        self.partner.close()

    def _send(self, who: str, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.TOKENS[who]}", "Content-Type": "application/json"}
        answer = self.partner.ask(self.web, method, path, data=body, headers=headers)
        assert holds(answer.body, answer.headers[SIGNATURE], public_key())
        return answer

    @rule(who=st.sampled_from(sorted(TOKENS)), number=st.integers(0, 3), kind=st.sampled_from(["access", "erasure"]))
    def ask(self, who: str, number: int, kind: str) -> None:
        ref = str(UUID(int=number, version=4))
        body = json.dumps(BODY | {"subject_request_id": ref, "subject_request_type": kind}).encode()
        answer = self._send(who, "POST", "/v2/requests", body)
        if who == "nobody":
            assert answer.status == 401
        elif self.taken.setdefault((who, ref), body) != body:
            assert answer.status == 400
        else:
            assert answer.status == 201
            assert base64.b64decode(answer.json["encoded_request"]) == body

    @rule(who=st.sampled_from(["acme", "other"]), at=st.integers(0, 400), put=st.binary(max_size=4))
    def send_something_else(self, who: str, at: int, put: bytes) -> None:
        """Whatever a changed body still says, it says of a name that is never one of ours here."""
        body = json.dumps(BODY).encode()
        changed = body[:at] + put + body[at + len(put) :]
        answer = self._send(who, "POST", "/v2/requests", changed)
        assert answer.status in {201, 400}
        if answer.status == 201:
            ref = str(answer.json["subject_request_id"])
            self.taken.setdefault((who, ref), changed)

    @rule(who=st.sampled_from(sorted(TOKENS)), number=st.integers(0, 3))
    def look(self, who: str, number: int) -> None:
        ref = str(UUID(int=number, version=4))
        answer = self._send(who, "GET", f"/v2/requests/{ref}")
        assert answer.status == (401 if who == "nobody" else 200 if (who, ref) in self.taken else 404)
        if answer.status == 200:
            assert (answer.json["request_status"] == "cancelled") is ((who, ref) in self.cancelled)

    @rule(who=st.sampled_from(sorted(TOKENS)), number=st.integers(0, 3))
    def cancel(self, who: str, number: int) -> None:
        ref = str(UUID(int=number, version=4))
        answer = self._send(who, "DELETE", f"/v2/requests/{ref}")
        assert answer.status == (401 if who == "nobody" else 202 if (who, ref) in self.taken else 404)
        if answer.status == 202:
            self.cancelled.add((who, ref))

    @invariant()
    def nothing_is_begun_that_was_not_asked_for(self) -> None:
        assert len(self.partner.desk.submissions) == len(self.taken)


@pytest.mark.parametrize("machine", [DrpMachine, OpenDsrMachine])
def test_in_any_order_nothing_unsigned_is_taken_and_nothing_taken_is_lost(
    machine: type[DrpMachine] | type[OpenDsrMachine], tmp_path: Path
) -> None:
    """Replays, forgeries, bits turned, other partners' requests, new tokens, time: each is answered as it must be."""
    machine.folder = tmp_path

    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=times(8), stateful_step_count=25, deadline=None, phases=[Phase.generate]),
    )
