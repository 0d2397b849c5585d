"""The figures of a year: what was asked, what became of it, and how long that took (11 CCR 7102(a)).

A request counts in the year in which it was received, whenever it is answered. Days are calendar days in the
controller's zone. Dry runs are not counted: nobody asked.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from statistics import fmean, median
from typing import TypeVar, assert_never

from pydantic import AwareDatetime, NonNegativeInt

from dsar.case import Ending
from dsar.frozen import Frozen
from dsar.requests import Regime, Right
from dsar.submission import Channel
from dsar.zones import earliest_date

K = TypeVar("K", bound=StrEnum)


class Fate(StrEnum):
    """What became of a request."""

    IN_WHOLE = "in_whole"
    IN_PART = "in_part"
    NOTHING_HELD = "nothing_held"
    """Answered: nothing is held about this person. Neither complied with nor denied."""
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    """Taken back before it was answered."""
    OPEN = "open"


class DeniedFor(StrEnum):
    """Why a request was denied."""

    UNVERIFIED = "unverified"
    """It was not proved who asks."""
    DECIDED = "decided"
    """A person decided so, with the reasons that are in the letter."""


class ShortOf(StrEnum):
    """Why a request was complied with only in part. One request may have several reasons."""

    RETAINED = "retained"
    """A law or a lock keeps something."""
    REFUSED = "refused"
    """Something was refused: by a system, or by a person's decision."""
    LEFT_OUT = "left_out"
    """Something was given up on: neither of the others is in the journal."""


class Course(Frozen):
    """How one request went, as the ledger has it."""

    right: Right
    regime: Regime
    channel: Channel
    received_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    ending: Ending | None = None
    due: date
    """The legal date, as it stood last."""
    safe: date
    extended: bool = False
    paused: bool = False
    """Waiting for the person moved the legal date."""
    retained: bool = False
    refused: bool = False


class Days(Frozen):
    """How many days the answers took."""

    answers: NonNegativeInt = 0
    median: float | None = None
    """`None` where nothing was answered."""
    mean: float | None = None
    """Rounded to a tenth."""


class Figures(Frozen):
    """The figures of some requests. `received` is the sum of the six that say what became of them."""

    received: NonNegativeInt
    in_whole: NonNegativeInt
    in_part: NonNegativeInt
    nothing_held: NonNegativeInt
    denied: NonNegativeInt
    withdrawn: NonNegativeInt
    open: NonNegativeInt
    in_part_for: dict[ShortOf, NonNegativeInt]
    denied_for: dict[DeniedFor, NonNegativeInt]
    days: Days
    """From receipt to the substantive answer: compliance, whole or in part, nothing held, or denial."""
    after_safe: NonNegativeInt
    """Answered after the safe date."""
    after_due: NonNegativeInt
    """Answered after the legal date, counted in `after_safe` too."""
    overdue: NonNegativeInt
    """Still open, and the legal date is over."""
    extended: NonNegativeInt
    paused: NonNegativeInt


class YearReport(Frozen):
    """One year, whole and by what was asked, under whose law, and how."""

    year: int
    zone: str
    as_of: date
    """The day on which it was counted: what was open then may be answered since."""
    total: Figures
    by_right: dict[Right, Figures]
    by_regime: dict[Regime, Figures]
    by_channel: dict[Channel, Figures]


def year_report(year: int, courses: Iterable[Course], zone: str, now: datetime) -> YearReport:
    """Count a year.

    Args:
        year: of receipt, in `zone`; requests of other years are left out.
        courses: how requests went.
        zone: the controller's.
        now: the time, aware.
    """
    as_of = earliest_date(now, (zone,))
    counted = [course for course in courses if _asked(course) and _day(course.received_at, zone).year == year]

    def by(kinds: type[K], kind: Callable[[Course], K]) -> dict[K, Figures]:
        groups = {each: [course for course in counted if kind(course) is each] for each in kinds}
        return {each: _figures(group, zone, as_of) for each, group in groups.items() if group}

    return YearReport(
        year=year,
        zone=zone,
        as_of=as_of,
        total=_figures(counted, zone, as_of),
        by_right=by(Right, lambda course: course.right),
        by_regime=by(Regime, lambda course: course.regime),
        by_channel=by(Channel, lambda course: course.channel),
    )


def fate(ending: Ending | None) -> Fate:
    """What became of a request that ended so; `None`: it has not ended."""
    match ending:
        case None:
            return Fate.OPEN
        case Ending.COMPLIED:
            return Fate.IN_WHOLE
        case Ending.PARTLY:
            return Fate.IN_PART
        case Ending.NOTHING_FOUND:
            return Fate.NOTHING_HELD
        case Ending.DENIED_UNVERIFIED | Ending.REFUSED | Ending.FRAUDULENT:
            return Fate.DENIED
        case Ending.CANCELLED | Ending.PLANNED:
            return Fate.WITHDRAWN
        case _:
            assert_never(ending)


def _figures(courses: Sequence[Course], zone: str, as_of: date) -> Figures:
    fates = Counter(fate(course.ending) for course in courses)
    answered = [(c, _day(c.closed_at, zone)) for c in courses if c.closed_at and fate(c.ending) is not Fate.WITHDRAWN]
    return Figures(
        received=len(courses),
        **{str(each): fates[each] for each in Fate},
        in_part_for=_counted(ShortOf, (why for c in courses if c.ending is Ending.PARTLY for why in _short_of(c))),
        denied_for=_counted(DeniedFor, (_denied_for(c) for c in courses if fate(c.ending) is Fate.DENIED)),
        days=_days([(on - _day(course.received_at, zone)).days for course, on in answered]),
        after_safe=sum(on > course.safe for course, on in answered),
        after_due=sum(on > course.due for course, on in answered),
        overdue=sum(course.ending is None and as_of > course.due for course in courses),
        extended=sum(course.extended for course in courses),
        paused=sum(course.paused for course in courses),
    )


def _counted(kinds: type[K], occurred: Iterable[K]) -> dict[K, int]:
    """How often each kind occurred, in the order of the kinds; none that did not."""
    times = Counter(occurred)
    return {kind: times[kind] for kind in kinds if times[kind]}


def _days(taken: Sequence[int]) -> Days:
    if not taken:
        return Days()
    return Days(answers=len(taken), median=float(median(taken)), mean=round(fmean(taken), 1))


def _short_of(course: Course) -> tuple[ShortOf, ...]:
    known = {ShortOf.RETAINED: course.retained, ShortOf.REFUSED: course.refused}
    return tuple(why for why, holds in known.items() if holds) or (ShortOf.LEFT_OUT,)


def _denied_for(course: Course) -> DeniedFor:
    return DeniedFor.UNVERIFIED if course.ending is Ending.DENIED_UNVERIFIED else DeniedFor.DECIDED


def _asked(course: Course) -> bool:
    return course.ending is not Ending.PLANNED


def _day(moment: datetime, zone: str) -> date:
    return earliest_date(moment, (zone,))
