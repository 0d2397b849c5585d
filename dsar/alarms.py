"""When people are woken as a request's time runs out: warnings, escalation, and day 45."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dsar.case import Owner
from dsar.frozen import Frozen

ESCALATE_DAYS_LEFT = 1
"""From here on it is no warning: the privacy lead and the deputy are both told, and a task is opened."""

MORNING = time(8)
"""Alarms come at the start of the working day, in the controller's zone."""

CLOSE_OF_BUSINESS = time(17)

NO_TIME = timedelta(0)


class AlarmKind(StrEnum):
    """How loud an alarm is."""

    WARNING = "warning"
    ESCALATION = "escalation"
    LAST_DAY = "last_day"
    """The legal date itself: day 45 under California's law."""


class Alarm(Frozen):
    """One time at which people are woken."""

    at: datetime
    kind: AlarmKind
    days_left: int
    """Until the safe date; on the last day, until the legal one: zero."""

    @property
    def owners(self) -> tuple[Owner, ...]:
        """Who is told."""
        if self.kind is AlarmKind.WARNING:
            return (Owner.PRIVACY_LEAD,)
        return (Owner.PRIVACY_LEAD, Owner.DEPUTY)


def alarms(due: date, safe: date, warn_days_left: Sequence[int], zone: str) -> tuple[Alarm, ...]:
    """All alarms of a duty, in order of time. The last one is always the legal date's: it cannot be configured away."""
    days = sorted({*warn_days_left, ESCALATE_DAYS_LEFT}, reverse=True)
    ring = [
        Alarm(
            at=_morning(safe - timedelta(days=left), zone),
            kind=AlarmKind.WARNING if left > ESCALATE_DAYS_LEFT else AlarmKind.ESCALATION,
            days_left=left,
        )
        for left in days
    ]
    ring.append(Alarm(at=_morning(due, zone), kind=AlarmKind.LAST_DAY, days_left=0))
    return tuple(sorted(ring, key=lambda alarm: alarm.at))


def upcoming(ring: Sequence[Alarm], now: datetime) -> tuple[Alarm, ...]:
    """The alarms still to come, led by the loudest of those already missed: a request may arrive late, on paper."""
    missed = [_late(alarm, now) for alarm in ring if alarm.at <= now]
    return (*missed[-1:], *(alarm for alarm in ring if alarm.at > now))


def _late(alarm: Alarm, now: datetime) -> Alarm:
    """The same alarm, rung after its day: it says how many days are really left."""
    passed = (now.astimezone(alarm.at.tzinfo).date() - alarm.at.date()).days
    return alarm.model_copy(update={"days_left": max(0, alarm.days_left - passed)})


REMINDERS_BEFORE = (timedelta(days=2), NO_TIME)
"""Before a task is due, and on the day itself, whoever owns it is told once more."""


def reminders(due: date, zone: str, now: datetime) -> tuple[datetime, ...]:
    """When the owner of a task that nobody has finished is told again: mornings, in the controller's zone."""
    return tuple(at for before in REMINDERS_BEFORE if (at := _morning(due - before, zone)) > now)


def proof_by(due: date, safe: date, zone: str, now: datetime, takes: timedelta = NO_TIME) -> datetime:
    """Until when proof of identity is waited for: the safe date's close of business, or the legal date's.

    `takes`: what has to pass between proof and answer, whatever anybody does: proof that comes later comes too late.
    A request that came in late still leaves the person three days.
    """
    closes = (datetime.combine(day, CLOSE_OF_BUSINESS, ZoneInfo(zone)) - takes for day in (safe, due))
    return next((moment for moment in closes if moment > now), now + timedelta(days=3))


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, MORNING, ZoneInfo(zone))
