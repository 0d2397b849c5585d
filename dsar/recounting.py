"""A clock that is pinned in a request, worked out anew after the person was waited for."""

from collections.abc import Sequence
from datetime import date

from dsar.clock_events import ClockEvent, EventKind
from dsar.clock_sheet import ClockSheet, Due, Duty, extend
from dsar.clocks import clock


def recount(sheet: ClockSheet, events: Sequence[ClockEvent], extended_on: date | None = None) -> ClockSheet:
    """The sheet once more, with everything that has happened since.

    The rules that decided at receipt decide. Where the running program has others, what was pinned stays, and of the
    newer rules only this is used: by how many days waiting moves a legal date. The new sheet names both versions.

    Args:
        sheet: as it was pinned at receipt.
        events: all of them, not only the latest, in any order.
        extended_on: when an extension was announced, if it was and neither `sheet` nor `events` says so.

    Raises:
        RefusedEvent: an event that cannot be; its text says why.
    """
    announced = sheet.notice_on or extended_on
    if announced and all(event.kind is not EventKind.EXTENSION_NOTICE for event in events):
        events = [ClockEvent(kind=EventKind.EXTENSION_NOTICE, on=announced), *events]
    anew = _again(sheet, events)
    return anew if anew.rules == sheet.rules else _moved(sheet, anew, _again(sheet, ()))


def _again(sheet: ClockSheet, events: Sequence[ClockEvent]) -> ClockSheet:
    return clock(
        sheet.regime,
        sheet.right,
        sheet.received,
        zone=sheet.zone,
        person_zone=sheet.person_zone,
        region=sheet.region,
        events=events,
        id_pause=sheet.id_pause,
    )


def _moved(pinned: ClockSheet, anew: ClockSheet, plain: ClockSheet) -> ClockSheet:
    """The pinned sheet, moved by as much as newer rules move theirs from `plain` to `anew`."""
    duties = {duty: _later(due, duty, anew, plain) for duty, due in pinned.duties.items()}
    notice_by = pinned.notice_by
    if notice_by:
        notice_by = Due(due=duties[pinned.answer_duty].due, safe=notice_by.safe)
    waits = anew.explain[len(plain.explain) : -1 if anew.extended else None]
    why = f"Worked out at receipt by {pinned.rules}; how far waiting moves a legal date, by {anew.rules}."
    moved = pinned.model_copy(
        update={
            "duties": duties,
            "notice_by": notice_by,
            "paused": anew.paused,
            "explain": (*pinned.explain, *waits, why),
            "rules": f"{pinned.rules}; {anew.rules}",
        }
    )
    return extend(moved, anew.notice_on) if anew.notice_on and not moved.extended else moved


def _later(due: Due, duty: Duty, anew: ClockSheet, plain: ClockSheet) -> Due:
    if duty not in anew.duties or duty not in plain.duties:
        return due
    return due.model_copy(update={"due": due.due + (anew.duties[duty].due - plain.duties[duty].due)})
