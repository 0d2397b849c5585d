"""A desk that notes what it is asked, and the web door in front of it on a real port."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
from standardwebhooks import Webhook

from dsar.agency import Word
from dsar.case import Ending, State
from dsar.data_points import Point, Signature
from dsar.policy import Controller
from dsar.requests import Regime, Right
from dsar.status import Status
from dsar.submission import Channel, Submission
from dsar.talking import Message, Talk
from intake.desk import Confirmed, NotFound, Readiness, Receipt
from ledger.links import Expired, Granted, LinkUse, LinkView, Locked, Ready, Unknown, Used, WrongPassphrase
from ledger.requests import RequestRow
from web.app import build
from web.codec import Codec
from web.desk import WebDesk
from web.doors import Door as ProtocolDoor
from web.serving import serving
from workflows.points import Taken

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
PUBLIC_URL = "https://rights.example.test"
REQUEST_ID = "request-abcdefghijklmnopqrstuvwx"
TOKEN = "token-CANARY-3f9a"
PASSPHRASE = "abcd-efgh-ijkl"
CONTROLLER = Controller(name="Example & Söhne", contact="hello@example.test", zone="Europe/Berlin", regime=Regime.EU)
BODY: dict[str, Any] = {"right": "access", "person": {"email": "canary@person.test", "name": "Canary Person"}}


class FakeDesk:
    """Answers as the real desk does, from memory. `fails` maps a method's name to what it raises."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.messages: dict[str, Message] = {}
        self.said_so_far = Talk()
        self.submissions: list[Submission] = []
        self.told: list[tuple[dict[Point, str], Signature | None]] = []
        self.fails: dict[str, Exception] = {}
        self.rows = {REQUEST_ID: row()}
        self.readiness = Readiness(ledger=True, vault=True, engine=True)
        self.attempts_left = 5
        self.dead: LinkView | None = None
        self.blocks: list[bytes | Exception] = [b"PK\x03\x04", b"x" * 70_000, b"end"]
        self.dispatched = asyncio.Event()
        self.submitting = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fails:
            raise self.fails[name]
        await self.may_answer.wait()

    async def submit(self, submission: Submission) -> Receipt:
        self.submitting.set()
        await self._called("submit")
        self.submissions.append(submission)
        return Receipt(
            request_id=REQUEST_ID,
            right=submission.asked[0],
            joined=len(self.submissions) > 1,
            started="engine" not in self.fails,
            ticket=f"tick-et-no{len(self.submissions):02}",
            due=date(2026, 6, 19),
            safe=date(2026, 6, 18),
        )

    async def dispatch(self) -> int:
        self.dispatched.set()
        await self._called("dispatch")
        return 0

    async def ready(self) -> Readiness:
        await self._called("ready")
        return self.readiness

    async def row(self, request_id: str) -> RequestRow:
        await self._called("row")
        if request_id not in self.rows:
            raise NotFound(f"there is no request {request_id}")
        return self.rows[request_id]

    async def status(self, request_id: str) -> Status:
        await self._called("status")
        return status(request_id)

    async def confirm(self, request_id: str, code: str, ticket: str = "") -> Confirmed:
        await self.row(request_id)
        await self._called(f"confirm {code}")
        right = code == "123456"
        return Confirmed(verified=right, attempts_left=4, passphrase=PASSPHRASE if right and ticket else "")

    async def say_of_permission(self, request_id: str, word: Word) -> None:
        await self.row(request_id)
        await self._called(f"permission {word.given} {word.answer_to_agent} {word.token}")

    async def prove(
        self, request_id: str, told: Mapping[Point, str], by: str, signed: Signature | None = None
    ) -> Taken:
        await self.row(request_id)
        await self._called(f"prove by {by}")
        self.told.append((dict(told), signed))
        return Taken(attempts_left=2)

    async def send_another_code(self, request_id: str) -> None:
        await self.row(request_id)
        await self._called("send_another_code")

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        await self.row(request_id)
        await self._called(f"cancel by {by}")

    async def write(self, request_id: str, message: Message, once: str) -> int:
        await self.row(request_id)
        await self._called("write")
        self.messages[once] = message
        return len(self.messages)

    async def talk(self, request_id: str) -> Talk:
        await self._called("talk")
        return self.said_so_far

    async def look(self, token: str) -> LinkView:
        await self._called("look")
        if token != TOKEN:
            return Unknown()
        return self.dead or Ready(expires_at=datetime(2026, 6, 1, tzinfo=UTC), attempts_left=self.attempts_left)

    async def collect(self, token: str, passphrase: str) -> LinkUse:
        await self._called("collect")
        view = await self.look(token)
        if isinstance(view, Unknown | Expired | Used | Locked):
            return view
        if passphrase != PASSPHRASE:
            self.attempts_left -= 1
            self.dead = None if self.attempts_left else Locked()
            return self.dead or WrongPassphrase(attempts_left=self.attempts_left)
        self.dead = Used()
        return Granted(request_id=REQUEST_ID, name="package.zip")

    async def package(self, request_id: str, name: str) -> AsyncIterator[bytes]:
        await self._called(f"package {name}")
        for block in self.blocks:
            if isinstance(block, Exception):
                raise block
            yield block


def row(**other: Any) -> RequestRow:
    """An open request as the ledger has it."""
    given: dict[str, Any] = {
        "id": REQUEST_ID,
        "right": Right.ACCESS,
        "regime": Regime.US_CA,
        "channel": Channel.WEBHOOK,
        "received_at": datetime(2026, 5, 5, tzinfo=UTC),
        "acknowledge_by": date(2026, 5, 18),
        "due": date(2026, 6, 19),
        "safe": date(2026, 6, 18),
        "state": State.RECEIVED,
        "subject": "0" * 64,
        "policy": "policy-digest",
        "started": True,
        "opened_at": datetime(2026, 5, 5, tzinfo=UTC),
        "closed_at": None,
        "outcome": None,
        "shredded_at": None,
    }
    return RequestRow(**given | other)


def closed() -> RequestRow:
    return row(state=State.ANSWERED, closed_at=datetime(2026, 5, 9, tzinfo=UTC), outcome=Ending.COMPLIED)


def status(request_id: str) -> Status:
    """A saga's own word, with more in it than the web may pass on."""
    return Status(
        request_id=request_id,
        right=Right.ACCESS,
        regime=Regime.US_CA,
        state=State.AWAITING_PROOF,
        ending=None,
        due=date(2026, 8, 3),
        safe=date(2026, 7, 31),
        explain=("extended",),
        unfinished=("Canary system",),
        plans=(),
        tasks=(),
        attempts_left=5,
    )


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes
    json: Any = field(default=None)


class Door:
    """A client of the web door."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        async with self._session.request(method, self.url + path, **options) as response:
            body = await response.read()
            readable = response.content_type in {"application/json", "application/problem+json"}
            return Answer(response.status, response.headers, body, json.loads(body) if readable and body else None)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, content: object) -> Answer:
        return await self.ask("POST", path, json=content)

    async def signed(
        self,
        content: object,
        path: str = "/v1/requests",
        *,
        webhook_id: str = "msg-1",
        secret: str = SECRET,
        age: timedelta = timedelta(0),
        content_type: str = "application/json",
    ) -> Answer:
        """Sign as Standard Webhooks says, and post; bytes are sent as they are."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = signature(body, webhook_id, secret, age) | {"Content-Type": content_type}
        return await self.ask("POST", path, data=body, headers=headers)

    async def form(self, passphrase: str, token: str = TOKEN) -> Answer:
        return await self.ask("POST", f"/v1/downloads/{token}", data={"passphrase": passphrase})


def signature(
    body: bytes, webhook_id: str = "msg-1", secret: str = SECRET, age: timedelta = timedelta(0)
) -> dict[str, str]:
    at = datetime.now(UTC) - age
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, text),
    }


@asynccontextmanager
async def door(
    desk: WebDesk,
    *,
    secrets: tuple[str, ...] = (SECRET,),
    codec: Codec | None = None,
    patience: float = 5,
    wait: Callable[[], float] = lambda: 3600,
    doors: Sequence[ProtocolDoor] = (),
) -> AsyncIterator[Door]:
    """The web door, open while the context lasts."""
    app = build(
        desk,
        controller=CONTROLLER,
        public_url=PUBLIC_URL,
        webhook_secrets=secrets,
        codec=codec,
        doors=doors,
        dispatch_every=wait(),
        patience=patience,
    )
    async with serving(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        yield Door(session, f"http://127.0.0.1:{port}")
