"""An export of very many records in a process of its own: what it held in memory at most.

    python -m bench.memory                     1,000, 10,000 and 100,000 records; some minutes
    python -m bench.memory 500 5000

Each size has a process of its own, which runs the activities as the worker does (look, export, seal the package) for
one person in Notion. It is called with `--export`, in the environment of a worker, and prints one line of JSON
(`Footprint`).
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from temporalio.testing import ActivityEnvironment

import settings
from activities.looking import Survey
from activities.packages import Pack, Packages
from activities.plan_work import Act, PlanWork
from activities.systems import Systems
from bench.meter import peak_mb
from bench.people import Asker
from bench.stage import vendors_only
from connectors import catalogue
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key
from dsar.requests import Regime, Right
from foundation import Foundation, founded

SIZES = (1_000, 10_000, 100_000)

ADA = Asker("1")
OWNER = "request-bench"


class Footprint(Frozen):
    """What one export took. Memory is resident, in MB: before the first call, and the most there ever was."""

    records: int
    package_mb: float
    before_mb: float
    peak_mb: float
    seconds: float


async def footprint(folder: Path, records: int) -> Footprint:
    """Seed so many records of one person, and have a fresh process export them."""
    await asyncio.to_thread(folder.mkdir)
    async with vendors_only(folder) as (vendors, _, environ):
        await vendors.seed([ADA], rows=records)
        command = (sys.executable, "-m", "bench.memory", "--export")
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environ}, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return Footprint.model_validate_json(said)


def table(footprints: Sequence[Footprint]) -> Table:
    """What exports held."""
    shown = Table("records exported", "package MB", "seconds", "MB before", "MB at most")
    for one in footprints:
        figures = [f"{figure:.1f}" for figure in (one.package_mb, one.seconds, one.before_mb, one.peak_mb)]
        shown.add_row(f"{one.records:,}", *figures)
    return shown


async def main(sizes: Sequence[int]) -> None:
    """Measure each size, and print."""
    with tempfile.TemporaryDirectory(prefix="habeas-memory-") as folder:
        taken = [await footprint(Path(folder) / f"export-{records}", records) for records in sizes]
    Console(width=max(100, Console().width)).print(table(taken))


async def export() -> None:
    """Export, and say what it took."""
    configured = settings.read()
    async with founded(configured) as foundation:
        # Comments would double the calls for each record, and are read a record at a time like the rest.
        connector = catalogue.build({"notion": {**configured.systems["notion"], "comments": False}})["notion"]
        policy = await foundation.policies.remember(configured.policy)
        await foundation.vault.create(OWNER)
        before, began = peak_mb(os.getpid()), time.monotonic()
        work = PlanWork({"notion": connector}, foundation.vault, foundation.ledger, foundation.policies, bytes(32))
        systems = Systems(work)
        summary = await _export(systems, foundation, policy)
        await connector.close()
        taken = Footprint(
            records=summary.records,
            package_mb=summary.bytes / 1e6,
            before_mb=before,
            peak_mb=peak_mb(os.getpid()),
            seconds=time.monotonic() - began,
        )
    sys.stdout.write(taken.model_dump_json() + "\n")


async def _export(systems: Systems, foundation: Foundation, policy: str) -> Any:
    now = datetime.now(UTC)
    identity = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=ADA.email, proven=True),))
    given = {"owner": OWNER, "system": "notion", "right": Right.ACCESS, "policy": policy, "today": now.date()}
    await _run(systems.survey, Survey.model_validate({**given, "identity": identity}))
    await _run(systems.export, Act.model_validate({**given, "proven": identity.proven_kinds}))
    pack = Pack(
        request_id=OWNER,
        right=Right.ACCESS,
        regime=Regime.US_CA,
        policy=policy,
        received=now - timedelta(days=1),
        now=now,
        systems={"notion": "Notion"},
        notes={},
        identity=identity,
    )
    return await _run(Packages(foundation.vault, foundation.ledger, foundation.policies).pack, pack)


async def _run(act: Callable[[Any], Any], order: Any) -> Any:
    """Run an activity as a worker does, its order and answer as JSON on the way."""
    kind = type(order)
    return await ActivityEnvironment().run(act, TypeAdapter(kind).validate_json(order.model_dump_json()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description="What exports hold in memory.")
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="records in each export")
    parser.add_argument("--export", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    asyncio.run(export() if options.export else main(options.sizes))
    sys.stdout.flush()
    os._exit(0)
