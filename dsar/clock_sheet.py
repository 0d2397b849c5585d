"""A clock, worked out at receipt: every date a workflow needs, so that it needs no calendar.

A sheet is pinned in the request it was made for. Nothing here looks at a holiday table.
"""

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime

from dsar.clock_events import RefusedEvent
from dsar.frozen import Frozen
from dsar.requests import Regime, Right


class Duty(StrEnum):
    """What is owed by a day. Underscores are read as dashes: `opt_out`."""

    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    EXTENDED = "extended"
    """The answer, where an extension was announced in time."""
    OPT_OUT = "opt-out"
    LIMIT = "limit"
    APPEAL = "appeal"

    @classmethod
    def _missing_(cls, value: object) -> "Duty | None":
        spelled = value.replace("_", "-") if isinstance(value, str) else ""
        return next((duty for duty in cls if duty.value == spelled), None)


class Source(StrEnum):
    """Why there is a duty at all."""

    STATUTE = "statute"
    POLICY_PROMISE = "policy_promise"


class Due(Frozen):
    """The last day of a duty."""

    due: date
    """As the law counts."""
    safe: date
    """As a cautious person counts: never later than `due`. Alarms run on this one."""


class ClockSheet(Frozen):
    """The clock of one right of one request."""

    regime: Regime
    right: Right
    source: Source
    received: AwareDatetime
    """Our server's time, never a mail's `Date:` header."""
    received_on: date
    """The earlier of the controller's and the person's local date: what every count starts from."""
    zone: str
    person_zone: str | None = None
    region: str | None = None
    """Whose holidays: ISO 3166, a country (`DE`) or its part (`DE-BY`); `None` when unknown."""
    duties: dict[Duty, Due]
    """`extended` is worked out in advance where the law has an extension, whether or not it is used."""
    answer_duty: Duty
    """The duty that ends the request: `respond`, `opt-out`, `limit` or `appeal` (a UK complaint: `acknowledge`)."""
    notice_by: Due | None = None
    """The last day on which an extension may be announced; `None` where there is no extension."""
    extended: bool = False
    notice_on: date | None = None
    """When an extension was announced, with its reason, to the person."""
    paused: bool = False
    """The law has stopped the clock, and what it waits for has not come: `due` will move, `safe` will not."""
    id_pause: bool = True
    """Whether policy lets the legal date wait for proof of identity, where that is only a practice (EU)."""
    explain: tuple[str, ...]
    """The reasons in words, with the articles of law."""
    rules: str
    """The version of the rules and of the holiday table that decided."""

    @property
    def answer(self) -> Due:
        """The days by which the request must be answered, an extension included once it was announced."""
        return self.duties[Duty.EXTENDED if self.extended else self.answer_duty]

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones whose day counts: the controller's, and the person's where it is known."""
        return (self.zone, self.person_zone) if self.person_zone else (self.zone,)


def extend(sheet: ClockSheet, on: date) -> ClockSheet:
    """The sheet once an extension was announced, with its reason, to the person on this day.

    Raises:
        RefusedEvent: there is no extension here, it was used already, or the notice came too late.
    """
    if sheet.notice_by is None:
        raise RefusedEvent(f"the {sheet.right} clock of {sheet.regime} has no extension")
    if sheet.extended:
        raise RefusedEvent("the clock was extended already, and can be only once")
    if on < sheet.received_on:
        raise RefusedEvent(f"notice on {on}, before the request was received on {sheet.received_on}")
    if on > sheet.notice_by.due and not sheet.paused:
        raise RefusedEvent(
            f"notice on {on} is too late: day {(on - sheet.received_on).days} after receipt, "
            f"and the first period ended on {sheet.notice_by.due}"
        )
    due = sheet.duties[Duty.EXTENDED]
    why = (
        f"Extended by notice of {on}: answer by {due.due} (safe {due.safe}), counted from receipt, not from the notice."
    )
    return sheet.model_copy(update={"extended": True, "notice_on": on, "explain": (*sheet.explain, why)})
