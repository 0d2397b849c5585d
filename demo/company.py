"""The company as people meet it: its web door, their mailboxes, and the command line of its staff."""

import asyncio
import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientError
from standardwebhooks import Webhook

from demo.mailbox import Mailboxes
from demo.people import Somebody
from demo.stack import ROOT, Stack
from demo.theatre import Scene, WentDifferently
from foundation import Foundation
from settings import read_policy

JSON = dict[str, Any]


class Company:
    """One running company. `foundation` is for looking behind the product's back, never for acting."""

    def __init__(self, stack: Stack, foundation: Foundation) -> None:
        self.stack = stack
        self.foundation = foundation
        self.mail = Mailboxes(stack.ports.imap)
        self._url = stack.environ["HABEAS_PUBLIC_URL"]
        policy = read_policy(Path(stack.environ["HABEAS_POLICY"]))
        self.zone = policy.controller.zone
        self.lead, self.deputy = policy.terms.people.privacy_lead, policy.terms.people.deputy
        self._turns = asyncio.Semaphore(2)

    async def ask(self, right: str, person: Somebody) -> JSON:
        """Hand a request in as the company's site does: a signed webhook. The receipt."""
        return await self._signed("/v1/requests", {"right": right, "person": {"email": person.email}})

    async def take_back(self, request_id: str) -> None:
        """Cancel, as the company's site does for the person."""
        await self._signed(f"/v1/requests/{request_id}/cancellation", {"reason": "changed my mind"})

    async def prove(self, scene: Scene, request_id: str, person: Somebody, ticket: str = "") -> str:
        """Enter the code from the person's mailbox; with the ticket of the receipt, the passphrase of a download."""
        code = await self.code(scene, person)
        path = f"/v1/requests/{request_id}/confirmation"

        async def taken() -> JSON | None:
            status, said = await self._post(path, json.dumps({"code": code, "ticket": ticket}).encode())
            return said if status == 200 else None

        return str((await scene.wait_for("the code from the letter is entered", taken))["passphrase"])

    async def code(self, scene: Scene, person: Somebody) -> str:
        """The code in the person's mailbox, once it is there."""

        async def arrived() -> bool:
            return await self.mail.code(person.email) is not None

        await scene.until("a letter with a code comes to the address on file", arrived)
        return str(await self.mail.code(person.email))

    async def standing(self, request_id: str) -> JSON:
        """Where a request stands, for whoever has its id."""
        try:
            async with self.stack.http.get(f"{self._url}/v1/requests/{request_id}") as answer:
                return dict(await answer.json())
        except ClientError:
            return {"state": "unknown", "ending": None}

    async def answered(self, scene: Scene, request_id: str, ending: str) -> None:
        """Wait until a request is answered, and see how it ended."""

        async def over() -> bool:
            return (await self.standing(request_id))["ending"] is not None

        await scene.until("the answer is on its way", over)
        found = (await self.standing(request_id))["ending"]
        scene.demand(found == ending, f"it ends as {ending}, not as {found}")

    async def letter(self, scene: Scene, person: Somebody, subject: str) -> str:
        """The text of a letter to a person, once it is there."""
        return await self._letter(scene, person.email, subject, "")

    async def task(self, scene: Scene, request_id: str, title: str) -> str:
        """The id of a task, from the mail that tells the privacy lead of it."""
        body = await self._letter(scene, self.lead, title, request_id)
        return next(word for word in body.split() if word.startswith(f"{request_id}."))

    async def woken(self, scene: Scene, address: str, request_id: str) -> str:
        """The text of an escalation."""
        return await self._letter(scene, address, "ESCALATION", request_id)

    async def download(self, token: str, passphrase: str) -> tuple[int, bytes]:
        """Enter the passphrase on the page behind a link."""
        url = f"{self._url}/v1/downloads/{token}"
        async with self.stack.http.post(url, data={"passphrase": passphrase}) as answer:
            return answer.status, await answer.read()

    async def staff(self, *arguments: str, status: int = 0) -> str:
        """What a command of starter.py prints, run as whoever works there runs it."""
        async with self._turns:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(ROOT / "starter.py"), *arguments,
                env=self.stack.environ, cwd=self.stack.folder,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            try:
                said, _ = await process.communicate()
            except BaseException:
                process.kill()
                await process.wait()
                raise
        if process.returncode != status:
            words = f"starter.py {' '.join(arguments)} ended with {process.returncode}, not {status}"
            raise WentDifferently(f"{words}:\n{said.decode()}")
        return said.decode()

    async def _letter(self, scene: Scene, address: str, subject: str, within: str) -> str:
        async def arrived() -> str | None:
            letters = await self.mail.letters(address)
            return next((m.body for m in letters if subject in m.subject and within in m.subject + m.body), None)

        return await scene.wait_for(f"a letter to {address}: {subject}", arrived)

    async def _signed(self, path: str, content: JSON) -> JSON:
        body, number, now = json.dumps(content), f"msg_{secrets.token_hex(8)}", datetime.now(UTC)
        headers = {
            "webhook-id": number,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.stack.environ["HABEAS_WEBHOOK_SECRETS"]).sign(number, now, body),
        }
        status, answer = await self._post(path, body.encode(), headers)
        if status != 202:
            raise WentDifferently(f"POST {path} was answered with {status}: {answer}")
        return answer

    async def _post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, JSON]:
        given = {"Content-Type": "application/json", **(headers or {})}
        async with self.stack.http.post(f"{self._url}{path}", data=body, headers=given) as answer:
            return answer.status, dict(await answer.json(content_type=None))
