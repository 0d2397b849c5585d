"""The running company as the tests meet it: through its door, its mailboxes, its command line, and its ledger."""

import asyncio
import json
import re
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from standardwebhooks import Webhook

import settings
from demo.mailbox import Mail, Mailboxes
from demo.processes import listens
from demo.stack import ROOT, Stack
from foundation import Foundation, founded
from ledger.journal import JournalEntry
from ledger.requests import RequestRow
from tests.end_to_end.holdings import Somebody

R = TypeVar("R")

CEILING_SECONDS = 100
CODE = re.compile(r"(?m)^\s{4}(\d{6})\s*$")


async def until(what: str, look: Callable[[], Awaitable[R]], seconds: float = CEILING_SECONDS) -> R:
    """Wait until something is true, and give it; a ceiling, so that what never comes says what it was."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await look()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {seconds:.0f} seconds: {what}")
        await asyncio.sleep(0.1)
    return found


@dataclass(frozen=True)
class Answer:
    """What the web door said."""

    status: int
    kind: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Company:
    """One running stack, with everybody and everything secret that was ever shown to it."""

    stack: Stack
    foundation: Foundation
    port: int
    environ: dict[str, str]
    canaries: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where its web door is."""
        return f"http://127.0.0.1:{self.port}"

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Post JSON, signed by nobody unless the headers say so."""
        given = {"Content-Type": "application/json", **(headers or {})}
        async with self.stack.http.post(f"{self.url}{path}", data=body, headers=given) as answer:
            return Answer(answer.status, answer.content_type, await answer.read())

    def signed(self, body: bytes, at: datetime | None = None) -> dict[str, str]:
        """The headers of a genuine webhook."""
        message, moment = f"msg_{secrets.token_hex(8)}", at or datetime.now(UTC)
        signature = Webhook(self.environ["HABEAS_WEBHOOK_SECRETS"]).sign(message, moment, body.decode())
        stamp = str(int(moment.timestamp()))
        return {"webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": signature}

    async def hand_in(self, right: str, person: Somebody, **more: Any) -> dict[str, Any]:
        """Hand a request in as the company's site does; the receipt."""
        self.canaries.update(person.canaries)
        body = json.dumps({"right": right, "person": person.claims, **more}).encode()
        answer = await self.post("/v1/requests", body, self.signed(body))
        assert answer.status == 202, answer.body
        receipt: dict[str, Any] = answer.json
        self.canaries.add(receipt["ticket"])
        return receipt

    async def prove(self, request_id: str, person: Somebody, ticket: str = "") -> str:
        """Enter the code of this request that is in the person's mailbox; with the ticket, the passphrase."""

        async def written() -> list[str]:
            of_it = [letter.body for letter in await self.letters(person) if request_id in letter.message_id]
            return [code for body in of_it for code in CODE.findall(body)]

        (code,) = await until("a letter with a code", written)
        body = json.dumps({"code": code, "ticket": ticket}).encode()
        passphrase = ""

        async def confirmed() -> bool:
            answer = await self.post(f"/v1/requests/{request_id}/confirmation", body)
            nonlocal passphrase
            if answer.status == 200:
                passphrase = answer.json["passphrase"]
            return b"already confirmed" in answer.body or (answer.status == 200 and bool(answer.json["verified"]))

        await until("the code is taken", confirmed)
        return passphrase

    async def asked(self, right: str, person: Somebody) -> dict[str, Any]:
        """Hand a request in, and prove who asks; the receipt."""
        receipt = await self.hand_in(right, person)
        receipt["passphrase"] = await self.prove(receipt["request_id"], person, receipt["ticket"])
        self.canaries.update({receipt["passphrase"]} - {""})
        return receipt

    async def answered(self, request_id: str) -> RequestRow:
        """What the ledger says of a request once it is answered."""

        async def closed() -> RequestRow | None:
            row = await self.foundation.ledger.requests.get(request_id)
            return row if row and row.closed_at else None

        row = await until(f"{request_id} is answered", closed)
        assert row is not None
        return row

    async def journal(self, request_id: str) -> list[JournalEntry]:
        """The evidence of a request."""
        return await self.foundation.ledger.journal.entries(request_id)

    async def facts(self, request_id: str, step: str) -> dict[str, Any]:
        """What one step of a request left as evidence; nothing before it is over."""
        found = [dict(entry.facts) for entry in await self.journal(request_id) if entry.step == step]
        assert len(found) <= 1
        return found[0] if found else {}

    @property
    def mail(self) -> Mailboxes:
        """Everybody's mailbox."""
        return Mailboxes(self.stack.ports.imap)

    async def letters(self, person: Somebody) -> list[Mail]:
        """A person's letters, oldest first."""
        return await self.mail.letters(person.email)

    async def starter(self, *arguments: str) -> str:
        """What a command of starter.py prints; it has to succeed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(ROOT / "starter.py"), *arguments,
            env=self.environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()


@asynccontextmanager
async def company(stack: Stack, port: int, environ: dict[str, str]) -> AsyncIterator[Company]:
    """A company, its ledger and vault opened beside its own processes."""
    await until("the web door is open", listens(port))
    async with founded(settings.read(environ)) as foundation:
        yield Company(stack, foundation, port, environ)
