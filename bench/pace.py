"""How much of a vendor's limit is used, and how often it is passed: one process, and two that share a ledger.

    python -m bench.pace                     some three minutes
    python -m bench.pace --rates 50 --seconds 30

The stand-in allows r requests in any second, sliding, and answers 429 to the next: stricter than most vendors, who let
a burst pass. Each process is one of its own, with the worker's pace (connectors/leased_pace.py) on one SQLite ledger,
and always has eight requests waiting. `reached` is what was answered with 200, as a part of r, without the first second
and the last; 429s are counted from the first request on; `leases` are the writes that the pace cost the ledger, for a
second and process. The last line of each limit shows what two processes do that do not know of each other. A turn that
a busy machine lets pass is lost: measure on an idle one, or with `chrt -f 10 python -m bench.pace`.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from connectors.connector import SystemConfig, TryLater
from connectors.http import Http
from connectors.leased_pace import LeasedPace, Ticks
from connectors.pace import Account, OwnPace, Pace
from ledger.ledger import Ledger, migrate
from standins.serving import serving

WAITING = 8
SECOND = 1.0
STARTING = 4.0
"""Seconds after which all processes are there, and begin."""


class Vendor:
    """Counts in a sliding second."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._recent: deque[float] = deque()
        self._answers: list[float] = []
        self.refused = 0

    async def answer(self, _: web.Request) -> web.Response:
        """200, or 429 beyond the limit."""
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - SECOND:
            self._recent.popleft()
        if len(self._recent) >= self._per_second:
            self.refused += 1
            return web.json_response({}, status=429)
        self._recent.append(now)
        self._answers.append(now)
        return web.json_response({})

    def reached(self, begin: float, end: float) -> float:
        """The part of the limit that was used between two moments."""
        return sum(begin <= each < end for each in self._answers) / (end - begin) / self._per_second


async def measured(per_second: float, processes: int, seconds: float, *, shared: bool) -> tuple[float, int, float]:
    """Let so many processes ask all they may: what was reached, the 429s, and the leases a second and process."""
    vendor, app = Vendor(per_second), web.Application()
    app.router.add_get("/x", vendor.answer)
    with tempfile.TemporaryDirectory(prefix="habeas-pace-") as folder:
        ledger = f"sqlite:///{Path(folder) / 'ledger.sqlite'}"
        await migrate(ledger)
        async with serving(app) as address:
            begin = time.monotonic() + STARTING
            given = [address, ledger, str(per_second), str(begin), str(seconds), "shared" if shared else "own"]
            command = (sys.executable, "-m", "bench.pace", "--asking", *given)
            started = [
                await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(processes)
            ]
            said = [(await process.communicate())[0] for process in started]
    reached = vendor.reached(begin + SECOND, begin + seconds - SECOND)
    return reached, vendor.refused, sum(map(int, said)) / seconds / processes


async def ask(address: str, ledger_url: str, per_second: float, begin: float, length: float, kind: str) -> int:
    """One process: ask as fast as the pace allows, for so long; how many leases that took."""
    ledger = await Ledger.open(ledger_url, bytes(32))
    leases = 0

    async def lease(seconds: float, lead: float, ticks: Ticks) -> float:
        nonlocal leases
        leases += 1
        return await ledger.paces.lease("bench", seconds, lead, ticks)

    pace: Pace = LeasedPace(lease, per_second) if kind == "shared" else OwnPace(per_second)
    config = SystemConfig(name="b", kind="b", title="B", base_url=address, secret=SecretStr(""))
    http = Http(config.sharing(Account(WAITING, pace)))
    until = begin + length
    await asyncio.sleep(begin - time.monotonic())

    async def again() -> None:
        while time.monotonic() < until:
            try:
                await http.request("GET", "/x")
            except TryLater:
                continue

    await asyncio.gather(*(again() for _ in range(WAITING)))
    await http.close()
    await ledger.close()
    return leases


async def main(rates: Sequence[float], seconds: float) -> None:
    """Measure, and print."""
    table = Table("requests/s allowed", "processes", "pace", "reached / r", "429s", "leases/s a process")
    for rate in rates:
        for processes, shared in ((1, True), (2, True), (2, False)):
            reached, refused, leases = await measured(rate, processes, seconds, shared=shared)
            kind = "shared" if shared else "each its own"
            table.add_row(f"{rate:g}", str(processes), kind, f"{reached:.3f}", str(refused), f"{leases:.2f}")
    Console(width=max(100, Console().width)).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.pace", description="How well a vendor's limit is kept.")
    parser.add_argument("--rates", type=float, nargs="*", default=[3, 10, 50, 100], help="limits to keep, a second")
    parser.add_argument("--seconds", type=float, default=12, help="of each measurement")
    parser.add_argument("--asking", nargs=6, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.asking:
        where, evidence, limit, begin, length, whose = options.asking
        sys.stdout.write(str(asyncio.run(ask(where, evidence, float(limit), float(begin), float(length), whose))))
    else:
        asyncio.run(main(options.rates, options.seconds))
