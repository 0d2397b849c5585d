"""When people are woken."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dsar.alarms import AlarmKind, alarms, proof_by, reminders, upcoming
from dsar.case import Owner

ZONE = "America/Los_Angeles"
DUE, SAFE = date(2026, 12, 26), date(2026, 12, 24)


def test_the_ring_warns_escalates_and_ends_on_the_legal_date() -> None:
    """Warnings before the safe date, an escalation with one day left, and day 45 itself."""
    ring = alarms(DUE, SAFE, (30, 7, 1), ZONE)

    assert [(a.kind, a.days_left) for a in ring] == [
        (AlarmKind.WARNING, 30),
        (AlarmKind.WARNING, 7),
        (AlarmKind.ESCALATION, 1),
        (AlarmKind.LAST_DAY, 0),
    ]
    assert ring[-1].at.date() == DUE
    assert ring[-1].owners == (Owner.PRIVACY_LEAD, Owner.DEPUTY)


def test_a_letter_of_44_days_ago_escalates_at_once() -> None:
    """A request that comes in late rings the loudest alarm it has missed, once, and goes on from there."""
    now = datetime(2026, 12, 25, 18, tzinfo=UTC)

    ahead = upcoming(alarms(DUE, SAFE, (30, 15, 7, 3, 1), ZONE), now)

    assert [a.kind for a in ahead] == [AlarmKind.ESCALATION, AlarmKind.LAST_DAY]
    assert ahead[0].at <= now < ahead[1].at


def test_an_alarm_that_rings_late_says_how_many_days_are_left() -> None:
    """A letter that lay on a desk: its first warning says seventeen days, not thirty."""
    now = datetime(2026, 12, 7, 20, tzinfo=ZoneInfo(ZONE))

    first, second, *_ = upcoming(alarms(DUE, SAFE, (30, 15, 7, 3, 1), ZONE), now)

    assert (first.kind, first.days_left) == (AlarmKind.WARNING, 17)
    assert (second.kind, second.days_left) == (AlarmKind.WARNING, 15)


@given(
    safe=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    slack=st.integers(0, 4),
    warn=st.lists(st.integers(0, 60), max_size=6),
)
def test_no_policy_can_silence_the_last_day(safe: date, slack: int, warn: list[int]) -> None:
    """Whatever warnings are configured, the escalation and the last day are there, in order of time."""
    ring = alarms(safe + timedelta(days=slack), safe, warn, ZONE)

    assert ring[-1].kind is AlarmKind.LAST_DAY
    assert AlarmKind.ESCALATION in {a.kind for a in ring}
    assert list(ring) == sorted(ring, key=lambda a: a.at)


def test_proof_is_waited_for_until_the_safe_date_closes() -> None:
    """Then the denial goes out in time."""
    now = datetime(2026, 11, 24, tzinfo=UTC)

    assert proof_by(DUE, SAFE, ZONE, now) == datetime(2026, 12, 25, 1, tzinfo=UTC)


def test_proof_of_what_takes_time_is_waited_for_only_so_long_that_the_answer_is_in_time() -> None:
    """The day in which an erasure can be cancelled lies before the safe date closes, not after it."""
    now, hold = datetime(2026, 11, 24, tzinfo=UTC), timedelta(hours=24)

    assert proof_by(DUE, SAFE, ZONE, now, hold) == datetime(2026, 12, 24, 1, tzinfo=UTC)


def test_a_request_that_came_too_late_still_leaves_the_person_time() -> None:
    """Three days, though the legal date is past."""
    now = datetime(2027, 1, 10, tzinfo=UTC)

    assert proof_by(DUE, SAFE, ZONE, now) == now + timedelta(days=3)


@given(st.integers(-30, 30))
def test_the_owner_of_a_task_hears_of_it_before_it_is_due_and_never_after(days: int) -> None:
    """On mornings that are still to come, the last of them on the day itself."""
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    due = now.date() + timedelta(days=days)

    told = reminders(due, ZONE, now)

    assert [at.date() for at in told] == [day for day in (due - timedelta(days=2), due) if day > now.date()]
    assert all(at > now for at in told)
