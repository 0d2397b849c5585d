"""Real processes at one journal, and what is left of it when one of them is killed."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from ledger.ledger import Ledger
from tests.unit.ledger_rig import opened

ROOT = Path(__file__).parents[2]
APPENDER = Path(__file__).with_name("appender.py")


async def appender(url: str, request_id: str, count: int) -> Process:
    """A process that begins to append."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(APPENDER), url, request_id, str(count)]
    return await asyncio.create_subprocess_exec(*command, env=environ, cwd=ROOT, stdout=PIPE, stderr=PIPE)


async def said(process: Process) -> list[tuple[int, bool]]:
    """What it says until its end."""
    out, err = await process.communicate()
    assert err.decode() == ""
    return [(int(step), new == "True") for step, new in (line.split() for line in out.decode().splitlines())]


async def test_processes_that_do_the_same_at_once_enter_it_once(ledger_url: str) -> None:
    """Both open a ledger that nobody has made yet; each step is new to one of them."""
    count = 300

    processes = [await appender(ledger_url, "request-1", count) for _ in range(2)]
    one, two = await asyncio.gather(*map(said, processes))

    async with opened(ledger_url) as ledger:
        verification = await ledger.journal.verify()
        entries = await ledger.journal.entries("request-1")
    assert (verification.entries, verification.problems) == (count, ())
    assert sorted(int(entry.step) for entry in entries) == list(range(count))
    assert sorted(step for step, new in one + two if new) == list(range(count))


async def test_a_process_that_is_killed_leaves_a_whole_journal(ledger: Ledger, ledger_url: str) -> None:
    """What it was told is kept, is kept; what it was writing is there whole or not at all; others go on at once."""
    process = await appender(ledger_url, "request-1", 1_000_000)
    assert process.stdout
    told = {int((await process.stdout.readline()).split()[0]) for _ in range(200)}
    process.kill()
    rest, _ = await process.communicate()
    told |= {int(line.split()[0]) for line in rest.decode().splitlines(keepends=True) if line.endswith("\n")}

    await ledger.journal.append("request-2", "after", "event")
    verification = await ledger.journal.verify()
    entries = await ledger.journal.entries("request-1")

    assert verification.problems == ()
    assert verification.entries == len(entries) + 1
    assert told <= {int(entry.step) for entry in entries}
    assert len({entry.step for entry in entries}) == len(entries)


async def test_what_a_killed_process_had_begun_is_finished_by_the_next(ledger_url: str) -> None:
    """The same work, done again from its beginning, ends with each step entered once."""
    count = 400
    process = await appender(ledger_url, "request-1", count)
    assert process.stdout
    for _ in range(100):
        await process.stdout.readline()
    process.kill()
    await process.communicate()

    again = await said(await appender(ledger_url, "request-1", count))

    async with opened(ledger_url) as ledger:
        verification = await ledger.journal.verify()
    assert len(again) == count
    assert sum(not new for _, new in again) >= 100
    assert (verification.entries, verification.problems) == (count, ())
