"""One connection to an IMAP server (RFC 3501): commands out, answers in, literals of both directions.

There are libraries for this; aioimaplib sends no literals, goes on waiting when the line breaks or a token is refused,
and takes a stack frame for each line of an answer. Here whole folders are listed, and what is searched for is other
people's text.
"""

import asyncio
import re
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.connector import TryLater

LONGEST_LINE = 8 << 20
"""Bytes: room for the numbers of a million mails."""
LONGEST_LITERAL = 16 << 20
"""Bytes: mails come in pieces much smaller than this."""
GOOD_BYE_SECONDS = 1.0

_LITERAL = re.compile(rb"\{(\d{1,12})\}\r\n$")
_CODE = re.compile(r"\[([A-Z0-9-]+)")
_PLAIN = re.compile(r'[^"\\\x00-\x1f\x7f-\U0010ffff]*')
_TAGGED = re.compile(rb"(\S+) (OK|NO|BAD)(?: (.*))?\r\n$", re.DOTALL)

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """An untagged answer, without its `* `; each literal stands as its `{size}` in the text. Personal data."""

    text: bytes = field(repr=False)
    literals: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Reply:
    """How a command went: `OK`, `NO` or `BAD`, the code in brackets (RFC 5530), and what came before."""

    status: str
    code: str = ""
    said: str = field(default="", repr=False)
    lines: tuple[Line, ...] = field(default=(), repr=False)


class Wire:
    """An open connection. Whatever breaks it is `TryLater`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, title: str, seconds: float) -> None:
        self._reader = reader
        self._writer = writer
        self._title = title
        self._seconds = seconds
        self._number = 0
        self.greeting = b""

    @classmethod
    async def open(cls, host: str, port: int, tls: ssl.SSLContext | None, title: str, seconds: float) -> "Wire":
        """Connect, and hear who answers: only a mail server says OK."""
        connecting = asyncio.open_connection(host, port, ssl=tls, limit=LONGEST_LINE)
        reader, writer = await _in_time(connecting, title, seconds)
        wire = cls(reader, writer, title, seconds)
        try:
            wire.greeting = await wire._line()
        except BaseException:
            await wire.close()
            raise
        if wire.greeting.upper().startswith(b"* OK"):
            return wire
        await wire.close()
        raise TryLater(f"{title}: the mail server does not let anybody in now")

    async def command(self, *words: str) -> Reply:
        """Send a command and read its answer. Words go out as they are; `quoted` makes one of any text."""
        tag = self._tag()
        await self._send(f"{tag} {' '.join(words)}")
        return await self._reply(tag, [])

    async def authenticate(self, mechanism: str, first: str, give_up: str, *, at_once: bool) -> Reply:
        """Log in by SASL: `first` is the client's response, `give_up` what it answers to any challenge, in base64.

        `at_once`: the response goes with the command (RFC 4959), and saves a round trip.
        """
        tag = self._tag()
        await self._send(f"{tag} AUTHENTICATE {mechanism}{f' {first}' if at_once else ''}")
        return await self._reply(tag, [give_up] if at_once else [first, give_up])

    def _tag(self) -> str:
        self._number += 1
        return f"h{self._number}"

    async def _reply(self, tag: str, responses: list[str]) -> Reply:
        """The answer to a command; each time that the server asks to go on, it gets the next of these."""
        lines: list[Line] = []
        while True:
            line = await self._whole()
            if line.text.startswith(b"+") and responses:
                await self._send(responses.pop(0))
            elif line.text.startswith(b"* "):
                lines.append(Line(line.text[2:].rstrip(b"\r\n"), line.literals))
            elif (end := _TAGGED.match(line.text)) and end[1] == tag.encode():
                said = (end[3] or b"").decode(errors="replace")
                code = _CODE.match(said)
                return Reply(end[2].decode(), code[1] if code else "", said, tuple(lines))
            else:
                raise TryLater(f"{self._title}: the mail server does not make sense")

    async def close(self) -> None:
        """Leave, without waiting for a good-bye."""
        with suppress(OSError, TimeoutError):
            self._writer.write(b"h0 LOGOUT\r\n")
            self._writer.close()
            async with asyncio.timeout(GOOD_BYE_SECONDS):
                await self._writer.wait_closed()

    async def _send(self, line: str) -> None:
        """The command's pieces, at each literal waiting to be told to go on."""
        *before, last = line.split(SYNC)
        for piece in before:
            self._writer.write(piece.encode() + b"\r\n")
            if not (await self._line()).startswith(b"+"):
                raise TryLater(f"{self._title}: the mail server takes no literal")
        self._writer.write(last.encode() + b"\r\n")
        await _in_time(self._writer.drain(), self._title, self._seconds)

    async def _whole(self) -> Line:
        line, literals = await self._line(), list[bytes]()
        text = line
        while found := _LITERAL.search(line):
            size = int(found[1])
            if size > LONGEST_LITERAL:
                raise TryLater(f"{self._title}: the mail server sends more than was asked for")
            literals.append(await _in_time(self._reader.readexactly(size), self._title, self._seconds))
            line = await self._line()
            text = text.removesuffix(b"\r\n") + line
        return Line(text, tuple(literals))

    async def _line(self) -> bytes:
        line = await _in_time(self._reader.readuntil(b"\n"), self._title, self._seconds)
        if line.upper().startswith(b"* BYE"):
            raise TryLater(f"{self._title}: the mail server hung up")
        return line


SYNC = "\x00"
"""In a command: send what is before this, and wait. No IMAP text can hold it."""


def quoted(text: str) -> str:
    """Any text as one word: between quotes, or as a literal where quotes cannot hold it (RFC 3501, 4.3)."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    plain = text.replace(SYNC, "")
    return f"{{{len(plain.encode())}}}{SYNC}{plain}"


async def _in_time(waiting: Coroutine[Any, Any, T], title: str, seconds: float) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await waiting
    except (OSError, EOFError, asyncio.LimitOverrunError, TimeoutError) as error:
        raise TryLater(f"{title}: the mail server does not answer ({type(error).__name__})") from None
