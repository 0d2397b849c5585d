"""Which step each record gets: decided from the right, the record, the policy and the day, and nothing else."""

from collections.abc import Set as AbstractSet
from datetime import date

from dsar.data_map import Ability
from dsar.identity import Key
from dsar.legal_holds import LegalHold
from dsar.matching import Belonging, belonging
from dsar.plans import Action, Step
from dsar.policy import Category, OnDeletion, Policy
from dsar.records import Record
from dsar.requests import Right
from dsar.wish import Detail, Wish

MAY: dict[Right, frozenset[Ability]] = {
    Right.KNOW: frozenset({Ability.LOCATE, Ability.EXPORT}),
    Right.ACCESS: frozenset({Ability.LOCATE, Ability.EXPORT}),
    Right.PORTABILITY: frozenset({Ability.LOCATE, Ability.EXPORT}),
    Right.DELETE: frozenset({Ability.LOCATE, Ability.SUPPRESS, Ability.RESTRICT, Ability.ERASE}),
    Right.CORRECT: frozenset({Ability.LOCATE, Ability.RECTIFY}),
    Right.OPT_OUT: frozenset({Ability.LOCATE, Ability.SUPPRESS}),
    Right.LIMIT: frozenset({Ability.LOCATE, Ability.RESTRICT}),
    Right.WITHDRAW: frozenset({Ability.LOCATE, Ability.SUPPRESS}),
    Right.RESTRICT: frozenset({Ability.LOCATE, Ability.RESTRICT}),
    Right.OBJECT: frozenset({Ability.LOCATE, Ability.SUPPRESS, Ability.RESTRICT}),
    Right.APPEAL: frozenset(),
    Right.COMPLAINT: frozenset(),
}
"""What carrying out a right may do in a system, and nothing beside it: nobody's service, price or account changes
because they used a right (Cal. Civ. Code 1798.125). Checked before every act."""


def decide(
    right: Right,
    record: Record,
    proven: AbstractSet[Key],
    policy: Policy,
    today: date,
    *,
    confirmed: bool = False,
    wish: Wish | None = None,
    held: LegalHold | None = None,
) -> Step:
    """Plan one record.

    `proven`: the kinds of identifier known to be the person's; a match on a mere claim proves nothing.
    `confirmed`: a person has said that the record is the data subject's, although its identifiers do not.
    `held`: the legal hold that forbids to erase it, if there is one.
    Decided when the plan is made, and once more at the moment it is carried out: a lock may have come or gone.
    """
    if not confirmed and belonging(record.matched & proven) is Belonging.AMBIGUOUS:
        then = decide(right, record, proven, policy, today, confirmed=True, wish=wish, held=held).action
        why = "no identifier that is surely the person's matches"
        return Step(record=record, action=Action.CONFIRM, why=why, then=then)
    category = policy.categories.get(record.category)
    wish = wish or Wish()
    if right is Right.DELETE:
        return _deletion(record, category, today, held)
    if right is Right.OBJECT:
        return _objection(record, category)
    if right in _OF_SOME:
        return _of_some(right, record, category, wish)
    if action := _OF_ALL.get(right):
        specific = right is Right.KNOW and wish.detail is Detail.SPECIFIC
        return Step(record=record, action=Action.EXPORT if specific else action, why="asked for by the person")
    raise ValueError(f"no plan is made for the right {right}")


_OF_ALL = {
    Right.KNOW: Action.TELL,
    Right.ACCESS: Action.EXPORT,
    Right.PORTABILITY: Action.EXPORT,
    Right.CORRECT: Action.RECTIFY,
    Right.RESTRICT: Action.RESTRICT,
}
"""The rights that are about every record of the person."""

_OF_SOME = {
    Right.OPT_OUT: (Action.SUPPRESS, "sold or shared"),
    Right.LIMIT: (Action.RESTRICT, "sensitive"),
    Right.WITHDRAW: (Action.SUPPRESS, "used by the consent that is taken back"),
}
"""The rights that are about some categories only."""


def _of_some(right: Right, record: Record, category: Category | None, wish: Wish) -> Step:
    """What policy.toml does not know counts as one of them: rather once too often than used on."""
    action, what = _OF_SOME[right]
    concerned = (
        category is None
        or {
            Right.OPT_OUT: category.shared,
            Right.LIMIT: category.sensitive,
            Right.WITHDRAW: category.consent in wish.consents,
        }[right]
    )
    if concerned:
        return Step(record=record, action=action, why=what)
    return Step(record=record, action=Action.LEAVE, why=f"its category is not {what}")


def _objection(record: Record, category: Category | None) -> Step:
    """GDPR 21: against direct marketing it is absolute; against anything else the grounds are weighed."""
    if category and category.marketing:
        return Step(record=record, action=Action.SUPPRESS, why="an objection to direct marketing is absolute")
    return Step(record=record, action=Action.DECIDE, why="the person's grounds have to be weighed against ours")


def _deletion(record: Record, category: Category | None, today: date, held: LegalHold | None) -> Step:
    """Cal. Civ. Code 1798.105(d), GDPR 17(3): erased, unless a hold, a lock of the system or a law says otherwise."""
    if held:
        return Step(record=record, action=Action.RETAIN, why=f"legal hold: {held.reason}")
    lock = record.lock
    if lock and (lock.until is None or lock.until >= today):
        return Step(record=record, action=Action.RETAIN, why=lock.basis, until=lock.until)
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
