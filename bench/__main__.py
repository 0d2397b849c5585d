"""How many requests a second go through the whole saga, and what each costs, beside a bare workflow.

    python -m bench            under five minutes; `make bench` is the same
    python -m bench --quick    a few requests and records, to see that it runs

What is measured. One request is one person asking by email address for deletion, or for access: taken in at the desk
(sealed, journalled, started), acknowledged by letter, its code read from that letter and entered half a second later
(sooner, a reader would only be told to wait), the person found in five systems (Mailchimp teaches what Google Analytics
and S3 need), each record planned, withheld where that can be, erased and looked for again, or exported, packed and
sealed; answered by letter: then it counts as done. What comes later is not waited for: Notion empties its trash in
weeks, Google is asked again in days, a link lives for a fortnight.

What it runs on. The engine on its SQLite file with the flags of the demo, one process for the vendors' stand-ins (S3 is
standins/s3.py), `worker.py` as it ships with ledger (SQLite) and vault (disk, every write synced), real SMTP to a post
office in the driver's process, which is also the desk. The policy is the shipped one without its day's hold.

Beside it, in the same run and on the same engine, vendors and post: bench/bare.py, the plainest workflow that makes the
same outside calls. The two take turns (A B, B A, ...) so that a noisy machine wrongs both, and medians are shown.
`ratio` is saga to bare. Calls are those to the five vendors: as many either way. Events are the length of a request's
history. Processor seconds are of one request, from /proc: `worker` is that variant's own, `driver` is the desk with its
sealing and journalling, and the reading of letters.

Memory: one person's export of 1,000 and of 50,000 records of Notion, looked up, exported and packed by the worker's own
activities in a fresh process: what it held before, and at most.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from bench.memory import footprint, table
from bench.people import Asker
from bench.runs import Asked, Run, Way, run, ways
from bench.stage import set_up

RIGHTS: Sequence[Asked] = get_args(Asked)

Runs = dict[tuple[Asked, str], list[Run]]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed, cost and memory.")
    parser.add_argument("--rounds", type=int, default=3, help="how often the two take turns")
    parser.add_argument("--requests", type=int, default=60, help="in each turn")
    parser.add_argument("--at-once", type=int, default=40, help="requests under way at the same time")
    parser.add_argument("--records", type=int, nargs="*", default=[1_000, 50_000], help="sizes of the exports")
    parser.add_argument("--quick", action="store_true", help="5 requests once, and exports of 10 and 200 records")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.requests, options.records = 1, 5, [10, 200]
    return options


async def race(folder: Path, options: argparse.Namespace, say: Console) -> Runs:
    """Both variants in turns."""
    runs: Runs = defaultdict(list)
    number = count(1)

    def crowd(size: int) -> list[Asker]:
        return [Asker(f"{next(number):06}") for _ in range(size)]

    async with set_up(folder) as stage, ways(stage) as (saga, bare):
        turn: tuple[Way, Way] = (bare, saga)
        for right in RIGHTS:  # caches, connections and code are warm before anything counts
            for way in turn:
                await run(stage, way, right, crowd(min(options.requests, 10)), options.at_once)
        for round_number in range(options.rounds):
            for right in RIGHTS:
                for way in turn:
                    one = await run(stage, way, right, crowd(options.requests), options.at_once)
                    runs[right, way.name].append(one)
                    say.print(f"round {round_number + 1}: {right:6} {way.name} {one.rate:5.1f} requests/s", style="dim")
            turn = (turn[1], turn[0])
    return runs


def speed(runs: Runs) -> Table:
    """Medians of all turns."""
    table = Table(
        "", "requests/s", "ratio", "median s", "calls", "events", "CPU s: worker", "engine", "stand-ins", "driver"
    )
    for right in RIGHTS:
        ratio = statistics.median([run.rate for run in runs[right, "saga"]]) / statistics.median(
            [run.rate for run in runs[right, "bare"]]
        )
        for name in ("saga", "bare"):
            mine = runs[right, name]
            cpu = [f"{statistics.median([r.cpu[part] for r in mine]):.3f}" for part in mine[0].cpu]
            table.add_row(
                f"{right}, {name}",
                f"{statistics.median([r.rate for r in mine]):.1f}",
                f"{ratio:.2f}" if name == "saga" else "",
                f"{statistics.median([r.median_seconds for r in mine]):.1f}",
                f"{statistics.median([r.calls for r in mine]):.0f}",
                f"{statistics.median([r.events for r in mine]):.0f}",
                *cpu,
            )
    return table


async def main() -> None:
    """Measure, and print."""
    options = arguments()
    out = Console(width=max(110, Console().width))
    with tempfile.TemporaryDirectory(prefix="habeas-bench-") as folder:
        runs = await race(Path(folder), options, out)
        out.print(speed(runs))
        sizes = [await footprint(Path(folder) / f"export-{records}", records) for records in options.records]
        out.print(table(sizes))


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)  # the SDK's core can abort the interpreter while it is torn down
