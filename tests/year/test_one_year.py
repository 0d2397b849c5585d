"""One year of four hundred mixed requests, with time skipped: nothing is late, nothing is left over."""

import logging
import sys
from pathlib import Path

import pytest

from tests.year import accounts, findings, leftovers
from tests.year.calendar_of_year import calendar
from tests.year.opening import opened
from tests.year.play import Year
from tests.year.stories import Act

SEED = 2036
REQUESTS = 400


@pytest.fixture(autouse=True)
def quiet() -> None:
    """A system that is down for weeks is logged at every attempt: nobody reads that here."""
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)


@pytest.mark.timeout(1500)  # of a machine that does other things as well; alone, a few minutes
async def test_a_year_goes_by_and_nothing_is_late_or_left_over(tmp_path: Path) -> None:
    """Every right, with pauses, extensions, outages and people who never answer: all before the safe date."""
    async with opened(tmp_path, calendar(SEED, REQUESTS)) as year:
        await year.play()

        everything = await findings.records(year)
        report = await accounts.counted(year)
        sys.stdout.write(accounts.printed(report))
        assert len(everything) == REQUESTS
        none_of([words for record in everything for words in findings.exceptions(year, record)])
        none_of([await leftovers.of_request(year, record) for record in everything])
        none_of(await leftovers.of_holds(year))
        none_of([findings.forgotten(record) for record in everything if not leftovers.in_force(record)])
        none_of([findings.in_the_systems(year, record) for record in everything])
        assert asked_again(year) == year.deeds.joined
        assert (await year.foundation.ledger.journal.verify()).problems == ()
        said, true = accounts.stated(report), accounts.expected(year, everything)
        assert {name: said[name] for name in true} == true
    none_of(findings.in_clear(tmp_path))


def none_of(problems: list[str]) -> None:
    """Fail with every story that went wrong."""
    found = [words for words in problems if words]
    if found:
        pytest.fail("\n\n".join([f"{len(found)} problems", *found]), pytrace=False)


def asked_again(year: Year) -> int:
    """How often the script had somebody ask for the same twice."""
    return sum(deed.act is Act.AGAIN for story in year.calendar.stories for deed in story.kind.deeds)
