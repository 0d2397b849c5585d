"""Moments and calendar dates in named zones. A day is a date somewhere, never 24 hours."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LAST_MINUTE = time(23, 59)

YEARS = range(2000, 2101)
"""The years whose dates can be asked for: of others, no holidays are known."""


class UnknownZone(ValueError):
    """A zone is named as in the IANA database, for example `America/Los_Angeles`."""


def named(zone: str) -> ZoneInfo:
    """The zone of this name.

    Raises:
        UnknownZone: there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"no zone is called {zone!r}: write it as America/Los_Angeles") from None


def earliest_date(moment: datetime, zones: Iterable[str]) -> date:
    """The date that an aware moment has in the zone where it is earliest."""
    if moment.utcoffset() is None:
        raise ValueError("a moment without an offset names no date")
    return min(moment.astimezone(named(zone)).date() for zone in zones)


def start_of_day(day: date, zones: Iterable[str]) -> datetime:
    """00:00 of the day, in the zone where it begins first."""
    return min(datetime.combine(day, time.min, named(zone)) for zone in zones)


def end_of_day(day: date, zones: Iterable[str]) -> datetime:
    """23:59 of the day, in the zone where it ends first: what is due on a day is due then."""
    return min(datetime.combine(day, _LAST_MINUTE, named(zone)) for zone in zones)


def parse_received(text: str, zone: str) -> datetime:
    """Read when a request was received: `2026-05-05`, or `2026-05-05T23:30-07:00` (without an offset: in `zone`).

    A date alone becomes noon, so that it is that date in the zone and in nearly every other.

    Raises:
        ValueError: it is neither, or in no year that can be counted in; or the zone is unknown.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no date (2026-05-05) and no time (2026-05-05T23:30-07:00)") from None
    if moment.year not in YEARS:
        raise ValueError(f"{text!r}: the years that can be counted in are {YEARS[0]} to {YEARS[-1]}")
    if _is_date(text.strip()):
        moment = datetime.combine(moment.date(), time(12))
    return moment if moment.tzinfo else moment.replace(tzinfo=named(zone))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
