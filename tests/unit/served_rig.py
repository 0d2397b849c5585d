"""The whole web process, with everything that it can serve, in a thread of its own: for clients that block."""

import asyncio
import hmac
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn, cast

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from pydantic import SecretStr

from activities.policies import Policies
from dsar.case import Case
from dsar.proof import Attempt
from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from dsar.talking import Talk
from intake.desk import Desk
from intake.engine import Engine
from ledger.ledger import Ledger
from ledger.partners import NewPartnerRequest
from tests.unit.drp_rig import SETTINGS as DRP
from tests.unit.opendsr_rig import DOCUMENT, TOKEN, hashed
from tests.unit.person_rig import POLICY
from tests.unit.web_rig import CONTROLLER, PASSPHRASE, PUBLIC_URL, SECRET, status
from tests.vectors.make_drp import CLAIMS
from tests.vectors.make_opendsr import REF
from vault.codec import NotSealed
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault
from web.app import build
from web.codec import Codec
from web.drp.door import DrpDoor
from web.openapi import document
from web.opendsr.door import OpenDsrDoor
from web.partner_doors import partner_doors
from web.partners import OpenDsr, OpenDsrController, Partners
from web.person.described import described
from web.person.guard import Guard
from web.person.pace import Pace
from web.serving import serving
from web.staff import accounts
from web.staff.attempts import Attempts
from web.staff.described import described as staff_described
from web.staff.guard import StaffGuard
from web.staff.pages import StaffPages
from web.staff.sessions import SESSION, Sessions

STAFF = accounts.parsed(accounts.hashed("four words and a number 7", log_n=12, p=1).line("Jo"))
CODEC_TOKEN = "token-of-the-ui"
FORM_KEY = b"f" * 32
PATIENCE = 30
"""Seconds in which the thread has to do what it is asked."""

PARTNERS = Partners(
    opendsr=OpenDsr(
        certificate=DOCUMENT["certificate"],
        private_key=SecretStr(DOCUMENT["private_key"]),
        controllers={"acme": OpenDsrController(token_sha256=hashed(TOKEN), customer_ids=True)},
    ),
    drp=DRP,
)


def everything() -> dict[str, Any]:
    """The description of all that can be served; a door describes itself without anything behind it."""
    doors = (OpenDsrDoor.described(cast("OpenDsrDoor", None)), DrpDoor.described(cast("DrpDoor", None)))
    return document(PUBLIC_URL, codec=True, others=(described(opt_out=True), staff_described(), *doors))


def at(**later: float) -> datetime:
    """Now, or so much later, to the second."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**later)


def now_claims(**other: object) -> dict[str, object]:
    """The claims of a message that is signed now."""
    times = {"issued-at": at(seconds=-5).isoformat(), "expires-at": at(minutes=9).isoformat()}
    return CLAIMS | times | other


@dataclass
class Served:
    """What a client needs to know."""

    url: str
    known: dict[str, str]
    """What there is, by the names of the paths' parameters."""
    drp_token: str

    @property
    def staff(self) -> tuple[str, str]:
        """The token of a form of somebody who is signed in, and their cookie, as a header."""
        key = hmac.new(FORM_KEY, b"staff", sha256).digest()
        sessions, guard = Sessions(key, accounts.Accounts(STAFF), https=True), StaffGuard(key, https=True)
        response, browser = web.Response(), make_mocked_request("GET", "/staff")
        sessions.begin(response, "Jo")
        cookie = response.cookies[sessions.cookie].value
        session = sessions.of(make_mocked_request("GET", "/staff", {"Cookie": f"{sessions.cookie}={cookie}"}))
        assert session is not None
        browser[SESSION] = session
        return guard.token(browser)[0], f"{sessions.cookie}={cookie}"

    @property
    def form(self) -> tuple[str, str]:
        """The token of a form, and the cookie that it goes with, as a header."""
        guard = Guard(FORM_KEY, https=True)
        token, cookie = guard.token(make_mocked_request("GET", "/privacy"))
        return token, f"{guard.cookie}={cookie}"


class Sagas(Engine):
    """An engine whose sagas say yes to everything."""

    def __init__(self) -> None:
        super().__init__(_nowhere, "none")

    async def start(self, case: Case) -> None:
        return

    async def request(self, request_id: str) -> Any:
        return Saga(request_id)

    async def check(self) -> None:
        return


class Saga:
    """One of them."""

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    async def query(self, asks: Any) -> Any:
        return Talk() if asks.__name__ == "talk" else status(self._request_id)

    async def execute_update(self, update: Any, order: Any = None, id: str = "") -> Any:  # noqa: A002 - the engine's
        if update.__name__ == "write":
            return 1
        return Attempt(verified=order.code == "123456", attempts_left=4) if update.__name__ == "confirm" else None


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Everything that can be served, in front of a real desk, ledger and vault."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    company = _company(folder)
    try:
        yield asyncio.run_coroutine_threadsafe(company.__aenter__(), loop).result(PATIENCE)
        asyncio.run_coroutine_threadsafe(company.__aexit__(None, None, None), loop).result(PATIENCE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


@asynccontextmanager
async def _company(folder: Path) -> AsyncIterator[Served]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", b"a" * 32)
    store = DiskStore(folder / "vault", durable=False)
    vault = Vault(store, KeyRing(store, {"m1": b"k" * 32}, "m1"))
    desk = Desk(Sagas(), ledger, vault, Policies(ledger), POLICY, (), b"s" * 32)
    made = partner_doors(desk, ledger, PARTNERS, us=CONTROLLER, public_url=PUBLIC_URL, now=at())
    staff = StaffPages(
        desk, POLICY, STAFF, https=True, key=FORM_KEY, patience=PATIENCE, pace=Pace(sleep=_at_once), attempts=Never()
    )
    app = build(
        desk,
        controller=CONTROLLER,
        public_url=PUBLIC_URL,
        webhook_secrets=[SECRET],
        codec=Codec(decode=_sealed_by_nobody, origin="http://localhost:8233", token=CODEC_TOKEN),
        policy=POLICY,
        form_key=FORM_KEY,
        doors=(*made.doors, staff),
        dispatch_every=3600,
        pace=Pace(sleep=_at_once),
    )
    known = await _holdings(desk, ledger, vault)
    token = await ledger.partners.issue_token("drp:EXAMPLE_AGENT")
    async with serving(app, "127.0.0.1", 0) as port:
        yield Served(f"http://127.0.0.1:{port}", known, token)
    await ledger.close()


async def _holdings(desk: Desk, ledger: Ledger, vault: Vault) -> dict[str, str]:
    """A request that the person, a controller and an agent asked for, and a package of it."""
    person = Person(email="ada@example.test")
    receipt = await desk.submit(Submission(right=Right.ACCESS, person=person, channel=Channel.WEB))
    for partner in ("opendsr:acme", "drp:EXAMPLE_AGENT"):
        asked = NewPartnerRequest(partner=partner, ref=REF, request_id=receipt.request_id, digest="0" * 64, joined=True)
        await ledger.partners.bind(asked)
    await ledger.passphrases.add(receipt.request_id, PASSPHRASE)
    await vault.put(receipt.request_id, "package.zip", b"PK\x05\x06" + bytes(18))
    return {
        "request_id": receipt.request_id,
        "subject_request_id": REF,
        "agent_id": "EXAMPLE_AGENT",
        "slug": "refused",
        "token": await ledger.links.issue(receipt.request_id, "package.zip", at(days=1)),
    }


class Never(Attempts):
    """Whoever tries everything would soon try nothing."""

    def too_many(self, sender: str, name: str) -> bool:
        return False


async def _at_once(seconds: float) -> None:
    """Whoever tries everything would wait for ever."""


async def _nowhere() -> NoReturn:
    raise ConnectionRefusedError


async def _sealed_by_nobody(body: bytes) -> NoReturn:
    raise NotSealed("nothing is sealed here")
