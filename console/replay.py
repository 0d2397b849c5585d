"""After a restored backup: what was erased and came back goes again. And what a sweep found, for those who decide."""

import asyncio
import secrets
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Column, Table
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from activities.sweep_pages import read
from console.call import Call
from console.commands import Commands
from console.screen import out
from dsar.records import OutcomeKind
from dsar.sweeping import SWEEP, Mode
from intake.desk import NotFound, Refused
from intake.engine import EngineDown
from workflows.retention_sweep import RetentionSweep
from workflows.sweep_report import InSystem, Report, SweepStart

LOOK_EVERY_SECONDS = 1.0


async def replay_erasures(call: Call) -> int:
    """Look through the systems for people who were erased and came back with a backup, and erase them again."""
    chosen = tuple(call.args.system or ())
    if unknown := sorted(set(chosen) - set(call.settings.systems)):
        known = ", ".join(sorted(call.settings.systems))
        raise Refused(f"--system: systems.toml has no [{unknown[0]}]; it has: {known}")
    start = SweepStart(mode=Mode.REPLAY, systems=chosen, dry_run=call.args.dry_run)
    sweep_id = f"{SWEEP}{datetime.now(UTC):%Y-%m-%d}-replay-{secrets.token_hex(4)}"
    try:
        client: Client = await call.foundation.connect()
        handle = await client.start_workflow(
            RetentionSweep.run, start, id=sweep_id, task_queue=call.settings.task_queue
        )
        report = await _settled(handle)
    except (RPCError, RuntimeError, OSError):
        raise EngineDown from None
    _say(sweep_id, report, dry_run=start.dry_run)
    missed = any(system.missed for system in report.systems.values())
    return 1 if missed or (chosen and report.cannot) else 0


async def found(call: Call) -> int:
    """Show what a sweep found in a system: personal data, for the eyes of whoever decides."""
    sweep = await call.foundation.ledger.sweeps.get(call.args.request)
    if sweep is None or sweep.shredded_at:
        raise NotFound("there is no such sweep, or what it found is forgotten")
    table = Table(Column("Record", overflow="fold"), "Category", "Plan", "Why", box=None)
    async for line in read(call.foundation.vault, sweep.id, call.args.system, call.settings.policy):
        table.add_row(escape(line.label), line.category, line.fate, escape(line.why))
    out.print(table if table.row_count else "Nothing was found there.")
    return 0


async def _settled(handle: WorkflowHandle[RetentionSweep, Report]) -> Report:
    """Wait until all is done that is done without people."""
    while True:
        report = await handle.query(RetentionSweep.report)
        if report.over or (report.tasks and report.waits_for_people_only):
            return report
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _say(sweep_id: str, report: Report, *, dry_run: bool) -> None:
    out.print(f"[bold]{sweep_id}[/]")
    for system in report.systems.values():
        out.print(f"  {system.title}: {_in_words(system, dry_run=dry_run)}")
    for title in report.cannot:
        out.print(f"  {title}: nobody can look through it; ask its vendor what the backup brought back.")
    for task in report.tasks:
        out.print(f"A person is needed, by {task.due}: [bold]{task.title}[/]  ({task.id})")
    if dry_run:
        out.print(f"Nothing was erased. See the records: python starter.py plan {sweep_id} SYSTEM")


def _in_words(system: InSystem, *, dry_run: bool) -> str:
    if system.found is None:
        return "not looked through: it did not answer, or refused us."
    words = [f"{system.found.looked_at} records looked at, {system.found.returned} came back"]
    ask = sum(system.found.propose.values())
    if dry_run:
        words.append(f"{system.found.erase} would be erased, {ask} asked about")
        return ", ".join(words) + "."
    words += [f"{n} {kind.value.replace('_', ' ')}" for kind in OutcomeKind if (n := system.of(kind))]
    if ask:
        words.append(f"{ask} asked about")
    if system.missed:
        words.append("not finished: it did not answer, or refused us")
    return ", ".join(words) + "."


def add(commands: Commands) -> None:
    """Register replay-erasures."""
    replay = commands.founded("replay-erasures", replay_erasures)
    replay.add_argument("--system", action="append", metavar="NAME", help="only this one; may be given several times")
    replay.add_argument("--dry-run", action="store_true", help="only look and count")
