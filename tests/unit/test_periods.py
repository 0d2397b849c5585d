from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dsar.frozen import Frozen
from dsar.periods import Period, Unit, add, at_least

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))


class Shelf(Frozen):
    keep: Period


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        pytest.param(date(2026, 8, 31), "26 months", date(2028, 10, 31), id="tracking cookie"),
        pytest.param(date(2028, 2, 29), "7 years", date(2035, 2, 28), id="leap day, seven years on"),
        pytest.param(date(2028, 2, 29), "4 years", date(2032, 2, 29), id="leap day to leap day"),
        pytest.param(date(2027, 1, 31), "1 month", date(2027, 2, 28), id="no 31 February"),
        pytest.param(date(2026, 12, 15), "1 month", date(2027, 1, 15), id="over the new year"),
        pytest.param(date(2026, 2, 10), "45 days", date(2026, 3, 27), id="days"),
        pytest.param(date(2026, 2, 10), "0 days", date(2026, 2, 10), id="nothing"),
    ],
)
def test_end(start: date, period: str, end: date) -> None:
    """A period ends on the same-numbered day, or on the month's last day when there is none."""
    assert add(start, Period.parse(period)) == end


@pytest.mark.parametrize("text", ["", "7", "years", "7years", "7 weeks", "seven years", "1.5 years", "7 years 2 days"])
def test_unreadable(text: str) -> None:
    """What is no period is refused, and the message shows how one is written."""
    with pytest.raises(ValidationError, match='written "7 years"'):
        Period.parse(text)


def test_negative() -> None:
    """A negative period is refused."""
    with pytest.raises(ValidationError, match="a period cannot be negative"):
        Period.parse("-1 days")


@pytest.mark.parametrize("text", ["101 years", "1201 months", "36526 days", "999999999 years"])
def test_too_long(text: str) -> None:
    """A period of more than a century is a slip, and is found when the policy is read, not years later."""
    with pytest.raises(ValidationError, match="at most 100 years"):
        Period.parse(text)


@pytest.mark.parametrize("text", ["7 years", "1 year", "26 months", "1 month", "45 days", "1 day"])
def test_written_as_read(text: str) -> None:
    """A period in a model is its text, in both directions."""
    shelf = Shelf.model_validate({"keep": text})

    written = shelf.model_dump(mode="json")

    assert written == {"keep": text}
    assert Shelf.model_validate_json(shelf.model_dump_json()) == shelf


@pytest.mark.parametrize(
    ("start", "period", "legal", "safe"),
    [
        pytest.param(date(2028, 2, 29), "24 months", date(2030, 2, 28), date(2030, 3, 1), id="records of requests"),
        pytest.param(date(2026, 6, 1), "12 months", date(2027, 6, 1), date(2027, 6, 2), id="asking to opt in again"),
    ],
)
def test_minimum(start: date, period: str, legal: date, safe: date) -> None:
    """Of a time that must have passed, the safe end is the later one."""
    least = at_least(start, Period.parse(period))

    assert (least.legal, least.safe) == (legal, safe)


@given(day=DAYS, count=st.integers(0, 1200))
def test_months_land_in_the_right_month(day: date, count: int) -> None:
    """Months move the month by exactly their number, and never move the day of the month up."""
    end = add(day, Period(count=count, unit=Unit.MONTHS))

    assert (end.year - day.year) * 12 + end.month - day.month == count
    assert end.day <= day.day


@given(first=DAYS, second=DAYS, count=st.integers(0, 100), unit=st.sampled_from(Unit))
def test_order_is_kept(first: date, second: date, count: int, unit: Unit) -> None:
    """What starts later never ends earlier."""
    period = Period(count=count, unit=unit)

    assert add(min(first, second), period) <= add(max(first, second), period)
