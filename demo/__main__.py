"""`python -m demo` plays the scenes and ends; `python -m demo up` leaves the company running until Ctrl-C."""

import argparse
import asyncio
import fcntl
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import play, up
from demo.processes import DidNotStart
from demo.stack import ROOT

FAILED = 1
INTERRUPTED = 130


def main() -> int:
    """Exit code 0 when everything was as it should be."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["play", "up"], default="play")
    what = parser.parse_args().what
    console = Console(highlight=False)
    folder = ROOT / ".run" / ("up" if what == "up" else "demo")
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print(f"Another one runs already, in {folder}.")
            return FAILED
        return _run(what, folder, console)


def _run(what: str, folder: Path, console: Console) -> int:
    act = up.up(folder, console) if what == "up" else play.play(folder, console)
    try:
        return asyncio.run(_until_told(act))
    except asyncio.CancelledError:
        console.print("Stopped.")
        return 0 if what == "up" else INTERRUPTED
    except (DidNotStart, OSError, RuntimeError) as error:
        console.print(f"{error}", markup=False)
        return FAILED


async def _until_told(act: Coroutine[Any, Any, int]) -> int:
    """Run until the end, or until the first signal; what is running is then stopped in order, signals or not."""
    task = asyncio.ensure_future(act)
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return await task


if __name__ == "__main__":
    sys.exit(main())
