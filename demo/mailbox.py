"""Reading mail as the people in the demo do: over IMAP, each from their own mailbox."""

import asyncio
import email
import email.policy
import imaplib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from activities.letter_forms.flowed import unflowed


@dataclass(frozen=True)
class Mail:
    """One letter."""

    subject: str
    body: str
    message_id: str = ""


class Mailboxes:
    """The mail server's mailboxes, one a person, all with the same password."""

    def __init__(self, port: int, password: str = "demo") -> None:  # noqa: S107 - of a server that lives for a minute
        self._port = port
        self._password = password

    async def letters(self, address: str) -> list[Mail]:
        """All letters in a person's mailbox, oldest first."""
        return await asyncio.to_thread(self._fetch, address)

    async def find(self, address: str, pattern: str) -> str | None:
        """The last thing that matches in a person's mail; the pattern's first group."""
        found = [m for mail in await self.letters(address) for m in re.findall(pattern, mail.body)]
        return found[-1] if found else None

    async def code(self, address: str) -> str | None:
        """The newest code."""
        return await self.find(address, r"(?m)^\s{4}(\d{6})\s*$")

    async def link(self, address: str) -> str | None:
        """The token of the newest download link."""
        return await self.find(address, r"/v1/downloads/(\S+)")

    def _fetch(self, address: str) -> list[Mail]:
        with imaplib.IMAP4("127.0.0.1", self._port) as imap:
            imap.login(address, self._password)
            imap.select("INBOX", readonly=True)
            _, (numbers, *_) = imap.search(None, "ALL")
            return [_parsed(imap.fetch(number.decode(), "(BODY.PEEK[])")[1]) for number in numbers.split()]


def _parsed(answer: Sequence[object]) -> Mail:
    raw = next(part[1] for part in answer if isinstance(part, tuple))
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Mail(
        subject=str(message["Subject"]),
        body=unflowed(body.get_content()) if body else "",
        message_id=str(message["Message-ID"]),
    )
