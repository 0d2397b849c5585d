"""The post office of the benchmark: takes every letter, in the driver's own process, so that reading costs nothing."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope, Session

CODE = re.compile(r"(?m)^\s{4}(\d{6})\s*$")


class PostOffice:
    """Letters by address, in the order they came; whoever waits for one is woken."""

    def __init__(self) -> None:
        self._letters: defaultdict[str, asyncio.Queue[str]] = defaultdict(asyncio.Queue)

    async def next(self, address: str) -> str:
        """The next letter to an address, its text."""
        return await self._letters[address].get()

    async def code(self, address: str) -> str:
        """The code in the next letter to an address."""
        found = CODE.search(await self.next(address))
        assert found, "the acknowledgement has no code"
        return found[1]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's name
        """Take a letter in."""
        assert isinstance(envelope.content, bytes)
        body = message_from_bytes(envelope.content, policy=policy.default).get_body(("plain",))
        text = body.get_content() if body else ""
        for address in envelope.rcpt_tos:
            self._letters[address].put_nowait(text)
        return "250 OK"


@asynccontextmanager
async def open_post_office(port: int) -> AsyncIterator[PostOffice]:
    """Open it on a port."""
    office = PostOffice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, loop=loop), "127.0.0.1", port)
    try:
        yield office
    finally:
        server.close()
