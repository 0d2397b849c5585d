"""What can happen to a running clock, and how it is written on the command line."""

from datetime import date
from enum import StrEnum

from dsar.frozen import Frozen
from dsar.zones import YEARS


class EventKind(StrEnum):
    """The five things that a clock listens to. Whether one moves it, the regime says."""

    EXTENSION_NOTICE = "extension_notice"
    ID_REQUESTED = "id_requested"
    ID_RECEIVED = "id_received"
    CLARIFICATION_REQUESTED = "clarification_requested"
    CLARIFICATION_RECEIVED = "clarification_received"


class ClockEvent(Frozen):
    """Something happened on a day, as the controller's calendar has it."""

    kind: EventKind
    on: date


class RefusedEvent(ValueError):
    """An event that cannot have happened, or that the law does not allow; the text says why."""


def parse_event(text: str) -> ClockEvent:
    """Read `extension-notice=2026-03-22`; dashes and underscores are the same.

    Raises:
        ValueError: the text is no event; it says what was expected.
    """
    kind, _, day = text.partition("=")
    try:
        known = EventKind(kind.strip().replace("-", "_"))
    except ValueError:
        kinds = ", ".join(k.replace("_", "-") for k in EventKind)
        raise ValueError(f"{text!r}: an event is KIND=YYYY-MM-DD, where KIND is one of {kinds}") from None
    try:
        on = date.fromisoformat(day.strip())
    except ValueError:
        raise ValueError(f"{text!r}: after the = stands the day of the event as YYYY-MM-DD") from None
    if on.year not in YEARS:
        raise ValueError(f"{text!r}: the years that can be counted in are {YEARS[0]} to {YEARS[-1]}")
    return ClockEvent(kind=known, on=on)
