"""Working days: which they are in a place, and how they are counted."""

from calendar import SATURDAY
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from holidays.version import __version__ as holidays_version

from dsar import california

TABLES = f"california-2026.1, holidays-{holidays_version}"
"""The versions of the tables that decide what a holiday is."""

_A_HOLIDAY = "a public holiday"
_ONE = timedelta(days=1)


class UnknownRegion(ValueError):
    """A region is an ISO 3166 code: a country (`DE`) or a part of it (`DE-BY`)."""


@dataclass(frozen=True)
class Calendar:
    """The working days of a place: Monday to Friday, less its holidays."""

    title: str
    holiday: Callable[[date], str]
    """What holiday a day is, in words; empty when it is none."""

    def works(self, day: date) -> bool:
        """Whether this is a working day."""
        return day.weekday() < SATURDAY and not self.holiday(day)

    def on_or_before(self, day: date) -> date:
        """The last working day up to and including this one."""
        while not self.works(day):
            day -= _ONE
        return day

    def on_or_after(self, day: date) -> date:
        """The first working day from this one on."""
        while not self.works(day):
            day += _ONE
        return day

    def after(self, day: date, count: int, *, saturdays: bool = False) -> date:
        """The last of so many business days, the first of them after `day`. `saturdays`: Saturday is one too."""
        while count:
            day += _ONE
            if self.works(day) or (saturdays and day.weekday() == SATURDAY and not self.holiday(day)):
                count -= 1
        return day


CALIFORNIA = Calendar("California", california.holiday)
WEEKENDS_ONLY = Calendar("no known country", lambda _: "")


def calendar_of(region: str) -> Calendar:
    """The calendar of a country or of one part of it.

    Raises:
        UnknownRegion: there are no holidays for such a region.
    """
    country, part = _parsed(region)
    return Calendar(region, lambda day: _A_HOLIDAY if day in _holidays(country, part, day.year) else "")


def calendar_everywhere(country: str) -> Calendar:
    """The days on which all parts of a country work: the cautious calendar, wherever in it somebody asks.

    Raises:
        UnknownRegion: there are no holidays for such a country.
    """
    _parsed(country)
    parts = ("", *_parts(country))

    def holiday(day: date) -> str:
        return _A_HOLIDAY if any(day in _holidays(country, part, day.year) for part in parts) else ""

    return Calendar(f"all of {country}", holiday)


def _parsed(region: str) -> tuple[str, str]:
    country, dash, part = region.partition("-")
    if country not in _countries() or (dash and part not in _parts(country)):
        raise UnknownRegion(f"no holidays are known for the region {region!r}: write DE, or DE-BY for a part")
    return country, part


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def _parts(country: str) -> tuple[str, ...]:
    return tuple(holidays.country_holidays(country).subdivisions)


@cache
def _holidays(country: str, part: str, year: int) -> frozenset[date]:
    """Public holidays, substitute days included. Names are left out: they follow the machine's language."""
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
