"""Child processes that are there when they say so, and gone when we are."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 15


class DidNotStart(RuntimeError):
    """A process ended, or never answered. Shows the end of its log."""


class Process:
    """One child process, its output in a log of its own. Can be killed and started again."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str], logs: Path) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._command = command
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Start it, and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environ},
                start_new_session=True,
            )
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not await ready():
            if self._process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                await self.kill()
                raise DidNotStart(f"{self.name} did not start. The end of {self.log}:\n{self.tail()}")
            await asyncio.sleep(0.05)

    @property
    def pid(self) -> int:
        """Its number, once it was started."""
        if self._process is None:
            raise DidNotStart(f"{self.name} was not started")
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """SIGKILL, at once: no goodbye, nothing flushed."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def says(self, words: str) -> Callable[[], Awaitable[bool]]:
        """Ready once its log, from here on, has these words."""
        start = self.log.stat().st_size if self.log.exists() else 0

        async def said() -> bool:
            return words in self.log.read_text(errors="replace")[start:]

        return said


def listens(*ports: int) -> Callable[[], Awaitable[bool]]:
    """Ready once something accepts connections on these ports."""

    async def open_all() -> bool:
        for port in ports:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
        return True

    return open_all


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def tool(name: str) -> str:
    """A program that a package of ours brought along."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise DidNotStart(f"{name} is missing beside {sys.executable}: install the development requirements")
    return str(path)


@asynccontextmanager
async def ending(process: Process) -> AsyncIterator[Process]:
    """Stops the process at the end of the block."""
    try:
        yield process
    finally:
        await process.stop()
