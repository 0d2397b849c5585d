"""The shapes that a regime's clock is written in."""

from collections.abc import Mapping
from enum import StrEnum

from dsar.clock_sheet import Duty
from dsar.frozen import Frozen
from dsar.periods import Period
from dsar.requests import Right


class BusinessDays(Frozen):
    """A number of business days of the regime's region."""

    count: int

    def __str__(self) -> str:
        return f"{self.count} business days"


class DutyRule(Frozen):
    """One duty: how long after receipt it is due, and by which law."""

    duty: Duty
    term: Period | BusinessDays
    law: str


class Effect(StrEnum):
    """What asking the person for something does to the legal date. The safe date never moves."""

    NONE = "none"
    PAUSES = "pauses"
    """The days from the asking to the answer are added."""
    RESTARTS = "restarts"
    """The clock starts when the answer comes."""
    EXCLUDES = "excludes"
    """As `PAUSES`, with both the day of asking and the day of the answer left out."""


class WaitRule(Frozen):
    """An effect, and the law that has it."""

    effect: Effect
    law: str


class RegimeRules(Frozen):
    """Everything that is particular to one regime."""

    title: str
    zone: str
    """The controller's zone, when none is named."""
    region: str | None = None
    """Whose holidays, when no region is named. `None`: the zone's country's; safe is then a day on which all parts of
    the country work, since it may be disputed whose holidays count."""
    countries: frozenset[str] | None = frozenset()
    """Countries whose regions may be named; empty: the region is fixed; `None`: any."""
    rolls: str = ""
    """The law that moves a last day off weekends and holidays; empty: legal dates stay where they fall."""
    proof: WaitRule
    clarification: WaitRule
    rights: Mapping[Right, tuple[DutyRule, ...]]
    """Rights that are not here are answered by the policy's own promise."""
    strict: frozenset[Right] = frozenset()
    """Rights whose dates nothing moves, as those of a promise: neither a weekend nor waiting for the person."""
