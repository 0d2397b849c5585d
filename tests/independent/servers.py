"""Servers that others wrote, each a process of its own, from environments that are not the product's.

`make` installs what is in Python (`servers.in`, `localstripe.in`, each with its lock) under `.servers/`; what is in
JavaScript is installed when it is first asked for, from `package-lock.json`, and where there is no npm the tests that
need it are skipped and say so. Nothing of it is imported here: localstripe is under the GPL, and the others would pull
in other versions of what the product uses.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".servers"
NODE = INSTALLED / "node"
"""Where npm puts what it fetches."""
LOCKED = Path(__file__).parent / "node"
"""What it fetches: `package.json` and its lock."""

START_SECONDS = 240
STOP_SECONDS = 5


def in_python(environment: str, name: str) -> str:
    """A server's command. Raises `RuntimeError` with the way to install it."""
    command = INSTALLED / environment / "bin" / name
    if not command.exists():
        raise RuntimeError(f"{name} is not installed: make .servers/{environment}/.installed")
    return str(command)


def in_javascript(name: str) -> str:
    """A server's command, installed first if need be. Skips the test, saying why, where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is missing: {name}, an independent server, cannot be installed")
    NODE.mkdir(parents=True, exist_ok=True)
    lock = (LOCKED / "package-lock.json").read_bytes()
    with (NODE / ".installing").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # another test process may be at it
        done = NODE / ".installed"
        if not done.exists() or done.read_bytes() != lock:
            for file in LOCKED.iterdir():
                shutil.copy(file, NODE)
            quietly = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
            subprocess.run([npm, "ci", *quietly], check=True, timeout=600, cwd=NODE)  # noqa: S603 - fixed arguments
            done.write_bytes(lock)
    return str(NODE / "node_modules" / ".bin" / name)


@contextmanager
def running(
    command: Sequence[str], port: int, folder: Path, *, asked: str = "/", env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server in a process group of its own until the block ends; its address, once it answers to `asked`.

    Any status counts as an answer. `folder` is where it runs and what it says is kept, `server.log`. Raises
    `RuntimeError` with its last words if it ends, or is not ready after `START_SECONDS`.
    """
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - commands of this folder
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address + asked, log)
        yield address
    finally:
        _stop(process)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of this machine
            return True
    except urllib.error.HTTPError as refused:
        refused.close()
        return True
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return
    process.wait()
