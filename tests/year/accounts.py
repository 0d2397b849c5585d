"""The year's report, and what the script itself knows it should say."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from statistics import fmean, median

from rich.console import Console

from console.report import WIDTH, show
from dsar.case import Ending
from dsar.year_report import YearReport, year_report
from tests.year.calendar_of_year import YEAR, ZONE
from tests.year.findings import LAST_WORDS, Record, local
from tests.year.play import Year


async def counted(year: Year) -> YearReport:
    """The report, from the ledger, as the command line makes it."""
    since = datetime(YEAR, 1, 1, tzinfo=UTC) - timedelta(days=1)
    before = datetime(YEAR + 1, 1, 1, tzinfo=UTC) + timedelta(days=1)
    courses = await year.foundation.ledger.courses.received(since, before)
    return year_report(YEAR, courses, str(ZONE), year.now())


def printed(report: YearReport) -> str:
    """As a person reads it."""
    paper = StringIO()
    show(report, Console(file=paper, width=WIDTH))
    return paper.getvalue()


def expected(year: Year, records: Sequence[Record]) -> dict[str, object]:
    """The totals by the script: what was sent in, how it was to end, and when the letters went out."""
    mine = [r for r in records if local(r.played.received).year == YEAR]
    ends = Counter(r.played.expected for r in mine)
    took = [_days(year, r) for r in mine if r.played.expected is not Ending.CANCELLED]
    return {
        "received": len(mine),
        "in_whole": ends[Ending.COMPLIED],
        "in_part": ends[Ending.PARTLY],
        "nothing_held": ends[Ending.NOTHING_FOUND],
        "denied": ends[Ending.DENIED_UNVERIFIED] + ends[Ending.REFUSED],
        "withdrawn": ends[Ending.CANCELLED],
        "open": 0,
        "after_safe": 0,
        "after_due": 0,
        "overdue": 0,
        "answers": len(took),
        "median": float(median(took)),
        "mean": round(fmean(took), 1),
    }


def stated(report: YearReport) -> dict[str, object]:
    """The same totals by the report."""
    return {**report.total.model_dump(), **report.total.days.model_dump()}


def _days(year: Year, record: Record) -> int:
    """Calendar days from receipt to the letter that ends it."""
    answered = next(at for kind, at in year.post.letters[record.played.id] if kind in LAST_WORDS)
    return (local(answered).date() - local(record.played.received).date()).days
