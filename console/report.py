"""The year's figures, for whoever is owed them, and for whoever wants to do better next year."""

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from console.call import Call
from console.commands import Commands
from console.screen import out
from dsar.year_report import DeniedFor, Figures, ShortOf, YearReport, year_report
from dsar.zones import YEARS

WIDTH = 100
"""Columns that a year takes, wherever it is printed."""

FATES: dict[str, Callable[[Figures], object]] = {
    "received": lambda of: of.received,
    "in whole": lambda of: of.in_whole,
    "in part": lambda of: of.in_part,
    "nothing held": lambda of: of.nothing_held,
    "denied": lambda of: of.denied,
    "withdrawn": lambda of: of.withdrawn,
    "still open": lambda of: of.open,
}

TIMES: dict[str, Callable[[Figures], object]] = {
    "answered": lambda of: of.days.answers,
    "median days": lambda of: "" if of.days.median is None else f"{of.days.median:g}",
    "mean days": lambda of: "" if of.days.mean is None else f"{of.days.mean:.1f}",
    "after safe": lambda of: of.after_safe,
    "after due": lambda of: of.after_due,
    "open, overdue": lambda of: of.overdue,
    "extended": lambda of: of.extended,
    "paused": lambda of: of.paused,
}

REASONS = {
    DeniedFor.UNVERIFIED: "denied: it was not proved who asks",
    DeniedFor.DECIDED: "denied: a person decided so, with reasons",
    ShortOf.RETAINED: "in part: a law or a lock keeps something",
    ShortOf.REFUSED: "in part: something was refused",
    ShortOf.LEFT_OUT: "in part: something was left out, as a person decided",
}


async def report(call: Call) -> int:
    """Count a year's requests: what became of them, and how long it took."""
    year, zone = call.args.year, call.settings.policy.controller.zone
    # A day more at both ends: the year begins and ends in the controller's zone, not in Greenwich.
    since = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    before = datetime(year + 1, 1, 1, tzinfo=UTC) + timedelta(days=1)
    courses = await call.foundation.ledger.courses.received(since, before)
    counted = year_report(year, courses, zone, datetime.now(UTC))
    if call.args.json:
        print(counted.model_dump_json(indent=2))
    else:
        show(counted, out)
    return 0


def show(counted: YearReport, screen: Console) -> None:
    """Print a year for a person."""
    heading = f"[bold]Requests received in {counted.year}[/], as they stand on {counted.as_of} ({counted.zone})"
    screen.print(heading, width=WIDTH)
    screen.print("\n[bold]What became of them[/] (11 CCR 7102)", width=WIDTH)
    screen.print(_table(counted, FATES), width=WIDTH)
    for reason, times in [*counted.total.denied_for.items(), *counted.total.in_part_for.items()]:
        screen.print(f"  {times} {REASONS[reason]}", width=WIDTH)
    screen.print("\n[bold]How long it took[/], in calendar days from receipt to the answer", width=WIDTH)
    screen.print(_table(counted, TIMES), width=WIDTH)
    screen.print(
        "\nA request counts in the year of its receipt. Dry runs are not counted. Not legal advice.", width=WIDTH
    )


def _table(counted: YearReport, columns: dict[str, Callable[[Figures], object]]) -> Table:
    table = Table("", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right")
    for name, figures in _groups(counted):
        table.add_row(name, *(str(of(figures)) for of in columns.values()) if figures else ())
    return table


def _groups(counted: YearReport) -> Iterator[tuple[str, Figures | None]]:
    for groups in (counted.by_right, counted.by_regime, counted.by_channel):
        yield from groups.items()
        if groups:
            yield "", None
    yield "[bold]all[/]", counted.total


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) in YEARS):
        raise argparse.ArgumentTypeError(f"{text!r} is no year: give one of {YEARS[0]} to {YEARS[-1]}")
    return int(text)


def add(commands: Commands) -> None:
    """Register report."""
    year = commands.founded("report", report)
    year.add_argument("--year", type=_year, required=True, help="of receipt: 2026")
    year.add_argument("--json", action="store_true")
