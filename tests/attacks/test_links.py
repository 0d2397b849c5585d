"""A download link that is forwarded, scanned, guessed, raced for, or read off a disk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ledger.ledger import Ledger
from ledger.links import Ready
from tests.attacks.rig import counter
from tests.attacks.threats import Threat, against
from tests.flows.house import policy
from tests.unit.web_rig import SECRET
from web.app import build
from web.serving import serving

REQUEST, PHRASE, CONTENT = "request-abcdefghijklmnopqrstuvwx", "zyxw-vuts-rqpo", b"PK\x03\x04 CANARY-PACKAGE"


def files(folder: Path, pattern: str) -> bytes:
    return b"".join([path.read_bytes() for path in folder.glob(pattern) if path.is_file()])


class Shop:
    """The web door over a real ledger and vault, with one package to be had."""

    def __init__(self, ledger: Ledger, url: str, session: aiohttp.ClientSession, token: str) -> None:
        self.ledger, self.token, self._url, self._session = ledger, token, url, session

    async def ask(self, method: str, token: str = "", **options: object) -> tuple[int, bytes]:
        url = f"{self._url}/v1/downloads/{token or self.token}"
        async with self._session.request(method, url, **options) as answer:  # type: ignore[arg-type]
            return answer.status, await answer.read()

    async def collect(self, phrase: str = PHRASE, token: str = "") -> tuple[int, bytes]:
        return await self.ask("POST", token, data={"passphrase": phrase})

    async def issue(self, lasts: timedelta) -> str:
        return await self.ledger.links.issue(REQUEST, "package.zip", datetime.now(UTC) + lasts)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with counter(tmp_path) as (desk, ledger, vault):
        await vault.create(REQUEST)
        await vault.put(REQUEST, "package.zip", CONTENT)
        await ledger.passphrases.add(REQUEST, PHRASE)
        token = await ledger.links.issue(REQUEST, "package.zip", datetime.now(UTC) + timedelta(days=14))
        app = build(
            desk, controller=policy().controller, public_url="https://rights.example.test", webhook_secrets=[SECRET],
            dispatch_every=3600,
        )  # fmt: skip
        async with serving(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
            yield Shop(ledger, f"http://127.0.0.1:{port}", session, token)


@against(Threat.STRAY_LINK)
@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("OPTIONS", {}),
        ("GET", {"headers": {"User-Agent": "Mozilla/5.0 (compatible; Microsoft-SafeLinks)", "Purpose": "prefetch"}}),
        ("GET", {"params": {"passphrase": PHRASE}}),
        ("POST", {}),
        ("POST", {"data": {"passphrase": ""}}),
        ("POST", {"json": {"passphrase": PHRASE}}),
        ("PUT", {"data": {"passphrase": PHRASE}}),
        ("DELETE", {}),
    ],
    ids=["get", "head", "options", "scanner", "phrase-in-address", "empty", "blank", "json", "put", "delete"],
)
async def test_a_machine_that_follows_links_burns_and_reveals_nothing(
    shop: Shop, method: str, options: dict[str, Any]
) -> None:
    """However often: afterwards the person opens it as if nothing had been."""
    for _ in range(7):
        _, body = await shop.ask(method, **options)
        assert b"CANARY" not in body
        assert REQUEST.encode() not in body

    assert isinstance(await shop.ledger.links.peek(shop.token), Ready)
    assert await shop.collect() == (200, CONTENT)


@against(Threat.STRAY_LINK)
async def test_whoever_has_the_link_and_not_the_passphrase_gets_five_attempts(shop: Shop) -> None:
    """Then it is dead, for the right passphrase too."""
    for number in range(5):
        _, body = await shop.collect(f"aaaa-bbbb-ccc{number}")
        assert b"CANARY" not in body

    status, body = await shop.collect()

    assert (status >= 400, b"CANARY" in body) == (True, False)


@against(Threat.STRAY_LINK)
async def test_of_twenty_at_the_same_moment_one_gets_it(shop: Shop) -> None:
    """Single use holds in a race."""
    answers = await asyncio.gather(*(shop.collect() for _ in range(8)))

    assert sum(body == CONTENT for _, body in answers) == 1
    assert (await shop.collect())[1] != CONTENT


@against(Threat.STRAY_LINK)
@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t.swapcase(), lambda _: "A" * 43])
async def test_a_link_that_is_nearly_right_is_wrong(shop: Shop, change: object) -> None:
    """It reads like one that never was, and costs the real one nothing."""
    _, body = await shop.collect(token=change(shop.token))  # type: ignore[operator]

    assert b"CANARY" not in body
    assert await shop.collect() == (200, CONTENT)


@against(Threat.STRAY_LINK)
async def test_after_its_time_a_link_is_dead(shop: Shop) -> None:
    """A mailbox that is taken over next year holds nothing to collect."""
    _, body = await shop.collect(token=await shop.issue(timedelta(seconds=-1)))

    assert b"CANARY" not in body


@against(Threat.STRAY_LINK)
async def test_whoever_copies_the_ledger_has_neither_link_nor_passphrase(shop: Shop, tmp_path: Path) -> None:
    """Only hashes are kept, and keyed ones of what could be tried."""
    kept = files(tmp_path, "ledger.sqlite*")

    assert shop.token.encode() not in kept
    assert PHRASE.encode() not in kept
    assert PHRASE.replace("-", "").encode() not in kept
    assert CONTENT not in files(tmp_path, "**/*")
