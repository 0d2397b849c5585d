"""The process itself: its health, its headers, its round for kept requests, and what its logs say."""

import asyncio
import logging
from collections.abc import AsyncIterator, MutableMapping, Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from intake.desk import Readiness
from tests.unit.web_rig import BODY, PASSPHRASE, REQUEST_ID, TOKEN, Door, FakeDesk, closed, door
from vault.sealed import Tampered

LINK = f"/v1/downloads/{TOKEN}"


async def test_healthz_asks_nobody() -> None:
    """The process is up, whatever else is down."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.get("/healthz")

    assert (answer.status, answer.json) == (200, {"status": "up"})
    assert "ready" not in desk.calls


@pytest.mark.parametrize(
    ("ledger", "vault", "engine", "status"),
    [(True, True, True, 200), (True, True, False, 200), (False, True, True, 503), (True, False, True, 503)],
)
async def test_readyz_is_whether_requests_can_be_kept(ledger: bool, vault: bool, engine: bool, status: int) -> None:
    """With only the engine down they can: taking the door away would lose what could be kept."""
    desk = FakeDesk()
    desk.readiness = Readiness(ledger=ledger, vault=vault, engine=engine)

    async with door(desk) as web:
        answer = await web.get("/readyz")

    assert (answer.status, answer.json) == (status, {"ledger": ledger, "vault": vault, "engine": engine})


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", LINK, "/openapi.json", f"/v1/requests/{REQUEST_ID}"])
async def test_every_answer_has_the_headers_that_protect_it(path: str) -> None:
    """Errors and pages too; and none tells what the server is made of."""
    async with door(FakeDesk()) as web:
        headers = (await web.get(path)).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Strict-Transport-Security"]
    assert "Server" not in headers


async def test_a_package_has_them_as_well() -> None:
    """It is streamed, but no less private."""
    async with door(FakeDesk()) as web:
        headers = (await web.form(PASSPHRASE)).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


async def test_kept_requests_are_started_from_here() -> None:
    """Round after round, also after one that failed."""

    class Failing(FakeDesk):
        rounds = 0

        async def dispatch(self) -> int:
            self.rounds += 1
            if self.rounds == 1:
                raise OSError("canary")
            self.dispatched.set()
            return 1

    desk = Failing()

    with capture_logs() as logs:
        async with door(desk, wait=lambda: 0.01):
            await asyncio.wait_for(desk.dispatched.wait(), 5)

    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "kept requests were not all started"
    ]
    assert "canary" not in str(logs)


async def test_a_slow_reader_fills_no_memory() -> None:
    """The package is opened as fast as it is taken, not faster."""

    class Large(FakeDesk):
        opened = 0

        async def package(self, request_id: str, name: str) -> AsyncIterator[bytes]:
            for _ in range(10_000):
                self.opened += 1
                yield b"x" * 65_536

    desk = Large()

    async with door(desk) as web:
        host, port = web.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        form = f"passphrase={PASSPHRASE}".encode()
        head = f"POST {LINK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        writer.write(f"{head}Content-Length: {len(form)}\r\n\r\n".encode() + form)
        assert b"200" in await reader.readline()
        before = -1
        while before != desk.opened:  # until it stands still
            before = desk.opened
            await asyncio.sleep(0.2)
        writer.close()

    assert desk.opened < 1_000


# What the logs say

Logs = Sequence[MutableMapping[str, Any]]


async def everything(web: Door, desk: FakeDesk) -> None:
    """Every kind of answer, with a canary wherever a sender can put one."""
    await web.signed(BODY)
    await web.signed({"right": "canary", "canary": "canary@person.test"}, webhook_id="canary")
    await web.signed(b'{"canary"', webhook_id="canary-2")
    await web.ask("POST", "/v1/requests", data=b"canary", headers={"webhook-id": "canary"})
    await web.get("/v1/requests/canary@person.test?canary=1")
    await web.get("/canary/canary@person.test")
    await web.get(LINK + "?canary=1")
    await web.form("canary")
    await web.form(PASSPHRASE)
    await web.form(PASSPHRASE)
    await web.ask("CANARY", LINK)
    desk.fails["submit"] = ValueError("canary@person.test")
    await web.signed(BODY, webhook_id="msg-3")
    desk.fails["row"] = OSError("canary@person.test")
    await web.get(f"/v1/requests/{REQUEST_ID}")
    desk.dead, desk.blocks = None, [Tampered("canary")]
    await web.form(PASSPHRASE)


async def malformed(web: Door) -> None:
    """What is no HTTP at all."""
    host, port = web.url.removeprefix("http://").split(":")
    for line in (
        f"GET {LINK} CANARY/9\r\n\r\n",
        f"GET {LINK} HTTP/1.1\r\ncanary@person.test\r\n\r\n",
        f"GET {LINK} HTTP/1.1\r\nContent-Length: canary\r\n\r\n",
        f"POST {LINK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(line.encode())
        await asyncio.wait_for(reader.read(), 5)
        writer.close()


async def test_no_log_has_a_token_or_any_text_of_a_sender(caplog: pytest.LogCaptureFixture) -> None:
    """Paths, ids that are none, query strings, bodies, exceptions, malformed HTTP: nothing of it."""
    caplog.set_level(logging.DEBUG)
    desk = FakeDesk()

    with capture_logs() as logs:
        async with door(desk) as web:
            await everything(web, desk)
            await malformed(web)

    said = (str(logs) + caplog.text).lower()
    assert len(logs) > 15
    assert "canary" not in said
    assert PASSPHRASE not in said
    assert "tick-et" not in said


async def test_the_access_log_says_what_was_asked_by_its_pattern() -> None:
    """And names a request, where it is one of ours."""
    desk = FakeDesk()
    desk.rows[REQUEST_ID] = closed()

    with capture_logs() as logs:
        async with door(desk) as web:
            await web.get(f"/v1/requests/{REQUEST_ID}")
            await web.get(LINK)
            await web.ask("POST", "/v1/requests")
            await web.get("/nowhere")

    answered = [{**entry, "milliseconds": 0} for entry in logs if entry["event"] == "answered"]
    common = {"event": "answered", "log_level": "info", "method": "GET", "milliseconds": 0}
    assert answered == [
        {**common, "route": "/v1/requests/{request_id}", "status": 200, "request_id": REQUEST_ID},
        {**common, "route": "/v1/downloads/{token}", "status": 200},
        {**common, "route": "/v1/requests", "status": 401, "method": "POST"},
        {**common, "route": "none", "status": 404},
    ]


async def test_a_download_that_breaks_is_in_the_log() -> None:
    """By its request and by what broke, so that a fresh link can be sent."""
    desk = FakeDesk()
    desk.blocks = [Tampered("canary")]

    with capture_logs() as logs:
        async with door(desk) as web:
            await web.form(PASSPHRASE)

    entry = next(entry for entry in logs if entry["event"] == "a download could not begin")
    assert entry["request_id"] == REQUEST_ID
    assert entry["error"].startswith("Tampered at ")
