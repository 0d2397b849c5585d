"""Ending a use without erasing: opting out, limiting, taking back a consent, restricting, objecting."""

from collections.abc import Sequence

from temporalio import activity

from activities.plan_work import Act, PlanWork, having, left_alone, only_if_it_may
from connectors.connector import Ability, Connector
from dsar.outcomes import Tally
from dsar.plans import Action, Step
from dsar.records import Outcome, OutcomeKind, Record
from dsar.requests import Right

IN_WORDS: dict[Right, str] = {
    Right.OPT_OUT: "See to it that this is neither sold nor shared for advertising any more.",
    Right.LIMIT: "See to it that this is used only for what the person asked us to do.",
    Right.WITHDRAW: "The consent is taken back: end the use that rested on it.",
    Right.RESTRICT: "Keep it, but see to it that it is not used until the restriction is lifted.",
    Right.OBJECT: "See to it that this is not used any more.",
}
"""What a person does where no interface can."""


class Restraints:
    """Takes records out of use; what it does can be put back by `Systems.restore`."""

    def __init__(self, work: PlanWork) -> None:
        self._work = work

    @activity.defn
    async def restrain(self, order: Act) -> Tally:
        """Take out of use what the plan suppresses, and restrict what it restricts; where no interface can, say how.

        Reversible, by `restore`. For every right that ends a use without erasing.
        """
        rule = await self._work.rule(order, order.proven, order.identity, confirmed=order.confirmed)
        connector = self._work.connector(order.system)

        async def page(_: int, steps: Sequence[Step]) -> list[Outcome]:
            now = [rule(step.record) for step in steps]
            unused, restricted = having(now, Action.SUPPRESS), having(now, Action.RESTRICT)
            if order.erase_undecided:
                restricted += having(now, Action.DECIDE)
            outcomes = {s.record.id: left_alone(s) for s in now if s.action is not Action.LEAVE}
            for ability, records, act in (
                (Ability.SUPPRESS, unused, connector.suppress),
                (Ability.RESTRICT, restricted, connector.restrict),
            ):
                if records:
                    only_if_it_may(order.right, ability)
                    can = ability in connector.can
                    done = await act(records) if can else _by_hand(connector, order.right, records)
                    outcomes |= {outcome.record_id: outcome for outcome in done}
            return list(outcomes.values())

        tally = await self._work.page_by_page(order, "restrain", page)
        await self._work.journal(order, "restrain", "out of use", tally.counts)
        return tally


def _by_hand(connector: Connector, right: Right, records: Sequence[Record]) -> list[Outcome]:
    """What no interface can take out of use, a person does."""
    return [
        Outcome(
            record_id=record.id,
            kind=OutcomeKind.NEEDS_PERSON,
            instructions=connector.manually(record, IN_WORDS[right]),
        )
        for record in records
    ]
