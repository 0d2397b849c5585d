"""A pinned sheet worked out anew, after what happened since."""

from datetime import UTC, date, datetime, timedelta

from activities.clocks import Clocks, Recount
from dsar.clock_events import ClockEvent, EventKind
from dsar.clock_sheet import ClockSheet, Due, Duty, extend
from dsar.clocks import clock
from dsar.recounting import recount
from dsar.requests import Regime, Right

RECEIVED = datetime(2026, 3, 2, 18, tzinfo=UTC)

ASKED = ClockEvent(kind=EventKind.CLARIFICATION_REQUESTED, on=date(2026, 3, 10))
CAME = ClockEvent(kind=EventKind.CLARIFICATION_RECEIVED, on=date(2026, 3, 20))
PROOF = (
    ClockEvent(kind=EventKind.ID_REQUESTED, on=date(2026, 3, 3)),
    ClockEvent(kind=EventKind.ID_RECEIVED, on=date(2026, 3, 13)),
)


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


def test_an_extension_that_the_sheet_knows_stays() -> None:
    """Nobody has to remember when the extension was announced."""
    extended = extend(clock(Regime.UK, Right.ACCESS, RECEIVED), date(2026, 3, 12))

    anew = recount(extended, [ASKED, CAME])

    assert anew.extended
    assert anew.notice_on == date(2026, 3, 12)


def test_what_policy_says_of_proof_stays() -> None:
    """A request that was pinned without the pause for proof is worked out anew without it."""
    sheet = clock(Regime.EU, Right.ACCESS, RECEIVED, id_pause=False)

    assert recount(sheet, PROOF).answer == sheet.answer


def pinned_by_others(regime: Regime, days: int) -> ClockSheet:
    """A sheet whose rules counted so many days less."""
    sheet = clock(regime, Right.ACCESS, RECEIVED)
    less = {
        duty: Due(due=due.due - timedelta(days=days), safe=due.safe - timedelta(days=days))
        for duty, due in sheet.duties.items()
    }
    return sheet.model_copy(update={"rules": "clock-0", "duties": less})


def test_other_rules_than_at_receipt_move_nothing_by_themselves() -> None:
    """Newer rules count differently; what was pinned, and told to the person, stays."""
    for regime in Regime:
        sheet = pinned_by_others(regime, 3)

        anew = recount(sheet, ())

        assert anew.duties == sheet.duties
        assert anew.rules.startswith("clock-0; clock-")
        assert "Worked out at receipt by clock-0" in anew.explain[-1]


def test_other_rules_than_at_receipt_say_how_far_waiting_moves() -> None:
    """The pinned legal date moves by as much as that of the newer rules; the safe date stays."""
    plain = clock(Regime.UK, Right.ACCESS, RECEIVED)
    sheet = pinned_by_others(Regime.UK, 3)

    anew = recount(sheet, [ASKED, CAME], extended_on=date(2026, 3, 12))

    moved = recount(plain, [ASKED, CAME]).duties[Duty.RESPOND].due - plain.duties[Duty.RESPOND].due
    assert anew.duties[Duty.RESPOND].due == sheet.duties[Duty.RESPOND].due + moved
    assert anew.duties[Duty.RESPOND].safe == sheet.duties[Duty.RESPOND].safe
    assert anew.extended
    assert any(str(anew.answer.due) in line for line in anew.explain)
    assert sum("Clarification asked" in line for line in anew.explain) == 1


def test_other_rules_than_at_receipt_know_when_the_clock_stands() -> None:
    """Until the answer comes the clock stands, whichever rules decide."""
    assert recount(pinned_by_others(Regime.UK, 3), [ASKED]).paused


async def test_what_cannot_be_is_an_answer_in_words() -> None:
    """Received without having been asked for: refused, not failed."""
    sheet = clock(Regime.UK, Right.ACCESS, RECEIVED)

    recounted = await Clocks().recount(Recount(sheet=sheet, events=(CAME,)))

    assert recounted.sheet is None
    assert "before it was asked for" in recounted.refused
