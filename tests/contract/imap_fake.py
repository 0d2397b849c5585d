"""A mail server on the wire that can lack what real ones lack, and do what only some do; it writes down what it hears.

It knows the searches and fetches that the connector sends, and says BAD to all others.
"""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

SASL = {
    "XOAUTH2": (re.compile("user=(?P<user>[^\x01]+)\x01auth=Bearer (?P<token>[^\x01]+)\x01\x01"), ""),
    "OAUTHBEARER": (
        re.compile(
            "n,a=(?P<user>[^\x01,]+),\x01host=127.0.0.1\x01port=\\d+\x01auth=Bearer (?P<token>[^\x01]+)\x01\x01"
        ),
        "AQ==",
    ),
}
"""What a client says, and what it says to the error before it is told no."""


@dataclass
class Box:
    """A folder: its mails by number."""

    flags: str = ""
    validity: int = 7
    writable: bool = True
    refuses: str = ""
    mails: dict[int, bytes] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)


class FakeImap:
    """A server with these folders, for whoever logs in."""

    def __init__(self, capabilities: str = "IMAP4rev1 UIDPLUS", boxes: dict[str, Box] | None = None) -> None:
        self.capabilities = capabilities
        self.boxes = boxes or {"INBOX": Box()}
        self.heard: list[str] = []
        self.users: list[str] = []
        """Who logged in with a token."""
        self.hangs_up_after: str | None = None
        """A command's first words: it is obeyed, and never answered."""
        self.style: Callable[[bytes], bytes] = lambda content: b"{%d}\r\n%s" % (len(content), content)
        """How a string is written."""
        self.tokens: set[str] | None = None
        """The access tokens that are good; then no password is."""
        self.guesses = 0
        """By how much it is wrong about sizes."""
        self._numbers = count(100)

    def put(self, folder: str, mail: bytes) -> int:
        """Put a mail into a folder; its number."""
        number = next(self._numbers)
        self.boxes[folder].mails[number] = mail
        return number

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Listen; the address."""
        serving: set[asyncio.Task[None]] = set()

        def accept(reader: StreamReader, writer: StreamWriter) -> None:
            task = asyncio.create_task(self._talk(reader, writer))
            serving.add(task)
            task.add_done_callback(serving.discard)

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as listening:
            yield f"imap://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving)

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with suppress(OSError, EOFError):
                await self._listen(reader, writer)
        finally:
            writer.transport.abort()

    async def _listen(self, reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        opened = ""
        while line := (await reader.readline()).decode():
            while literal := re.search(r"\{(\d+)\}\r\n$", line):
                writer.write(b"+ go on\r\n")
                content = (await reader.readexactly(int(literal[1]))).decode()
                line = f'{line[: literal.start()]}"{content}"{(await reader.readline()).decode()}'
            tag, _, command = line.strip().partition(" ")
            self.heard.append(command)
            if command.startswith("AUTHENTICATE "):
                writer.write(await self._authenticated(tag, command.split()[1:], reader, writer))
                continue
            if (name := re.match(r'(?:SELECT|EXAMINE) "(.*)"', command)) is not None:
                opened = name[1]
            answer = b"".join(self._answers(command, opened))
            if self.hangs_up_after and command.startswith(self.hangs_up_after):
                return
            writer.write(answer.replace(b"TAG", tag.encode()))

    async def _authenticated(self, tag: str, said: list[str], reader: StreamReader, writer: StreamWriter) -> bytes:
        """A log-in by token, from the mechanism on; RFC 7628, and what Google says of XOAUTH2."""
        mechanism, response = said[0], said[1] if "SASL-IR" in self.capabilities else ""
        if not response:
            assert len(said) == 1
            writer.write(b"+ \r\n")
            response = (await reader.readline()).decode().strip()
        pattern, give_up = SASL[mechanism]
        heard = pattern.fullmatch(b64decode(response, validate=True).decode())
        if heard and heard["token"] in (self.tokens or ()):
            self.users.append(heard["user"])
            return f"{tag} OK welcome\r\n".encode()
        writer.write(b"+ " + b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}') + b"\r\n")
        assert (await reader.readline()).decode().strip() == give_up
        return f"{tag} NO AUTHENTICATE failed.\r\n".encode()

    def _answers(self, command: str, opened: str) -> Iterator[bytes]:
        """The lines of an answer; the last begins with TAG."""
        verb = re.match(r"(?:UID )?\w+", command)
        box = self.boxes.get(opened, Box())
        answers: dict[str, Callable[[], Iterable[bytes] | None]] = {
            "CAPABILITY": lambda: [f"* CAPABILITY {self.capabilities}\r\n".encode()],
            "LIST": self._list,
            "SELECT": lambda: self._open(opened),
            "EXAMINE": lambda: self._open(opened),
            "UID SEARCH": lambda: self._search(command, box),
            "UID FETCH": lambda: self._fetched(command, box),
            "UID STORE": lambda: box.deleted.update(_numbers(command) & box.mails.keys()),
            "UID EXPUNGE": lambda: self._expunge(box, _numbers(command) & box.deleted),
            "UID MOVE": lambda: self._move(command, box),
            "LOGIN": lambda: None if self.tokens is None else [b"TAG NO [AUTHENTICATIONFAILED] no passwords\r\n"],
            "LOGOUT": lambda: None,
        }
        answer = answers.get(verb[0] if verb else "")
        lines = list((answer() if answer else [b"TAG BAD unknown\r\n"]) or [])
        yield from lines
        if not lines or not lines[-1].startswith(b"TAG"):
            yield b"TAG OK done\r\n"

    def _list(self) -> list[bytes]:
        boxes = self.boxes.items()
        return [b"* LIST (%s) NIL %s\r\n" % (box.flags.encode(), self.style(name.encode())) for name, box in boxes]

    def _open(self, name: str) -> list[bytes]:
        box = self.boxes.get(name)
        if box is None or box.refuses:
            return [f"TAG NO [{box.refuses if box else 'NONEXISTENT'}] no\r\n".encode()]
        known = f"* {len(box.mails)} EXISTS\r\n* OK [UIDVALIDITY {box.validity}] valid\r\n"
        return [known.encode(), f"TAG OK [READ-{'WRITE' if box.writable else 'ONLY'}] open\r\n".encode()]

    def _search(self, command: str, box: Box) -> list[bytes]:
        found = [uid for uid, mail in box.mails.items() if _matches(command, uid, mail)]
        return [f"* SEARCH {' '.join(map(str, found))}\r\n".encode()]

    def _move(self, command: str, box: Box) -> None:
        (target,) = re.findall(r'"(.*)"$', command)
        for uid in _numbers(command) & box.mails.keys():
            self.put(target, box.mails.pop(uid))

    def _fetched(self, command: str, box: Box) -> Iterator[bytes]:
        yield b"* 1 FETCH (FLAGS (\\Seen))\r\n"  # what nobody asked for, as servers may
        for uid in sorted(_numbers(command) & box.mails.keys()):
            mail = box.mails[uid]
            known = (
                f'UID {uid} INTERNALDATE " 1-Feb-2024 09:00:00 +0100" RFC822.SIZE {len(mail) + self.guesses}'.encode()
            )
            if part := re.search(r"BODY.PEEK\[\]<(\d+)\.(\d+)>", command):
                start = int(part[1])
                content = self.style(mail[start : start + int(part[2])])
                yield b"* 9 FETCH (%s BODY[]<%d> %s)\r\n" % (known, start, content)
            else:
                head = self.style(mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
                yield b"* 9 FETCH (BODY[HEADER.FIELDS (FROM TO)] %s %s)\r\n" % (head, known)

    def _expunge(self, box: Box, uids: set[int]) -> None:
        """Gmail takes a mail that is expunged out of the folder only, which is not seen in the one that shows all."""
        if "X-GM-EXT-1" not in self.capabilities or "Trash" in box.flags:
            for uid in uids:
                del box.mails[uid]
        box.deleted -= uids


def _matches(command: str, uid: int, mail: bytes) -> bool:
    if (after := re.search(r"UID (\d+):\*", command)) and uid < int(after[1]):
        return False
    if sizes := re.findall(r"LARGER (\d+) SMALLER (\d+)", command):
        return any(int(low) < len(mail) < int(high) for low, high in sizes)
    terms = re.findall(r'"([^"]*)"', command)
    return not terms or any(term.lower().encode() in mail.partition(b"\r\n\r\n")[0].lower() for term in terms)


def _numbers(command: str) -> set[int]:
    found: set[int] = set()
    for run in re.findall(r"[\d:]+", command.split()[2]):
        first, _, last = run.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found
