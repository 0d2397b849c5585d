"""The codec for the engine's UI: off unless it is set up, and for nobody else's scripts."""

import base64
import json
from functools import partial
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload

from tests.unit.web_rig import FakeDesk, door
from vault.codec import VaultCodec, decode_payloads
from vault.keys import KeyRing
from vault.store import DiskStore
from web.codec import Codec

UI = "http://localhost:8233"
TOKEN = "ui-token"


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(DiskStore(tmp_path, durable=False), {"m1": b"k" * 32}, "m1")


def codec(keys: KeyRing, token: str | None = TOKEN) -> Codec:
    return Codec(decode=partial(decode_payloads, keys), origin=UI, token=token)


async def sealed(keys: KeyRing) -> dict[str, object]:
    [payload] = await VaultCodec(keys).encode([Payload(metadata={"encoding": b"json/plain"}, data=b'"canary"')])
    metadata = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
    return {"payloads": [{"metadata": metadata, "data": base64.b64encode(payload.data).decode()}]}


async def test_sealed_payloads_are_opened_for_who_has_the_token(keys: KeyRing) -> None:
    """The UI's browser is told that its script may read them."""
    content = await sealed(keys)

    async with door(FakeDesk(), codec=codec(keys)) as web:
        answer = await web.ask(
            "POST", "/codec/decode", json=content, headers={"Authorization": f"Bearer {TOKEN}", "Origin": UI}
        )

    assert answer.status == 200
    assert base64.b64decode(answer.json["payloads"][0]["data"]) == b'"canary"'
    assert answer.headers["Access-Control-Allow-Origin"] == UI
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
async def test_without_the_token_nothing_is_opened(keys: KeyRing, given: dict[str, str]) -> None:
    """401, in a form that the UI can read."""
    content = await sealed(keys)

    async with door(FakeDesk(), codec=codec(keys)) as web:
        answer = await web.ask("POST", "/codec/decode", json=content, headers=given | {"Origin": UI})

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["Access-Control-Allow-Origin"] == UI
    assert b"payloads" not in answer.body


async def test_a_token_is_asked_for_only_where_there_is_one(keys: KeyRing) -> None:
    """On one's own machine it can do without."""
    async with door(FakeDesk(), codec=codec(keys, token=None)) as web:
        answer = await web.post("/codec/decode", await sealed(keys))

    assert answer.status == 200


async def test_the_uis_browser_may_ask_first(keys: KeyRing) -> None:
    """The preflight needs no token, and names the headers that the UI sends."""
    async with door(FakeDesk(), codec=codec(keys)) as web:
        answer = await web.ask("OPTIONS", "/codec/decode", headers={"Origin": UI})

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == UI
    assert "X-Namespace" in answer.headers["Access-Control-Allow-Headers"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://localhost:8233.evil.test"])
async def test_no_other_sites_script_is_told_that_it_may_read(keys: KeyRing, origin: str) -> None:
    """Neither before nor after."""
    async with door(FakeDesk(), codec=codec(keys, token=None)) as web:
        before = await web.ask("OPTIONS", "/codec/decode", headers={"Origin": origin})
        after = await web.ask("POST", "/codec/decode", json=await sealed(keys), headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in before.headers
    assert "Access-Control-Allow-Origin" not in after.headers


@pytest.mark.parametrize("body", [b"", b"canary", b"[" * 100_000, b'{"payloads":[{"data":"canary!"}]}'])
async def test_what_are_no_payloads_is_a_400(keys: KeyRing, body: bytes) -> None:
    """And is not repeated."""
    async with door(FakeDesk(), codec=codec(keys, token=None)) as web:
        answer = await web.ask("POST", "/codec/decode", data=body)

    assert (answer.status, answer.json["type"]) == (400, "/problems/malformed")
    assert b"canary" not in answer.body


async def test_a_payload_of_a_key_that_is_not_here_is_a_conflict(keys: KeyRing, tmp_path: Path) -> None:
    """It was sealed elsewhere."""
    content = await sealed(keys)
    elsewhere = KeyRing(DiskStore(tmp_path / "other", durable=False), {"m1": b"k" * 32}, "m1")

    async with door(FakeDesk(), codec=codec(elsewhere, token=None)) as web:
        answer = await web.post("/codec/decode", content)

    assert (answer.status, answer.json["type"]) == (409, "/problems/conflict")


async def test_histories_are_larger_than_requests(keys: KeyRing) -> None:
    """A page of a history passes where a request of that size would not."""
    content = json.dumps({"payloads": [{"data": base64.b64encode(b"x" * 300_000).decode()}]}).encode()

    async with door(FakeDesk(), codec=codec(keys, token=None)) as web:
        answer = await web.ask("POST", "/codec/decode", data=content)

    assert answer.status == 200


async def test_it_is_off_unless_it_is_set_up() -> None:
    """As if there were no such address."""
    async with door(FakeDesk()) as web:
        answer = await web.post("/codec/decode", {"payloads": []})

    assert answer.status == 404


def test_its_token_does_not_show() -> None:
    """Neither in a log nor in a traceback that prints the settings."""
    shown = repr(Codec(decode=partial(str), origin=UI, token=TOKEN))  # type: ignore[arg-type]

    assert TOKEN not in shown
