"""What is to be done with each record, step by step, and counted."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from enum import StrEnum

from pydantic import Field

from dsar.data_map import Ability
from dsar.frozen import Frozen
from dsar.records import Outcome, OutcomeKind, Record


class Action(StrEnum):
    """What a plan says of one record."""

    EXPORT = "export"
    TELL = "tell"
    """Only its category is named in the answer."""
    ERASE = "erase"
    RETAIN = "retain"
    SUPPRESS = "suppress"
    """Taken out of use, and kept out."""
    RESTRICT = "restrict"
    """Kept, and used for nothing."""
    RECTIFY = "rectify"
    LEAVE = "leave"
    """The request is not about it."""
    CONFIRM = "confirm"
    """A person says first whether this is the data subject's record at all."""
    DECIDE = "decide"
    """It is the data subject's, and a person decides what becomes of it."""


class Step(Frozen):
    """One line of a plan: a record, what is to be done with it, and why."""

    record: Record
    action: Action
    why: str
    until: date | None = None
    then: Action | None = None
    """CONFIRM: what it comes to once a person has said that the record is the data subject's."""

    def retained(self) -> Outcome:
        """The outcome of a step that keeps its record."""
        return Outcome(record_id=self.record.id, kind=OutcomeKind.RETAINED, until=self.until, basis=self.why)

    def kept(self, system: str) -> "Kept":
        """What a summary says of a step that keeps its record."""
        return Kept(system=system, category=self.record.category, basis=self.why, until=self.until, records=1)


class Kept(Frozen):
    """Records of one category, kept for one reason until one day."""

    system: str
    category: str
    basis: str
    until: date | None
    records: int


class PlanSummary(Frozen):
    """A system's plan without its records: what a person approves, and all that the saga itself needs to know."""

    system: str
    actions: dict[Action, int]
    categories: dict[str, int]
    kept: tuple[Kept, ...] = ()
    undecided: int = 0
    """How many of those that are to be confirmed have to be decided, too, once they are."""
    doubtful: dict[str, int] = Field(default_factory=dict)
    """Of `categories`, what is to be confirmed."""
    open: dict[str, int] = Field(default_factory=dict)
    """Of `categories`, what is to be decided."""
    open_then: dict[str, int] = Field(default_factory=dict)
    """Of `doubtful`, what has to be decided, too, once it is confirmed."""

    @property
    def records(self) -> int:
        """How many records were located."""
        return sum(self.actions.values())

    @classmethod
    def merged(cls, system: str, pages: Iterable["PlanSummary"]) -> "PlanSummary":
        """One summary of a plan's pages."""
        actions: Counter[Action] = Counter()
        categories: Counter[str] = Counter()
        doubtful: Counter[str] = Counter()
        open_now: Counter[str] = Counter()
        open_then: Counter[str] = Counter()
        kept: Counter[tuple[str, str, date | None]] = Counter()
        undecided = 0
        for page in pages:
            undecided += page.undecided
            actions.update(page.actions)
            categories.update(page.categories)
            doubtful.update(page.doubtful)
            open_now.update(page.open)
            open_then.update(page.open_then)
            kept.update({(k.category, k.basis, k.until): k.records for k in page.kept})
        return cls(
            system=system,
            actions=dict(actions),
            categories=dict(categories),
            kept=tuple(
                Kept(system=system, category=category, basis=basis, until=until, records=records)
                for (category, basis, until), records in kept.items()
            ),
            undecided=undecided,
            doubtful=dict(doubtful),
            open=dict(open_now),
            open_then=dict(open_then),
        )

    def of(self, action: Action) -> int:
        """How many records are planned so."""
        return self.actions.get(action, 0)

    def to_decide(self, *, confirmed: bool) -> int:
        """How many records a person decides about; `confirmed`: those too that were to be confirmed, and were."""
        return self.of(Action.DECIDE) + (self.undecided if confirmed else 0)

    def categories_to_decide(self, *, confirmed: bool) -> tuple[str, ...]:
        """The categories of those, in order; a plan of an older release knows only what was found."""
        named = {*self.open, *(self.open_then if confirmed else ())}
        return tuple(sorted(named or self.categories))

    def surely_theirs(self, *, confirmed: bool) -> dict[str, int]:
        """The categories of the person's records; `confirmed`: those too that were to be confirmed, and were."""
        return self.categories if confirmed else dict(Counter(self.categories) - Counter(self.doubtful))

    def can_be_withheld(self, can: AbstractSet[Ability]) -> bool:
        """Whether something can be taken out of use, reversibly, before anything is erased."""
        return bool(
            (Ability.SUPPRESS in can and self.of(Action.ERASE)) or (Ability.RESTRICT in can and self.of(Action.RETAIN))
        )

    @property
    def touched(self) -> int:
        """How many records the request is about."""
        return self.records - self.of(Action.LEAVE)


def summarise(system: str, steps: Iterable[Step]) -> PlanSummary:
    """Count a page of a plan."""
    return PlanSummary.merged(
        system,
        (
            PlanSummary(
                system=system,
                actions={step.action: 1},
                categories={step.record.category: 1},
                kept=(step.kept(system),) if step.action is Action.RETAIN else (),
                undecided=int(step.then is Action.DECIDE),
                doubtful=_counted(step, step.action is Action.CONFIRM),
                open=_counted(step, step.action is Action.DECIDE),
                open_then=_counted(step, step.then is Action.DECIDE),
            )
            for step in steps
        ),
    )


def _counted(step: Step, counts: bool) -> dict[str, int]:
    return {step.record.category: 1} if counts else {}


def in_records(count: int) -> str:
    """`1 record`, `1,200 records`: how a task says how many."""
    return "1 record" if count == 1 else f"{count:,} records"
