"""What a request can be like: each kind of story, told once with chance in its details."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from dsar.case import Ending, TaskKind, TaskState
from dsar.requests import Regime, Right
from dsar.submission import Channel, Person, Submission
from dsar.waiting import Subject
from dsar.wish import Wish
from tests.year.town import Customer


class Act(StrEnum):
    """What somebody does in the course of a request."""

    CODE = "enters the code"
    WRONG_CODES = "enters wrong codes until it is dead"
    ANOTHER_CODE = "asks for another code"
    CANCEL = "takes it back"
    ASK = "is asked something"
    RECEIVE = "answers what was asked"
    EXTEND = "is told that it takes longer"
    LIFT = "is told that the restriction ends"
    AGAIN = "asks for the same again"
    APPEAL = "appeals"


@dataclass(frozen=True)
class Deed:
    """Something that is done, so long after the request came in, or so long before its safe date closes."""

    act: Act
    after: timedelta = timedelta(0)
    before_safe: timedelta | None = None
    about: Subject = Subject.CLARIFICATION


@dataclass(frozen=True)
class Household:
    """What is held of the person."""

    known: bool = True
    invoice_years: tuple[int, ...] = ()
    """Ages of invoices in years: of six, the law's seven years end within the year or soon after."""
    designs: bool = False
    namesake: bool = False
    stuck: tuple[str, timedelta] | None = None
    """A system that answers nothing about this person from the start, for so long."""
    refused: str = ""
    slow: str = ""


@dataclass(frozen=True)
class Kind:
    """A request that goes one way."""

    rights: tuple[Right, ...]
    ends: tuple[Ending, ...]
    """One for each right."""
    deeds: tuple[Deed, ...] = ()
    household: Household = Household()
    regime: Regime = Regime.US_CA
    region: str | None = None
    zone: str | None = None
    channel: Channel = Channel.WEB
    wish: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[str, ...] = ("email",)
    on_paper: timedelta | None = None
    """It lay so long before somebody entered it."""
    says: Mapping[TaskKind, TaskState] = field(default_factory=dict)
    """What our people decide; where it is silent: done."""
    unreached: bool = False
    """There is no address on file, so nothing can be acknowledged to it."""
    appeal_says: TaskState = TaskState.DONE


@dataclass(frozen=True)
class Story:
    """One person's year: when they ask, and how it goes on."""

    number: int
    name: str
    at: datetime
    kind: Kind
    patience: timedelta
    """How long our people let a task of it lie, unless it is due."""

    @property
    def customer(self) -> Customer:
        """Who asks."""
        return Customer(self.number)

    def submission(self) -> Submission:
        """What they send."""
        kind, customer = self.kind, self.customer
        person = Person.model_validate({claim: getattr(customer, claim) for claim in kind.claims})
        several = len(kind.rights) > 1
        return Submission(
            right=None if several else kind.rights[0],
            rights=kind.rights if several else (),
            person=person,
            wish=Wish.model_validate(kind.wish),
            channel=kind.channel,
            regime=kind.regime,
            region=kind.region,
            zone=kind.zone,
            received=self.at - kind.on_paper if kind.on_paper else None,
        )

    @property
    def requests(self) -> int:
        """How many requests become of it: each right is one, and so is an appeal."""
        return len(self.kind.rights) + sum(deed.act is Act.APPEAL for deed in self.kind.deeds)


Tell = Callable[[Random], Kind]
"""Tells a kind of story, its details by chance."""


def days(chance: Random, least: float, most: float) -> timedelta:
    """Some days, to the minute."""
    return timedelta(minutes=chance.randint(int(least * 1440), int(most * 1440)))
