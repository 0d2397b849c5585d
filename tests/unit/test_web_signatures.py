"""Who may hand in requests: Standard Webhooks, with secrets that can be changed without a gap."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.unit.web_rig import BODY, NEXT_SECRET, SECRET, FakeDesk, door, signature

SENT = json.dumps(BODY).encode()


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
async def test_while_a_secret_is_replaced_both_hold(secret: str) -> None:
    """The sender may change over at any moment."""
    desk = FakeDesk()

    async with door(desk, secrets=(NEXT_SECRET, SECRET)) as web:
        answer = await web.signed(BODY, secret=secret)

    assert answer.status == 202


async def test_a_sender_may_sign_with_several_secrets_at_once() -> None:
    """One of the signatures has to hold; unknown versions are passed over."""
    headers = signature(SENT)
    other = signature(SENT, secret=NEXT_SECRET)["webhook-signature"]
    headers["webhook-signature"] = f"v1a,AAAA {other} {headers['webhook-signature']}"

    async with door(FakeDesk()) as web:
        answer = await web.ask(
            "POST", "/v1/requests", data=SENT, headers=headers | {"Content-Type": "application/json"}
        )

    assert answer.status == 202


def without(name: str) -> dict[str, str]:
    return {header: value for header, value in signature(SENT).items() if header != name}


FORGED: dict[str, Callable[[], dict[str, str]]] = {
    "nothing signed": dict,
    "no id": lambda: without("webhook-id"),
    "no time": lambda: without("webhook-timestamp"),
    "no signature": lambda: without("webhook-signature"),
    "another id": lambda: signature(SENT) | {"webhook-id": "msg-2"},
    "another time": lambda: signature(SENT) | {"webhook-timestamp": "1"},
    "another body": lambda: signature(SENT + b" "),
    "another secret": lambda: signature(SENT, secret=NEXT_SECRET),
    "a time that is none": lambda: signature(SENT) | {"webhook-timestamp": "nan"},
    "a signature that is none": lambda: signature(SENT) | {"webhook-signature": "canary"},
    "a signature that is no base64": lambda: signature(SENT) | {"webhook-signature": "v1,=?="},
    "too old": lambda: signature(SENT, age=timedelta(minutes=6)),
    "from the future": lambda: signature(SENT, age=timedelta(minutes=-6)),
}
"""Signed when the test runs: what is from the future now is not for long."""


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_forged_or_stale_message_starts_nothing(forgery: str) -> None:
    """401, the same for each, so that it teaches nothing."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.ask("POST", "/v1/requests", data=SENT, headers=FORGED[forgery]())

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "StandardWebhooks"
    assert answer.json["type"] == "/problems/unsigned"
    assert "submit" not in desk.calls


async def test_a_body_that_is_no_text_is_not_genuine() -> None:
    """Whatever it was signed as."""
    async with door(FakeDesk()) as web:
        answer = await web.signed(b"\xff\xfe")

    assert answer.status == 401


async def test_without_any_secret_nobody_can_hand_a_request_in() -> None:
    """It fails closed."""
    desk = FakeDesk()

    async with door(desk, secrets=()) as web:
        answer = await web.signed(BODY)

    assert answer.status == 401
    assert "submit" not in desk.calls


async def test_a_secret_that_is_none_stops_the_start() -> None:
    """Rather than refusing every message later."""
    with pytest.raises(Exception, match="secret may not be empty") as refused:
        async with door(FakeDesk(), secrets=("whsec_",)):
            pass

    assert "whsec_" not in str(refused.value)
