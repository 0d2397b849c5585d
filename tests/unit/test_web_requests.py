"""Requests over HTTP: what is taken in, what is refused, and what a status says."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from dsar.requests import Right
from intake.desk import Refused
from intake.engine import EngineDown
from tests.unit.web_rig import BODY, PUBLIC_URL, REQUEST_ID, FakeDesk, closed, door

STATUS = f"/v1/requests/{REQUEST_ID}"


def started(desk: FakeDesk) -> list[str]:
    """What was asked of the desk, but for the look that is always taken."""
    return [call for call in desk.calls if call != "dispatch"]


async def test_a_signed_request_is_kept_and_answered_with_a_receipt() -> None:
    """202, where to follow it, the ticket once, and nothing of the person."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.signed(BODY)

    assert answer.status == 202
    assert answer.headers["Location"] == PUBLIC_URL + STATUS
    assert answer.json == {
        "request_id": REQUEST_ID,
        "status_url": PUBLIC_URL + STATUS,
        "state": "received",
        "joined": False,
        "started": True,
        "ticket": "tick-et-no01",
        "due": "2026-06-19",
        "safe": "2026-06-18",
        "right": "access",
        "others": [],
    }
    assert desk.submissions[0].right is Right.ACCESS
    assert desk.submissions[0].channel == "webhook"
    assert b"canary" not in answer.body.lower()


async def test_with_the_engine_down_a_request_is_kept_all_the_same() -> None:
    """202, and the receipt says that it has not started."""
    desk = FakeDesk()
    desk.fails["engine"] = EngineDown()

    async with door(desk) as web:
        answer = await web.signed(BODY)

    assert answer.status == 202
    assert answer.json["started"] is False


def person(**fields: object) -> dict[str, Any]:
    return {"right": "access", "person": fields}


DEEP = b'{"person":' * 4_000 + b"1" + b"}" * 4_000

BAD_BODIES: dict[str, tuple[object, int, str, list[str]]] = {
    "nothing": (b"", 400, "malformed", []),
    "half an object": (b'{"right":', 400, "malformed", []),
    "deeper than any request": (DEEP, 400, "malformed", []),
    "deeper than a stack": (b"[" * 60_000, 400, "malformed", []),
    "a list": ([], 422, "invalid", ["#"]),
    "null": (None, 422, "invalid", ["#"]),
    "an unknown right": ({**BODY, "right": "canary"}, 422, "invalid", ["#/right"]),
    "an unknown field": ({**BODY, "canary": 1}, 422, "invalid", ["#"]),
    "an unknown field of the person": (person(email="a@b.test", canary=1), 422, "invalid", ["#/person"]),
    "no person": ({"right": "access"}, 422, "invalid", ["#/person"]),
    "no identity": (person(), 422, "invalid", ["#/person"]),
    "a name alone": (person(name="Canary"), 422, "invalid", ["#/person"]),
    "no email address": (person(email="canary"), 422, "invalid", ["#/person/email"]),
    "a number for a text": (person(customer_id=12), 422, "invalid", ["#/person/customer_id"]),
    "two lines": (person(customer_id="a\nb"), 422, "invalid", ["#/person/customer_id"]),
    "too long": (person(customer_id="c" * 129), 422, "invalid", ["#/person/customer_id"]),
    "a date that is none": ({**BODY, "received": "2026-02-30"}, 422, "invalid", ["#/received"]),
    "a word for a date": ({**BODY, "received": "canary"}, 422, "invalid", ["#/received"]),
    "a region in words": ({**BODY, "region": "canary"}, 422, "invalid", ["#/region"]),
    "a channel of staff": ({**BODY, "channel": "phone"}, 422, "invalid", ["#/channel"]),
    "a rehearsal": ({**BODY, "dry_run": True}, 422, "invalid", ["#/dry_run"]),
    "a lone surrogate": (b'{"right":"access","person":{"email":"\\ud800@b.test"}}', 400, "malformed", []),
}


@pytest.mark.parametrize("name", BAD_BODIES)
async def test_a_body_that_cannot_be_used_starts_nothing(name: str) -> None:
    """It gets a problem document that says where the mistake is, and repeats nothing of what was sent."""
    content, status, slug, pointers = BAD_BODIES[name]
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.signed(content)

    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["type"] == f"/problems/{slug}"
    assert answer.json["status"] == status
    assert sorted({mistake["pointer"] for mistake in answer.json.get("errors", [])}) == pointers
    assert b"canary" not in answer.body.lower()
    assert not started(desk)


async def test_a_body_over_the_limit_starts_nothing() -> None:
    """64 KiB are enough for any request: 413."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.signed(b'{"x":"' + b"y" * 65_536 + b'"}')

    assert (answer.status, answer.json["type"]) == (413, "/problems/too-large")
    assert not started(desk)


async def test_only_plain_json_is_read() -> None:
    """Another type is a 415, a compressed body too: it would not be what was signed."""
    desk = FakeDesk()

    async with door(desk) as web:
        other = await web.signed(BODY, content_type="text/plain")
        compressed = await web.ask("POST", "/v1/requests", data=b"{}", headers={"Content-Encoding": "gzip"})

    assert (other.status, compressed.status) == (415, 415)
    assert not started(desk)


async def test_what_the_desk_refuses_is_refused_with_its_reason() -> None:
    """What only the desk can know is refused with its words: 422, and what to change."""
    desk = FakeDesk()
    desk.fails["submit"] = Refused("regime: requests are not taken in under br here")

    async with door(desk) as web:
        answer = await web.signed({**BODY, "regime": "br"})

    assert (answer.status, answer.json["type"]) == (422, "/problems/refused")
    assert answer.json["detail"] == "regime: requests are not taken in under br here"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"right": "delete", "rights": ["access"]},
        {"rights": []},
        {"right": "withdraw"},
        {"right": "correct", "wish": {"changes": [{"field": "shoe size", "value": "38"}]}},
        {"right": "delete", "wish": {"consents": ["newsletter"]}},
        {"right": "appeal", "wish": {"statement": "it is not so"}},
    ],
)
async def test_a_request_that_does_not_say_what_it_needs_is_invalid(asked: dict[str, object]) -> None:
    """Nothing asked, two ways of asking, or something missing that the right needs: 422, and nothing is kept."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.signed({"person": BODY["person"], **asked})

    assert (answer.status, answer.json["type"]) == (422, "/problems/invalid")
    assert desk.submissions == []


async def test_several_rights_come_in_one_message() -> None:
    """All of them reach the desk, each once, with what is wished of them."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.signed({"person": BODY["person"], "rights": ["access", "delete", "access"]})

    assert answer.status == 202
    assert [submission.asked for submission in desk.submissions] == [("access", "delete")]


@pytest.mark.parametrize(
    "error",
    [OSError("disk canary"), ConnectionRefusedError("canary"), OperationalError("canary", {}, ValueError("canary"))],
    ids=lambda error: type(error).__name__,
)
async def test_when_nothing_can_be_kept_nothing_is_promised(error: Exception) -> None:
    """Ledger or vault down: 503, when to come again, and the repeat is tried anew."""
    desk = FakeDesk()
    desk.fails["submit"] = error

    async with door(desk) as web:
        refused = await web.signed(BODY)
        desk.fails.clear()
        repeated = await web.signed(BODY)

    assert (refused.status, refused.json["type"]) == (503, "/problems/unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert b"canary" not in refused.body
    assert repeated.status == 202


async def test_a_bug_is_a_500_without_its_text() -> None:
    """What went wrong is ours to know: by type and place, in the log."""
    desk = FakeDesk()
    desk.fails["submit"] = KeyError("canary@person.test")

    async with door(desk) as web:
        answer = await web.signed(BODY)

    assert (answer.status, answer.json["type"]) == (500, "/problems/internal")
    assert b"canary" not in answer.body


# Repeats


async def test_the_same_webhook_again_gets_the_same_receipt() -> None:
    """Also under a fresh time and signature: senders sign anew when they try again."""
    desk = FakeDesk()

    async with door(desk) as web:
        first = await web.signed(BODY)
        again = await web.signed(BODY, age=timedelta(seconds=30))

    assert (first.status, again.status) == (202, 202)
    assert again.json == first.json
    assert len(desk.submissions) == 1


async def test_the_same_webhook_twice_at_once_starts_one_request() -> None:
    """The second waits for what the first is answered."""
    desk = FakeDesk()
    desk.may_answer.clear()

    async with door(desk) as web:
        both = asyncio.gather(web.signed(BODY), web.signed(BODY))
        await desk.submitting.wait()
        desk.may_answer.set()
        first, second = await both

    assert first.json == second.json
    assert len(desk.submissions) == 1


async def test_another_webhook_for_the_same_is_the_ledgers_to_join() -> None:
    """Each delivery of its own reaches the desk, which knows what is open."""
    desk = FakeDesk()

    async with door(desk) as web:
        await web.signed(BODY)
        second = await web.signed(BODY, webhook_id="msg-2")

    assert second.json["joined"] is True
    assert second.json["request_id"] == REQUEST_ID


async def test_a_webhook_id_stands_for_one_message() -> None:
    """With another body it is refused: it would be lost if it were taken for a repeat."""
    desk = FakeDesk()

    async with door(desk) as web:
        await web.signed(BODY)
        other = await web.signed({**BODY, "right": "delete"})

    assert (other.status, other.json["type"]) == (422, "/problems/webhook-id-reused")
    assert len(desk.submissions) == 1


# Following a request


async def test_a_status_says_where_a_request_stands_and_nothing_of_the_person() -> None:
    """The saga's word, which knows of an extension first; no tasks, no systems, not whether a code was sent."""
    async with door(FakeDesk()) as web:
        answer = await web.get(STATUS)

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "request_id": REQUEST_ID,
        "right": "access",
        "state": "awaiting_proof",
        "ending": None,
        "in_words": "Waiting for the person to prove who they are: a code was sent to the address on file.",
        "due": "2026-08-03",
        "safe": "2026-07-31",
    }


@pytest.mark.parametrize("error", [EngineDown(), Refused("this request is not running")])
async def test_a_status_comes_from_the_ledger_when_the_saga_cannot_say(error: Exception) -> None:
    """Engine down, or not started yet: what is known is said."""
    desk = FakeDesk()
    desk.fails["status"] = error

    async with door(desk) as web:
        answer = await web.get(STATUS)

    assert (answer.status, answer.json["state"], answer.json["due"]) == (200, "received", "2026-06-19")


async def test_a_status_does_not_wait_for_an_engine_that_hangs() -> None:
    """After its patience, the ledger answers."""

    class Hanging(FakeDesk):
        async def status(self, request_id: str) -> Any:
            await asyncio.Event().wait()

    async with door(Hanging(), patience=0.05) as web:
        answer = await web.get(STATUS)

    assert (answer.status, answer.json["state"]) == (200, "received")


async def test_a_closed_request_is_told_by_the_ledger_alone() -> None:
    """Its saga's key may be destroyed already."""
    desk = FakeDesk()
    desk.rows[REQUEST_ID] = closed()

    async with door(desk) as web:
        answer = await web.get(STATUS)

    assert (answer.json["state"], answer.json["ending"]) == ("answered", "complied")
    assert "status" not in desk.calls


@pytest.mark.parametrize("path", ["", "/confirmation", "/code", "/cancellation"])
async def test_an_unknown_request_is_a_404_everywhere(path: str) -> None:
    """And its id, whatever it was, is not repeated."""
    content = {"/confirmation": {"code": "123456"}, "/cancellation": {"reason": "r"}}.get(path, {})

    async with door(FakeDesk()) as web:
        where = f"/v1/requests/canary{path}"
        answer = await (web.signed(content, where) if path else web.get(where))

    assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")
    assert b"canary" not in answer.body


async def test_a_code_is_tried_and_the_attempts_left_are_told() -> None:
    """Right or wrong, 200: the answer says which."""
    async with door(FakeDesk()) as web:
        right = await web.post(STATUS + "/confirmation", {"code": "123456"})
        wrong = await web.post(STATUS + "/confirmation", {"code": "654321"})

    assert (right.status, right.json) == (200, {"verified": True, "attempts_left": 4, "passphrase": ""})
    assert (wrong.status, wrong.json) == (200, {"verified": False, "attempts_left": 4, "passphrase": ""})


@pytest.mark.parametrize("content", [{"code": "12345"}, {"code": "12345x"}, {"code": 123456}, {}, {"code": "١٢٣٤٥٦"}])
async def test_what_cannot_be_a_code_costs_no_attempt(content: object) -> None:
    """It is refused before the saga hears of it."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.post(STATUS + "/confirmation", content)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "#/code")
    assert not started(desk)


async def test_what_the_saga_refuses_is_a_conflict() -> None:
    """With the saga's own reason."""
    desk = FakeDesk()
    desk.fails["send_another_code"] = Refused("no more codes for this request")

    async with door(desk) as web:
        answer = await web.ask("POST", STATUS + "/code")

    assert (answer.status, answer.json["type"]) == (409, "/problems/conflict")
    assert answer.json["detail"] == "no more codes for this request"


async def test_a_fresh_code_is_on_its_way() -> None:
    """202, and where to look."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.ask("POST", STATUS + "/code")

    assert (answer.status, answer.json["status_url"]) == (202, PUBLIC_URL + STATUS)
    assert "send_another_code" in desk.calls


async def test_without_the_engine_a_code_can_be_tried_later() -> None:
    """503, and when to come again."""
    desk = FakeDesk()
    desk.fails["confirm 123456"] = EngineDown()

    async with door(desk) as web:
        answer = await web.post(STATUS + "/confirmation", {"code": "123456"})

    assert (answer.status, answer.json["type"]) == (503, "/problems/engine-down")
    assert "Retry-After" in answer.headers


async def test_only_who_can_sign_takes_a_request_back() -> None:
    """Having its id is not enough; a repeat is answered the same and does nothing more."""
    desk = FakeDesk()

    async with door(desk) as web:
        unsigned = await web.post(STATUS + "/cancellation", {"reason": "changed my mind"})
        signed = await web.signed({"reason": "changed my mind"}, STATUS + "/cancellation")
        again = await web.signed({"reason": "changed my mind"}, STATUS + "/cancellation")

    assert (unsigned.status, signed.status, again.status) == (401, 202, 202)
    assert desk.calls.count("cancel by webhook") == 1


async def test_a_cancellation_needs_a_reason() -> None:
    """Empty or missing: 422."""
    desk = FakeDesk()

    async with door(desk) as web:
        answers = [
            await web.signed(content, STATUS + "/cancellation", webhook_id=json.dumps(content))
            for content in ({}, {"reason": ""}, {"reason": "r", "by": "canary"})
        ]

    assert [answer.status for answer in answers] == [422, 422, 422]
    assert not started(desk)
