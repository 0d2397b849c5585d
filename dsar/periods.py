"""Periods as a policy writes them ("7 years", "26 months", "45 days"), and where they end on the calendar."""

import re
from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_serializer, model_validator

from dsar.frozen import Frozen

_WRITTEN = re.compile(r"\s*(-?\d{1,9})\s+(day|month|year)s?\s*", re.ASCII)
_PER_CENTURY = {"days": 36_525, "months": 1_200, "years": 100}


class Unit(StrEnum):
    """What a period is counted in: calendar units, never hours."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


class Period(Frozen):
    """A length of time on the calendar. In TOML and JSON it is its text: `"7 years"`.

    Not negative, and at most a century: more is a slip of the keyboard, and would overflow the calendar years later.
    """

    count: int = Field(ge=0)
    unit: Unit

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        written = _WRITTEN.fullmatch(value)
        if written is None:
            raise ValueError('a period is written "7 years", "26 months" or "45 days"')
        if int(written[1]) < 0:
            raise ValueError("a period cannot be negative")
        return {"count": int(written[1]), "unit": f"{written[2]}s"}

    @model_validator(mode="after")
    def _at_most_a_century(self) -> Self:
        if self.count > _PER_CENTURY[self.unit]:
            raise ValueError("a period is at most 100 years long")
        return self

    @model_serializer
    def _written(self) -> str:
        return str(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a period's text.

        Raises:
            ValidationError: a `ValueError` that says how a period is written.
        """
        return cls.model_validate(text)

    def __str__(self) -> str:
        unit = self.unit.removesuffix("s") if self.count == 1 else self.unit
        return f"{self.count} {unit}"


def add(day: date, period: Period) -> date:
    """The day on which a period that starts on `day` ends: the same-numbered day, or the month's last when it has none.

    2028-02-29 and 7 years: 2035-02-28. The clamp never spills over into the next month.
    """
    match period.unit:
        case Unit.DAYS:
            return day + timedelta(days=period.count)
        case Unit.MONTHS:
            return _add_months(day, period.count)
        case Unit.YEARS:
            return _add_months(day, 12 * period.count)


def _add_months(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class Least(Frozen):
    """The end of a time that must have passed: records kept *at least* so long, a person not asked *before*."""

    legal: date
    safe: date
    """A day later: whoever counts the first day differently is still satisfied."""


def at_least(day: date, period: Period) -> Least:
    """The end of a period that has a minimum (11 CCR 7101: 24 months; Cal. Civ. Code 1798.135(c)(4): 12 months)."""
    legal = add(day, period)
    return Least(legal=legal, safe=legal + timedelta(days=1))
