import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.clock_rules import BusinessDays
from dsar.clocks import ClockEvent, ClockSheet, Duty, EventKind, RefusedEvent, clock, end_of_day
from dsar.periods import add
from dsar.regimes import REGIMES, promised
from dsar.requests import Regime, Right

REGIME = st.sampled_from(Regime)
RIGHT = st.sampled_from(Right)
ZONE = st.sampled_from(
    [
        "America/Los_Angeles",
        "America/New_York",
        "Europe/Berlin",
        "Europe/London",
        "Asia/Tokyo",
        "Pacific/Kiritimati",
        "UTC",
    ]
)
MOMENT = st.datetimes(datetime(2024, 1, 1), datetime(2039, 12, 31)).flatmap(  # noqa: DTZ001 - the zone is drawn next
    lambda local: ZONE.map(lambda zone: local.replace(tzinfo=ZoneInfo(zone)))
)
LONGEST_CLOSURE = timedelta(days=7)
"""No public holidays of these countries, with the weekends beside them, close a whole week."""


@contextmanager
def machine_zone(zone: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def latest(sheet: ClockSheet, duty: Duty) -> date:
    rules = REGIMES[sheet.regime].rights.get(sheet.right) or promised(sheet.right)
    term = next(rule.term for rule in rules if rule.duty is duty)
    if isinstance(term, BusinessDays):
        return sheet.received_on + timedelta(days=7 * (term.count // 5 + 1))
    rolled = LONGEST_CLOSURE if REGIMES[sheet.regime].rolls else timedelta(0)
    return add(sheet.received_on, term) + rolled


def possible(regime: Regime, right: Right, received: datetime, events: list[ClockEvent]) -> list[ClockEvent]:
    """Those of the events that can have happened one after the other."""
    happened: list[ClockEvent] = []
    for event in sorted(events, key=lambda e: e.on):
        with suppress(RefusedEvent):
            clock(regime, right, received, events=[*happened, event])
            happened.append(event)
    return happened


@given(regime=REGIME, right=RIGHT, received=MOMENT, zone=ZONE, person_zone=st.none() | ZONE)
def test_bounds(regime: Regime, right: Right, received: datetime, zone: str, person_zone: str | None) -> None:
    """Safe is never later than due, due never later than a plain count allows, and neither before receipt."""
    sheet = clock(regime, right, received, zone=zone, person_zone=person_zone)

    for duty, due in sheet.duties.items():
        assert sheet.received_on <= due.safe <= due.due <= latest(sheet, duty)
    if sheet.notice_by:
        assert sheet.notice_by.safe < sheet.notice_by.due <= sheet.answer.due


@given(regime=REGIME, right=RIGHT, first=MOMENT, second=MOMENT, zone=ZONE)
def test_order_is_kept(regime: Regime, right: Right, first: datetime, second: datetime, zone: str) -> None:
    """Who asks later is never owed an answer earlier."""
    earlier, later = (clock(regime, right, moment, zone=zone) for moment in sorted([first, second]))

    for duty in earlier.duties:
        assert earlier.duties[duty].due <= later.duties[duty].due
        assert earlier.duties[duty].safe <= later.duties[duty].safe


@settings(max_examples=50)
@given(regime=REGIME, right=RIGHT, received=MOMENT, machine=ZONE)
def test_the_machine_has_no_say(regime: Regime, right: Right, received: datetime, machine: str) -> None:
    """The zone that the machine is set to changes nothing."""
    with machine_zone("UTC"):
        here = clock(regime, right, received)

    with machine_zone(machine):
        there = clock(regime, right, received)
        moment = end_of_day(there.answer.due, there.zones)

    assert there == here
    assert moment == end_of_day(here.answer.due, here.zones)


@given(received=MOMENT, zone=ZONE)
def test_days_are_not_hours(received: datetime, zone: str) -> None:
    """Day 45 is the 45th date on the calendar, whether or not the clocks were changed in between."""
    sheet = clock(Regime.US_CA, Right.KNOW, received, zone=zone)

    assert sheet.duties[Duty.RESPOND].due == received.astimezone(ZoneInfo(zone)).date() + timedelta(days=45)


@given(received=MOMENT, zone=ZONE, person_zone=ZONE)
def test_earlier_date(received: datetime, zone: str, person_zone: str) -> None:
    """Knowing the person's zone never makes the answer due later."""
    alone = clock(Regime.US_CA, Right.KNOW, received, zone=zone)
    both = clock(Regime.US_CA, Right.KNOW, received, zone=zone, person_zone=person_zone)

    assert both.answer.due <= alone.answer.due
    assert end_of_day(both.answer.due, both.zones) <= end_of_day(alone.answer.due, alone.zones)


@given(
    regime=REGIME,
    right=RIGHT,
    received=MOMENT,
    happened=st.lists(st.tuples(st.sampled_from(EventKind), st.integers(-2, 120)), max_size=6),
)
def test_events_never_shorten(
    regime: Regime, right: Right, received: datetime, happened: list[tuple[EventKind, int]]
) -> None:
    """What happens moves legal dates only later, and safe dates not at all."""
    plain = clock(regime, right, received)
    events = [ClockEvent(kind=kind, on=plain.received_on + timedelta(days=day)) for kind, day in happened]

    sheet = clock(regime, right, received, events=possible(regime, right, received, events))

    for duty, due in sheet.duties.items():
        assert due.due >= plain.duties[duty].due
        assert due.safe == plain.duties[duty].safe
