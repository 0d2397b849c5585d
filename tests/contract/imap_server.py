"""A mail server to test with, talked to behind the connector's back; and a line to it that can be broken."""

import asyncio
import atexit
import re
import socket
import subprocess
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

from tests.contract.rig import Fault

PASSWORD = "demo"
users = (f"box{number}@company.example" for number in count(1))


@cache
def server() -> int:
    """The port of the one mail server of this test run: mail-devel, which makes a mailbox for whoever logs in."""
    smtp, imap = _free(), _free()
    command = [
        str(Path(sys.executable).parent / "mail_devel"), "--host", "127.0.0.1", "--multi-user", "--password", PASSWORD,
        "--no-http", "--smtp-port", str(smtp), "--imap-port", str(imap),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    atexit.register(_ended, process)
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", imap), 1):
            return imap
        time.sleep(0.1)
    raise RuntimeError("the mail server did not start")


class Account:
    """A mailbox behind the connector's back: one connection, kept, as logging in takes longest."""

    def __init__(self, port: int) -> None:
        self.user = next(users)
        self._line = socket.create_connection(("127.0.0.1", port), 10)
        self._number = 0

    async def say(self, *commands: bytes) -> bytes:
        """All that the server answers to these commands, sent at once."""
        return await asyncio.to_thread(self._say, commands)

    async def put(self, folder: str, mail: bytes, day: str = "17-Jul-2020") -> tuple[int, int]:
        """Put a mail into a folder; UIDVALIDITY and UID."""
        at = f'APPEND "{folder}" () "{day} 12:00:00 +0000" {{{len(mail)}+}}\r\n'.encode()
        said = await self.say(at + mail)
        found = re.search(rb"APPENDUID (\d+) (\d+)", said)
        assert found, said
        return int(found[1]), int(found[2])

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _say(self, commands: tuple[bytes, ...]) -> bytes:
        login = () if self._number else (f'LOGIN "{self.user}" {PASSWORD}'.encode(),)
        self._number += 1
        end = b"end%d" % self._number
        lines = [b"t " + command for command in (*login, *commands)]
        self._line.sendall(b"\r\n".join([*lines, end + b" NOOP", b""]))
        said = b""
        while not re.search(rb"^" + end + rb" OK[^\n]*\n", said, re.MULTILINE):
            said += self._line.recv(1 << 16)
            _at_once(self._line)
        return said.replace(end, b"end")


class Line:
    """What stands between the connector and the server, and fails in the ways that lines and servers do."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._faults: list[str] = []
        self._serving: set[asyncio.Task[None]] = set()
        self.heard = b""
        """All that the connector ever said."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Stand there; the address to connect to."""
        listening = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with listening:
            yield f"imap://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        for serving in self._serving:
            serving.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    def fault(self, kind: str, times: int) -> None:
        """Break the next connections."""
        self._faults += [kind] * times

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            kind = self._faults.pop(0) if self._faults else None
            await (self._broken(kind, reader, writer) if kind else self._through(reader, writer))
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def _through(self, reader: StreamReader, writer: StreamWriter) -> None:
        upstream, sending = await asyncio.open_connection("127.0.0.1", self._port)
        back = asyncio.create_task(_pipe(upstream, writer, sending.get_extra_info("socket")))
        try:
            while data := await reader.read(1 << 16):
                self.heard += data
                sending.write(data)
                await sending.drain()
        finally:
            sending.close()
            back.cancel()
            await asyncio.wait([back])

    async def _broken(self, kind: str, reader: StreamReader, writer: StreamWriter) -> None:
        if kind == Fault.TIMEOUT:
            await reader.read()
            return
        if kind in FIRST_WORDS:
            writer.write(FIRST_WORDS[kind])
            return
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.partition(b" ")
            verb = command.split()[0].upper()
            writer.write(REPLIES.get((kind, verb), SAYS.get(verb, b"%s OK done\r\n")).replace(b"%s", tag))


FIRST_WORDS = {
    Fault.SERVER_ERROR: b"* BYE [UNAVAILABLE] going down\r\n",
    Fault.HTML: b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html><body>Bad gateway</body></html>\r\n",
}
SAYS = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n%s OK done\r\n",
    b"LIST": b'* LIST () "/" INBOX\r\n* LIST () "/" "Projects/Engine"\r\n%s OK done\r\n',
}
REPLIES = {
    (Fault.RATE_LIMIT_WITHOUT_HINT, b"LOGIN"): b"%s NO [LIMIT] Too many connections\r\n",
    (Fault.OVERLOADED_529, b"LOGIN"): b"%s NO [UNAVAILABLE] Try again\r\n",
    (Fault.UNAUTHORISED, b"LOGIN"): b"%s NO [AUTHENTICATIONFAILED] No\r\n",
    (Fault.FORBIDDEN, b"EXAMINE"): b"%s NO [NOPERM] No\r\n",
    (Fault.FORBIDDEN, b"SELECT"): b"%s NO [NOPERM] No\r\n",
}


async def _pipe(reader: StreamReader, writer: StreamWriter, reading: socket.socket) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        _at_once(reading)


def _at_once(connection: socket.socket) -> None:
    """Acknowledge what comes: the server sends each line by itself, and waits for that, else 40 ms."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(10)
