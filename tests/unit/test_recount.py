"""A pinned sheet worked out anew, after what happened since."""

from datetime import UTC, date, datetime

from activities.clocks import Clocks, Recount
from dsar.clock_events import ClockEvent, EventKind
from dsar.clocks import clock, recount
from dsar.requests import Regime, Right

RECEIVED = datetime(2026, 3, 2, 18, tzinfo=UTC)

ASKED = ClockEvent(kind=EventKind.CLARIFICATION_REQUESTED, on=date(2026, 3, 10))
CAME = ClockEvent(kind=EventKind.CLARIFICATION_RECEIVED, on=date(2026, 3, 20))


def test_nothing_happened_nothing_moved() -> None:
    """The same facts give the same sheet."""
    for regime in Regime:
        sheet = clock(regime, Right.ACCESS, RECEIVED)

        assert recount(sheet, ()) == sheet


def test_in_the_united_kingdom_clarification_stops_the_legal_date_only() -> None:
    """Days from asking to receiving, both included, do not count; the cautious date takes no notice."""
    sheet = clock(Regime.UK, Right.ACCESS, RECEIVED, region="GB-ENG")

    waiting = recount(sheet, [ASKED])
    moved = recount(waiting, [ASKED, CAME])

    assert waiting.paused
    assert not moved.paused
    assert (moved.answer.due - sheet.answer.due).days >= 11
    assert moved.answer.safe == sheet.answer.safe


def test_in_california_waiting_moves_nothing() -> None:
    """Forty-five days from receipt, however long proof takes (11 CCR 7021(b))."""
    sheet = clock(Regime.US_CA, Right.DELETE, RECEIVED)

    assert recount(sheet, [ASKED, CAME]).answer == sheet.answer


def test_an_extension_that_was_announced_stays() -> None:
    """Worked out anew, the longer period still counts."""
    sheet = clock(Regime.US_CA, Right.DELETE, RECEIVED)

    anew = recount(sheet, [ASKED], extended_on=date(2026, 3, 12))

    assert anew.extended
    assert anew.answer.due > sheet.answer.due


def test_other_rules_than_at_receipt_are_said() -> None:
    """Years later a newer table may decide: the sheet says so."""
    sheet = clock(Regime.US_CA, Right.DELETE, RECEIVED).model_copy(update={"rules": "0"})

    assert "by the rules 0" in recount(sheet, ()).explain[-1]


async def test_what_cannot_be_is_an_answer_in_words() -> None:
    """Received without having been asked for: refused, not failed."""
    sheet = clock(Regime.UK, Right.ACCESS, RECEIVED)

    recounted = await Clocks().recount(Recount(sheet=sheet, events=(CAME,)))

    assert recounted.sheet is None
    assert "before it was asked for" in recounted.refused
