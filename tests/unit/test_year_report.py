"""The year's figures: nothing is counted twice, and nothing is left out."""

from datetime import UTC, date, datetime, timedelta
from statistics import fmean, median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.case import Ending
from dsar.requests import Regime, Right
from dsar.submission import Channel
from dsar.year_report import Course, Days, DeniedFor, Fate, ShortOf, YearReport, fate, year_report

LA = "America/Los_Angeles"

NOW = datetime(2027, 1, 5, 12, tzinfo=UTC)

MARCH = datetime(2026, 3, 2, 20, tzinfo=UTC)


def course(ending: Ending | None = None, days: int = 10, **more: object) -> Course:
    """A deletion that came in on 2 March 2026, at noon in California, and was answered so many days later."""
    closed = None if ending is None else MARCH + timedelta(days=days)
    told = {
        "right": Right.DELETE, "regime": Regime.US_CA, "channel": Channel.WEB, "received_at": MARCH,
        "closed_at": closed, "ending": ending, "due": date(2026, 4, 16), "safe": date(2026, 4, 15),
    }  # fmt: skip
    return Course.model_validate(told | more)


def counted(*courses: Course) -> YearReport:
    return year_report(2026, courses, LA, NOW)


@pytest.mark.parametrize(
    ("ending", "became"),
    [
        (None, "open"),
        (Ending.COMPLIED, "in_whole"),
        (Ending.PARTLY, "in_part"),
        (Ending.NOTHING_FOUND, "nothing_held"),
        (Ending.DENIED_UNVERIFIED, "denied"),
        (Ending.REFUSED, "denied"),
        (Ending.CANCELLED, "withdrawn"),
    ],
)
def test_what_became_of_it(ending: Ending | None, became: str) -> None:
    """Each request is received, and has exactly one fate."""
    total = counted(course(ending)).total

    assert total.received == 1
    assert {each: getattr(total, each) for each in Fate if getattr(total, each)} == {became: 1}


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_is_a_fate(ending: Ending) -> None:
    """None that a saga can have is left over; only what has not ended is open."""
    assert fate(ending) is not Fate.OPEN


def test_a_dry_run_is_nobody_asking() -> None:
    """What was only planned is not counted."""
    report = counted(course(Ending.PLANNED), course(Ending.COMPLIED))

    assert report.total.received == 1


def test_why_it_was_denied() -> None:
    """Want of proof, and a person's decision, are told apart."""
    total = counted(course(Ending.DENIED_UNVERIFIED), course(Ending.REFUSED), course(Ending.REFUSED)).total

    assert total.denied_for == {DeniedFor.UNVERIFIED: 1, DeniedFor.DECIDED: 2}


def test_why_it_was_complied_with_in_part() -> None:
    """One request may fall short for two reasons; where neither is known, something was left out."""
    total = counted(
        course(Ending.PARTLY, retained=True, refused=True),
        course(Ending.PARTLY, retained=True),
        course(Ending.PARTLY),
        course(Ending.COMPLIED),
    ).total

    assert total.in_part_for == {ShortOf.RETAINED: 2, ShortOf.REFUSED: 1, ShortOf.LEFT_OUT: 1}


def test_days_to_answer() -> None:
    """Median and mean of the substantive answers; what is open or was taken back took no time."""
    total = counted(
        course(Ending.COMPLIED, 1),
        course(Ending.PARTLY, 2),
        course(Ending.DENIED_UNVERIFIED, 44),
        course(Ending.NOTHING_FOUND, 4),
        course(Ending.CANCELLED, 30),
        course(),
    ).total

    assert total.days == Days(answers=4, median=3.0, mean=12.8)


def test_days_are_dates_in_the_controllers_zone() -> None:
    """From half past eleven at night until half past midnight is one day, and so is the night the clocks change."""
    late = datetime(2026, 3, 8, 7, 30, tzinfo=UTC)

    total = counted(course(Ending.COMPLIED, received_at=late, closed_at=late + timedelta(hours=1))).total

    assert total.days == Days(answers=1, median=1.0, mean=1.0)


def test_nothing_answered() -> None:
    """Where there is no answer there is no median."""
    assert counted(course()).total.days == Days(answers=0, median=None, mean=None)


@pytest.mark.parametrize(
    ("days", "after_safe", "after_due"), [(44, 0, 0), (45, 1, 0), (46, 1, 1)], ids=["safe day", "due day", "a day late"]
)
def test_late(days: int, after_safe: int, after_due: int) -> None:
    """What is answered on a date is in time; a day later it is late."""
    total = counted(course(Ending.COMPLIED, days)).total

    assert (total.after_safe, total.after_due) == (after_safe, after_due)


def test_overdue() -> None:
    """What is still open after its legal date is said, and is not an answer that came late."""
    total = counted(course(), course(due=date(2027, 1, 5), safe=date(2027, 1, 4))).total

    assert (total.open, total.overdue, total.after_due) == (2, 1, 0)


def test_a_request_taken_back_is_never_late() -> None:
    """Nobody waited for its answer."""
    assert counted(course(Ending.CANCELLED, 100)).total.after_due == 0


@pytest.mark.parametrize(
    ("received", "counts"),
    [
        ("2026-01-01T07:59:59+00:00", 0),
        ("2026-01-01T08:00:00+00:00", 1),
        ("2027-01-01T07:59:59+00:00", 1),
        ("2027-01-01T08:00:00+00:00", 0),
    ],
)
def test_the_year_is_the_controllers(received: str, counts: int) -> None:
    """New Year's Eve in California is New Year's Day in Greenwich."""
    assert counted(course(received_at=datetime.fromisoformat(received))).total.received == counts


def test_groups() -> None:
    """By right, by regime and by channel: what did not occur is not listed."""
    report = counted(course(), course(right=Right.OPT_OUT, channel=Channel.POST), course(regime=Regime.EU))

    assert {right: figures.received for right, figures in report.by_right.items()} == {
        Right.DELETE: 2, Right.OPT_OUT: 1,
    }  # fmt: skip
    assert {regime: figures.received for regime, figures in report.by_regime.items()} == {
        Regime.US_CA: 2, Regime.EU: 1,
    }  # fmt: skip
    assert {channel: figures.received for channel, figures in report.by_channel.items()} == {
        Channel.WEB: 2, Channel.POST: 1,
    }  # fmt: skip


MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001

COURSES = st.lists(
    st.builds(
        lambda received, taken, ending, right, regime, channel, flags: course(
            received_at=received, closed_at=received + taken if ending else None, ending=ending, right=right,
            regime=regime, channel=channel, extended=flags[0], paused=flags[1], retained=flags[2], refused=flags[3],
            due=(received + timedelta(days=45)).date(), safe=(received + timedelta(days=43)).date(),
        ),
        MOMENTS, st.timedeltas(timedelta(0), timedelta(days=120)), st.none() | st.sampled_from(Ending),
        st.sampled_from(Right), st.sampled_from(Regime), st.sampled_from(Channel), st.tuples(*[st.booleans()] * 4),
    ),
    max_size=20,
)  # fmt: skip

ZONES = st.sampled_from([LA, "UTC", "Europe/Berlin", "Pacific/Kiritimati"])


@given(courses=COURSES, zone=ZONES)
def test_sums(courses: list[Course], zone: str) -> None:
    """Fates add up to what was received; each grouping adds up to the whole; no reason without its case."""
    report = year_report(2026, courses, zone, NOW)

    for figures in (report.total, *report.by_right.values(), *report.by_regime.values(), *report.by_channel.values()):
        assert figures.received == sum(getattr(figures, each) for each in Fate)
        assert sum(figures.denied_for.values()) == figures.denied
        assert figures.in_part <= sum(figures.in_part_for.values()) <= 2 * figures.in_part
        assert figures.after_due <= figures.after_safe <= figures.days.answers
        assert figures.days.answers == figures.received - figures.open - figures.withdrawn
        assert figures.overdue <= figures.open
    for groups in (report.by_right, report.by_regime, report.by_channel):
        for name in ("received", *Fate, "after_safe", "after_due", "overdue", "extended", "paused"):
            assert sum(getattr(figures, name) for figures in groups.values()) == getattr(report.total, name)


@given(courses=COURSES, zone=ZONES)
def test_years_share_nothing(courses: list[Course], zone: str) -> None:
    """Every request is counted in exactly one year."""
    years = [year_report(year, courses, zone, NOW) for year in range(2025, 2028)]

    assert sum(year.total.received for year in years) == sum(c.ending is not Ending.PLANNED for c in courses)


@given(courses=COURSES, zone=ZONES)
def test_days_as_counted_by_hand(courses: list[Course], zone: str) -> None:
    """Median and mean are those of the days between two dates."""
    report = year_report(2026, courses, zone, NOW)

    there = ZoneInfo(zone)
    taken = [
        (c.closed_at.astimezone(there).date() - c.received_at.astimezone(there).date()).days
        for c in courses
        if c.closed_at
        and c.ending not in {Ending.PLANNED, Ending.CANCELLED}
        and c.received_at.astimezone(there).year == 2026
    ]
    assert report.total.days.answers == len(taken)
    if taken:
        assert report.total.days.median == median(taken)
        assert report.total.days.mean == round(fmean(taken), 1)


@given(courses=COURSES)
def test_order_does_not_matter(courses: list[Course]) -> None:
    """The same requests give the same figures, and they go through JSON and come back the same."""
    report = year_report(2026, courses, LA, NOW)

    assert year_report(2026, courses[::-1], LA, NOW) == report
    assert YearReport.model_validate_json(report.model_dump_json()) == report
