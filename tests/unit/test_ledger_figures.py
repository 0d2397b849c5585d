"""How requests went, as the ledger tells it, on both databases."""

from datetime import UTC, date, datetime, timedelta

from dsar.case import Ending, State
from dsar.requests import Right
from dsar.year_report import Course, year_report
from ledger.ledger import Ledger
from ledger.requests import NewRequest
from tests.unit.ledger_rig import NOON, Clock, new_request

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def received(ledger: Ledger, right: Right = Right.DELETE) -> NewRequest:
    new = new_request(right=right)
    await ledger.requests.receive(new)
    return new


async def ended(ledger: Ledger, request: NewRequest, ending: Ending) -> None:
    await ledger.journal.append(request.id, "ended", "answered", state=State.ANSWERED, closed=ending)


async def moved(ledger: Ledger, request: NewRequest, step: str, due: date, safe: date) -> None:
    await ledger.journal.append(request.id, step, step, {"due": due.isoformat(), "safe": safe.isoformat()})


async def only(ledger: Ledger) -> Course:
    (course,) = await ledger.courses.received(*EVER)
    return course


async def test_an_open_request(ledger: Ledger) -> None:
    """It has the dates of its receipt, and no end."""
    new = await received(ledger)

    course = await only(ledger)

    assert (course.right, course.regime, course.channel) == (new.right, new.regime, new.channel)
    assert (course.received_at, course.closed_at, course.ending) == (NOON, None, None)
    assert (course.due, course.safe) == (new.due, new.safe)
    assert not any((course.extended, course.paused, course.retained, course.refused))


async def test_an_answered_request(ledger: Ledger, clock: Clock) -> None:
    """When it was answered, and how."""
    new = await received(ledger)
    clock.forward(timedelta(days=3))

    await ended(ledger, new, Ending.PARTLY)

    course = await only(ledger)
    assert (course.closed_at, course.ending) == (NOON + timedelta(days=3), Ending.PARTLY)


async def test_an_extension_moves_its_dates(ledger: Ledger) -> None:
    """Late is what comes after the dates that were announced last."""
    new = await received(ledger)

    await moved(ledger, new, "extended", date(2026, 8, 3), date(2026, 7, 31))

    course = await only(ledger)
    assert (course.due, course.safe) == (date(2026, 8, 3), date(2026, 7, 31))
    assert (course.extended, course.paused) == (True, False)


async def test_waiting_that_moves_a_date_is_a_pause(ledger: Ledger) -> None:
    """The legal date as it stands when the clock runs again."""
    new = await received(ledger)
    await moved(ledger, new, "waiting:1", new.due, new.safe)
    await moved(ledger, new, "waiting:2", new.due + timedelta(days=5), new.safe)

    course = await only(ledger)

    assert (course.due, course.safe) == (new.due + timedelta(days=5), new.safe)
    assert (course.extended, course.paused) == (False, True)


async def test_waiting_that_moves_nothing_is_none(ledger: Ledger) -> None:
    """In California a question to the person stops no clock."""
    new = await received(ledger)
    await moved(ledger, new, "waiting:1", new.due, new.safe)
    await moved(ledger, new, "waiting:2", new.due, new.safe)

    course = await only(ledger)

    assert not course.paused


async def test_what_was_kept_or_refused(ledger: Ledger) -> None:
    """Told by the systems' entries, each of the request's own."""
    kept, refused, neither = [await received(ledger) for _ in range(3)]
    await ledger.journal.append(kept.id, "held:stripe", "handed to a hold", {"system": "stripe", "records": 2})
    await ledger.journal.append(refused.id, "erase:notion", "erased", {"system": "notion", "erased": 3, "refused": 1})
    await ledger.journal.append(neither.id, "erase:notion", "erased", {"system": "notion", "refused": 0, "retained": 0})

    courses = await ledger.courses.received(*EVER)

    told = {(course.retained, course.refused) for course in courses}
    assert len(courses) == 3
    assert told == {(True, False), (False, True), (False, False)}


async def test_only_of_the_time_that_was_asked_for(ledger: Ledger) -> None:
    """From the first moment, until before the last."""
    await received(ledger)

    assert await ledger.courses.received(NOON, NOON + timedelta(seconds=1))
    assert not await ledger.courses.received(NOON - timedelta(days=1), NOON)
    assert not await ledger.courses.received(NOON + timedelta(microseconds=1), EVER[1])


async def test_a_year_from_the_ledger(ledger: Ledger, clock: Clock) -> None:
    """From what came in to the figures; who asked twice asked once, a dry run not at all."""
    in_time, late, planned = [await received(ledger) for _ in range(3)]
    await received(ledger, Right.OPT_OUT)
    await ledger.requests.receive(new_request(in_time.subject))
    await ended(ledger, planned, Ending.PLANNED)
    clock.forward(timedelta(days=10))
    await ended(ledger, in_time, Ending.COMPLIED)
    clock.forward(timedelta(days=50))
    await ended(ledger, late, Ending.DENIED_UNVERIFIED)

    report = year_report(2026, await ledger.courses.received(*EVER), "UTC", clock.now)

    assert (report.total.received, report.total.open, report.total.overdue) == (3, 1, 1)
    assert (report.total.in_whole, report.total.denied) == (1, 1)
    assert (report.total.days.median, report.total.days.mean) == (35.0, 35.0)
    assert (report.total.after_safe, report.total.after_due) == (1, 1)
    assert set(report.by_right) == {Right.DELETE, Right.OPT_OUT}
