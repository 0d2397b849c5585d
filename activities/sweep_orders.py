"""What the activities of a sweep are told, and what they answer: counts only, the records stay in the vault."""

from datetime import date
from enum import StrEnum

from dsar.frozen import Frozen
from dsar.records import OutcomeKind
from dsar.sweeping import Mode


class Round(StrEnum):
    """Which time a sweep goes through a system."""

    FOUND = "found"
    APPROVED = "approved"
    """A person has said that what was proposed may go: it is looked at afresh, for it may have changed since."""


class Begin(Frozen):
    """Order: a sweep begins."""

    sweep_id: str
    mode: Mode
    systems: tuple[str, ...] = ()
    """Only these entries of systems.toml; empty: all that can be walked through."""


class Swept(Frozen):
    """A system that is to be swept."""

    name: str
    title: str


class Begun(Frozen):
    """By which policy, and where."""

    policy: str
    zone: str
    approve_above: int
    """More records than this to be erased in one system: a person looks first."""
    systems: tuple[Swept, ...]
    cannot: tuple[str, ...]
    """Titles of the systems that nobody can walk through."""
    asked_about: frozenset[str]
    """Systems that refuse us, where an earlier sweep still waits for a person to mend that."""


class Look(Frozen):
    """Order: go through one system."""

    sweep_id: str
    system: str
    mode: Mode
    policy: str
    today: date
    round: Round = Round.FOUND
    task_id: str = ""
    """APPROVED: the task in which a person said so."""


class Found(Frozen):
    """What was met in one system."""

    system: str
    looked_at: int = 0
    expired: int = 0
    """How many are past their retention."""
    returned: int = 0
    """How many belong to people who were erased."""
    erase: int = 0
    """How many are to go now."""
    propose: dict[str, int] = {}  # noqa: RUF012 - pydantic copies defaults
    """How many a person has to be asked about, by category."""
    every: dict[str, int] = {}  # noqa: RUF012
    """All of them, by category."""


class Gone(Frozen):
    """What came of erasing in one system."""

    system: str
    counts: dict[OutcomeKind, int] = {}  # noqa: RUF012 - pydantic copies defaults

    def of(self, kind: OutcomeKind) -> int:
        """How many records ended so."""
        return self.counts.get(kind, 0)


class Which(StrEnum):
    """Which records a task is about."""

    PROPOSED = "proposed"
    EVERY = "every"
    """Too many to be erased unseen: also those that would go by themselves."""
    BY_HAND = "by_hand"
    """No interface could erase them."""


class Asking(Frozen):
    """Order: a person is about to be asked; until this day no other sweep asks about the same records."""

    sweep_id: str
    system: str
    round: Round
    task_id: str
    which: Which
    ask_again: date


class Settled(Frozen):
    """Order: a task is over; its records are left alone until this day."""

    task_id: str
    ask_again: date


class Unreached(Frozen):
    """Order: enter that a system could not be swept."""

    sweep_id: str
    system: str


class End(Frozen):
    """Order: a sweep is over."""

    sweep_id: str
    today: date
