"""What the web door does with too much, with the same twice, and with words that do not belong into a log."""

import asyncio
import json
import logging
from collections.abc import MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.attacks.threats import Threat, against
from tests.unit.person_rig import FORM, POLICY, visiting
from tests.unit.web_rig import BODY, REQUEST_ID, TOKEN, FakeDesk, door, signature

CANARY = "canary-9c41"
DEEP = b"[" * 50_000 + b"]" * 50_000


@against(Threat.FLOOD)
@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/requests", b"x" * 70_000, {}),
        ("/v1/requests", DEEP, {}),
        ("/v1/requests", b"\x1f\x8b" + bytes(100), {"Content-Encoding": "gzip"}),
        (f"/v1/requests/{REQUEST_ID}/confirmation", DEEP[:60_000], {}),
        (f"/v1/requests/{REQUEST_ID}/confirmation", b'{"code": "' + b"1" * 60_000 + b'"}', {}),
        (f"/v1/downloads/{TOKEN}", b"passphrase=" + b"a" * 5_000, {"Content-Type": FORM}),
        ("/privacy/review", b"&".join(b"right=access" for _ in range(5_000)), {"Content-Type": FORM}),
        ("/privacy/review", b"statement=" + b"a" * 70_000, {"Content-Type": FORM}),
        ("/privacy/review", b"--b\r\n\r\n--b--", {"Content-Type": "multipart/form-data; boundary=b"}),
        ("/healthz", b"", {"X-Long": "a" * 20_000}),
    ],
    ids=[
        "long",
        "deep",
        "packed",
        "deep-code",
        "long-code",
        "long-phrase",
        "fields",
        "statement",
        "multipart",
        "header",
    ],
)
async def test_too_much_is_refused_and_the_next_one_is_served(path: str, body: bytes, headers: dict[str, str]) -> None:
    """With a plain no, before anything is made of it; the desk hears nothing."""
    desk = FakeDesk()
    async with visiting(desk, policy=POLICY) as visitor:
        method = "GET" if path == "/healthz" else "POST"
        sent = {"Content-Type": "application/json", **signature(body), **headers}
        page = await visitor.ask(method, path, data=body, headers=sent)
        after = await visitor.open("/healthz")

    assert 400 <= page.status < 500
    assert after.status == 200
    assert not {"submit", "collect", "confirm"} & set(desk.calls)


@against(Threat.FLOOD)
async def test_a_flood_of_connections_that_say_nothing_keeps_nobody_out() -> None:
    """Two hundred callers breathe into the telephone; somebody else is served meanwhile."""
    async with visiting(FakeDesk(), policy=POLICY) as visitor:
        port = int(visitor.base.rpartition(":")[2])
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for _, writer in silent:
            writer.write(b"POST /privacy/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n")
        page = await visitor.open("/privacy")
        for _, writer in silent:
            writer.close()

    assert page.status == 200


@against(Threat.DOUBLE_EFFECT)
@pytest.mark.parametrize("times", [2, 20])
async def test_a_webhook_that_is_delivered_again_is_one_request(times: int) -> None:
    """At once or one after another: one submission, one answer."""
    desk = FakeDesk()
    async with door(desk) as web:
        answers = [await web.signed(BODY) for _ in range(times)]
        answers += await asyncio.gather(*(web.signed(BODY) for _ in range(times)))

    assert len(desk.submissions) == 1
    assert len({answer.body for answer in answers}) == 1


@against(Threat.DOUBLE_EFFECT)
async def test_a_button_that_is_pressed_twice_sends_one_request() -> None:
    """Both presses, and a reload, show the receipt of the one."""
    desk = FakeDesk()
    async with visiting(desk, policy=POLICY) as visitor:
        review = await visitor.asked("access")
        await asyncio.gather(*(visitor.press(review, "Send my request") for _ in range(5)))

    assert len(desk.submissions) == 1


@against(Threat.FORGED_SENDER)
@pytest.mark.parametrize(
    "more",
    [{"channel": "staff"}, {"channel": "phone"}, {"dry_run": True}, {"request_id": REQUEST_ID}, {"proof": "none"},
     {"person": {"email": "a@b.test", "proven": True}}, {"subject": "x"}, {"verified": True}],
    ids=lambda more: next(iter(more)) + str(next(iter(more.values())))[:8],
)  # fmt: skip
async def test_nobody_writes_themselves_a_proof_into_the_body(more: dict[str, Any]) -> None:
    """Neither another door, nor a rehearsal, nor a field that only we set: refused, even with a good signature."""
    desk = FakeDesk()
    async with door(desk) as web:
        answer = await web.signed({**BODY, **more})

    assert answer.status == 422
    assert desk.submissions == []


@against(Threat.DATA_IN_THE_OPEN)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/{CANARY}", None),
        ("GET", f"/privacy?right={CANARY}", None),
        ("GET", f"/v1/requests/{CANARY}?email={CANARY}", None),
        ("POST", f"/v1/downloads/{CANARY}", b"passphrase=" + CANARY.encode()),
        ("POST", "/privacy/review", f"email={CANARY}%40x.test&right=access".encode()),
        ("POST", "/privacy/requests", f"email={CANARY}&right=access&statement={CANARY}".encode()),
        ("POST", "/v1/requests", json.dumps({"person": {"email": CANARY}}).encode()),
        ("POST", f"/v1/requests/{REQUEST_ID}/confirmation", json.dumps({"code": CANARY}).encode()),
        (CANARY.upper(), "/privacy", None),
    ],
    ids=["path", "query", "number", "phrase", "form", "send", "webhook", "code", "method"],
)
async def test_no_log_repeats_what_somebody_sent(
    method: str, path: str, body: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it stood, and although it was refused."""
    kind = FORM if body and b"=" in body else "application/json"
    lines: list[MutableMapping[str, Any]]
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        async with visiting(FakeDesk(), policy=POLICY) as visitor:
            agent = {"Content-Type": kind, "User-Agent": CANARY, "Referer": f"https://x.test/{CANARY}"}
            await visitor.ask(method, path, data=body, headers=agent)

    assert lines
    assert CANARY not in str(lines).lower()
    assert CANARY not in caplog.text.lower()
