"""What a hold orders a system to erase, and what is left of it: promised is not erased, and is looked at again.

What only a person can erase is theirs to do, and looked for once they say that it is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from activities.erasing import erased
from connectors.connector import Connector
from dsar.plans import Action, Step
from dsar.records import Outcome, OutcomeKind

THERE = frozenset({OutcomeKind.RETAINED, OutcomeKind.NEEDS_PERSON, OutcomeKind.REFUSED})


@dataclass(frozen=True)
class Left:
    """What is not gone, and how a person erases what only they can. Personal data."""

    steps: list[Step]
    instructions: tuple[str, ...] = ()


def is_promised(step: Step) -> bool:
    """Whether the system took the order already; `until` is then the day on which it should have finished."""
    return step.action is Action.ERASE


def is_by_hand(step: Step) -> bool:
    """Whether only a person can erase it."""
    return step.action is Action.DECIDE


def is_waited_for(step: Step, today: date) -> bool:
    """Whether a promise is not due yet."""
    return is_promised(step) and step.until is not None and step.until >= today


async def carried_out(connector: Connector, steps: Sequence[Step], today: date, *, done_by_hand: bool = False) -> Left:
    """Erase what these steps keep; what is not gone.

    What was promised is looked at, and ordered again only where it is still there. A system that can no more say when
    it will be done than whether it is has given its word, and that stands. So does a person's, with `done_by_hand`.

    Raises:
        TryLater: the system still has what it said is gone. Orders may be repeated.
    """
    promises = [step for step in steps if is_promised(step)]
    records = [step.record for step in promises]
    seen = dict(zip([r.id for r in records], await connector.look_again(records) if records else [], strict=True))
    handled = [step.record for step in steps if is_by_hand(step)] if done_by_hand else []
    seen |= dict(zip([r.id for r in handled], await connector.check(handled) if handled else [], strict=True))
    left = [
        _promised(step, seen[step.record.id], today)
        for step in promises
        if _is_promised_anew(seen[step.record.id], today)
    ]
    still = {record_id for record_id, outcome in seen.items() if outcome.kind is OutcomeKind.REFUSED}
    ordered = [step for step in steps if step.record.id not in seen or step.record.id in still]
    outcomes = await erased(connector, [step.record for step in ordered])
    for step in ordered:
        outcome = outcomes[step.record.id]
        if outcome.kind is OutcomeKind.ACCEPTED:
            left.append(_promised(step, outcome, today))
        elif outcome.kind in THERE:
            left.append(_kept(step, outcome))
    return Left(left, tuple(each.instructions for each in outcomes.values() if each.instructions))


def _is_promised_anew(outcome: Outcome, today: date) -> bool:
    again = outcome.check_after is not None and outcome.check_after.date() >= today
    return outcome.kind is OutcomeKind.ACCEPTED and again


def _promised(step: Step, outcome: Outcome, today: date) -> Step:
    """Looked at when the system should have finished, and not twice in a day: it may be late without end."""
    due = max(outcome.check_after.date(), today) if outcome.check_after else None
    return step.model_copy(update={"action": Action.ERASE, "until": due})


def _kept(step: Step, outcome: Outcome) -> Step:
    action = Action.DECIDE if outcome.kind is OutcomeKind.NEEDS_PERSON else Action.RETAIN
    return step.model_copy(update={"action": action, "until": outcome.until, "why": outcome.basis or step.why})
