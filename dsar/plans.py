"""What is to be done with each record: decided from the right, the record, the policy and the day, and nothing else."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from enum import StrEnum

from dsar.data_map import Ability
from dsar.frozen import Frozen
from dsar.identity import Key
from dsar.matching import Belonging, belonging
from dsar.policy import OnDeletion, Policy
from dsar.records import Outcome, OutcomeKind, Record
from dsar.requests import Right


class Action(StrEnum):
    """What a plan says of one record."""

    EXPORT = "export"
    ERASE = "erase"
    RETAIN = "retain"
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

    @property
    def records(self) -> int:
        """How many records were located."""
        return sum(self.actions.values())

    @classmethod
    def merged(cls, system: str, pages: Iterable["PlanSummary"]) -> "PlanSummary":
        """One summary of a plan's pages."""
        actions: Counter[Action] = Counter()
        categories: Counter[str] = Counter()
        kept: Counter[tuple[str, str, date | None]] = Counter()
        for page in pages:
            actions.update(page.actions)
            categories.update(page.categories)
            kept.update({(k.category, k.basis, k.until): k.records for k in page.kept})
        return cls(
            system=system,
            actions=dict(actions),
            categories=dict(categories),
            kept=tuple(
                Kept(system=system, category=category, basis=basis, until=until, records=records)
                for (category, basis, until), records in kept.items()
            ),
        )

    def of(self, action: Action) -> int:
        """How many records are planned so."""
        return self.actions.get(action, 0)

    def can_be_withheld(self, can: AbstractSet[Ability]) -> bool:
        """Whether something can be taken out of use, reversibly, before anything is erased."""
        return bool(
            (Ability.SUPPRESS in can and self.of(Action.ERASE)) or (Ability.RESTRICT in can and self.of(Action.RETAIN))
        )


def decide(
    right: Right, record: Record, proven: AbstractSet[Key], policy: Policy, today: date, *, confirmed: bool = False
) -> Step:
    """Plan one record.

    `proven`: the kinds of identifier known to be the person's; a match on a mere claim proves nothing.
    `confirmed`: a person has said that the record is the data subject's, although its identifiers do not.
    Decided when the plan is made, and once more at the moment it is carried out: a lock may have come or gone.
    """
    if not confirmed and belonging(record.matched & proven) is Belonging.AMBIGUOUS:
        return Step(record=record, action=Action.CONFIRM, why="no identifier that is surely the person's matches")
    match right:
        case Right.ACCESS | Right.PORTABILITY:
            return Step(record=record, action=Action.EXPORT, why="the person's own data")
        case Right.DELETE:
            return _deletion(record, policy, today)
        case _:
            raise ValueError(f"no plan is made for the right {right}")


def _deletion(record: Record, policy: Policy, today: date) -> Step:
    """Cal. Civ. Code 1798.105(d), GDPR 17(3): erased, unless a lock of the system or a law says otherwise."""
    lock = record.lock
    if lock and (lock.until is None or lock.until >= today):
        return Step(record=record, action=Action.RETAIN, why=lock.basis, until=lock.until)
    category = policy.categories.get(record.category)
    if category is None:
        return Step(record=record, action=Action.DECIDE, why="policy.toml does not know this category")
    match category.on_deletion:
        case OnDeletion.ERASE:
            return Step(record=record, action=Action.ERASE, why="asked for by the person")
        case OnDeletion.ASK:
            return Step(record=record, action=Action.DECIDE, why=category.basis or "policy.toml asks a person")
        case OnDeletion.RETAIN:
            until = category.kept_until(record.dates)
            if until is None:
                return Step(record=record, action=Action.DECIDE, why=f"its {category.anchor} date is not known")
            if until < today:
                return Step(record=record, action=Action.ERASE, why="its retention period is over")
            return Step(record=record, action=Action.RETAIN, why=category.basis, until=until)


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
            )
            for step in steps
        ),
    )
