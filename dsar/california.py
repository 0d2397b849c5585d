"""The holidays that both the federal list and California's know: what a Californian business day leaves out.

A table of our own, reviewed against 5 U.S.C. 6103 (E.O. 11582 for Sundays) and Cal. Gov. Code 6700 and 6701.
Holiday packages answer another question, when offices are closed: they move 4 July 2026 to the Friday before, leave
out Columbus Day, and add the day after Thanksgiving. Holidays of one list only (Cesar Chavez Day) are business days.
"""

from calendar import MONDAY, SATURDAY, SUNDAY, THURSDAY, monthcalendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache


@dataclass(frozen=True)
class _Fixed:
    """The same date each year; it moves off a weekend only where both lists move it."""

    name: str
    month: int
    day: int
    sunday_moves: bool = True
    saturday_moves: bool = False

    def days(self, year: int) -> Iterator[date]:
        day = date(year, self.month, self.day)
        yield day
        if day.weekday() == SUNDAY and self.sunday_moves:
            yield day + timedelta(days=1)
        if day.weekday() == SATURDAY and self.saturday_moves:
            yield day - timedelta(days=1)


@dataclass(frozen=True)
class _Nth:
    """The nth such weekday of a month; 0 is the last."""

    name: str
    month: int
    nth: int
    weekday: int

    def days(self, year: int) -> Iterator[date]:
        days = [week[self.weekday] for week in monthcalendar(year, self.month) if week[self.weekday]]
        yield date(year, self.month, days[self.nth - 1])


_TABLE = (
    _Fixed("New Year's Day", 1, 1),
    _Nth("Martin Luther King Jr. Day", 1, 3, MONDAY),
    _Nth("Presidents' Day", 2, 3, MONDAY),
    _Nth("Memorial Day", 5, 0, MONDAY),
    _Fixed("Juneteenth", 6, 19, sunday_moves=False),  # not named in Gov. Code 6701
    _Fixed("Independence Day", 7, 4),
    _Nth("Labor Day", 9, 1, MONDAY),
    _Nth("Columbus Day", 10, 2, MONDAY),
    _Fixed("Veterans Day", 11, 11, saturday_moves=True),  # the one Saturday that Gov. Code 6701 moves
    _Nth("Thanksgiving Day", 11, 4, THURSDAY),
    _Fixed("Christmas Day", 12, 25),
)


@cache
def _year(year: int) -> dict[date, str]:
    return {day: row.name for row in _TABLE for day in row.days(year)}


def holiday(day: date) -> str:
    """The name of the holiday that this day is on both lists; empty when it is none."""
    return _year(day.year).get(day, "")
