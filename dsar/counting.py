"""One duty's last day, legal and safe, and the reason in words."""

from calendar import SATURDAY
from dataclasses import dataclass
from datetime import date, timedelta

from dsar.calendars import Calendar
from dsar.clock_rules import BusinessDays, DutyRule
from dsar.clock_sheet import Due
from dsar.frozen import Frozen
from dsar.periods import add
from dsar.waiting import Shift

_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """Whose working days count."""

    legal: Calendar
    """For business days, and for the day that a legal date is moved to."""
    cautious: Calendar
    """For the day that a safe date is moved back to."""
    rolls: str = ""
    """The law that moves a legal date off a day nobody works; empty: it stays."""


class Counted(Frozen):
    """A duty's days, and why they are these."""

    due: Due
    why: str


def count(rule: DutyRule, received_on: date, moved: Shift, place: Place) -> Counted:
    """Count one duty from receipt. Waiting moves the legal date, never the safe one."""
    if isinstance(rule.term, BusinessDays):
        return _business_days(rule, rule.term, received_on, place.legal)
    falls = add(moved.start, rule.term) + timedelta(days=moved.added)
    due = place.legal.on_or_after(falls) if place.rolls else falls
    unmoved = add(received_on, rule.term)
    safe = place.cautious.on_or_before(unmoved)
    reasons = [_due_words(rule, due, safe)]
    if due != falls:
        reasons.append(f"{_named(falls, place.legal)}, so it ends with the next working day ({place.rolls}).")
    elif not place.legal.works(falls):
        reasons.append(f"{_named(falls, place.legal)}; this law does not move the legal date.")
    if safe != unmoved:
        reasons.append(f"Safe is the last day before {unmoved} on which {place.cautious.title} works.")
    return Counted(due=Due(due=due, safe=safe), why=" ".join(reasons))


def notice_by(answer: DutyRule, received_on: date, due: Due, place: Place) -> Due:
    """The last day to announce an extension: within the first period.

    Safe is a working day before the period's last one, for whoever counts the day of receipt as the first.
    """
    if isinstance(answer.term, BusinessDays):
        raise TypeError("no regime extends a period of business days")
    return Due(due=due.due, safe=place.cautious.on_or_before(add(received_on, answer.term) - _ONE))


def _business_days(rule: DutyRule, term: BusinessDays, received_on: date, calendar: Calendar) -> Counted:
    due = calendar.after(received_on, term.count)
    safe = calendar.after(received_on, term.count, saturdays=True)
    days = [received_on + timedelta(days=n) for n in range(1, (due - received_on).days)]
    skipped = [f"{calendar.holiday(day)} ({day})" for day in days if calendar.holiday(day)]
    why = _due_words(rule, due, safe) + " Safe counts Saturdays too."
    return Counted(due=Due(due=due, safe=safe), why=why + (f" Left out: {', '.join(skipped)}." if skipped else ""))


def _due_words(rule: DutyRule, due: date, safe: date) -> str:
    return f"{rule.duty.replace('_', '-').capitalize()} by {due}, safe {safe}: {rule.term} from receipt ({rule.law})."


def _named(day: date, calendar: Calendar) -> str:
    weekend = "a Saturday" if day.weekday() == SATURDAY else "a Sunday"
    return f"{day} is {calendar.holiday(day) or weekend}"
