"""Ending a use without erasing: opt-out, limit, withdrawal of consent, restriction, objection. All of it reversible."""

import asyncio
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.fanout import insisted

with workflow.unsafe.imports_passed_through():
    from activities.letter_orders import Lift
    from activities.letters import Letters
    from activities.plan_work import Act
    from activities.restraints import Restraints
    from activities.systems import Systems
    from dsar.case import TaskKind, TaskState
    from dsar.data_map import System
    from dsar.frozen import Frozen
    from dsar.outcomes import Result, Tally
    from dsar.plans import PlanSummary, in_records
    from dsar.records import OutcomeKind
    from dsar.requests import Right
    from dsar.suppression import Scope

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest

SCOPE: dict[Right, Scope] = {
    Right.OPT_OUT: Scope.SHARING,
    Right.LIMIT: Scope.SENSITIVE,
    Right.WITHDRAW: Scope.MARKETING,
    Right.OBJECT: Scope.MARKETING,
    Right.RESTRICT: Scope.RESTRICTED,
}
"""What is kept in mind of the person, so that the use does not begin again; of a restriction, until it is lifted."""


KEEPING = frozenset({Right.RESTRICT, Right.LIMIT})
"""Rights by which records are kept and not used; by the others a use ends."""


class Lifting(Frozen):
    """Order of the privacy lead: the restriction ends. The reason is told to the person first."""

    by: str
    reason: str


class Restraint:
    """Cal. Civ. Code 1798.120, 1798.121; GDPR 7(3), 18, 21."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case
        self._acts: dict[str, tuple[System, Act]] = {}
        self._by_hand: set[str] = set()
        self._lifted: Lifting | None = None

    async def carry_out(self) -> Result:
        """End the use everywhere."""
        result = await self._request.everywhere(self._in_system)
        if scope := SCOPE.get(self._case.right):
            await self._request.suppress(scope)
        return result

    async def put_back(self) -> None:
        """Use it again, as it was used before, last first; a system that is down keeps only itself waiting."""
        systems = [system for system, _ in reversed(self._acts.values())]
        if len(systems) > 1 and workflow.patched("put-back-at-once"):
            await asyncio.gather(*map(self.leave, systems))
            return
        for system in systems:
            await self.leave(system)

    async def leave(self, system: System) -> None:
        """Put back what was taken out of use in one system."""
        if system.name not in self._acts:
            return
        _, act = self._acts.pop(system.name)
        await insisted(
            self._request.people,
            system,
            lambda: steps.in_system(Systems.restore, act, f"{system.title}: put back as it was"),
        )

    async def after(self) -> None:
        """A restriction lasts until it is lifted, and the person is told before that (GDPR 18(3))."""
        if self._case.right is not Right.RESTRICT or not self._acts:
            return
        await workflow.wait_condition(lambda: self._lifted is not None)
        await self.put_back()
        await self._request.unsuppress(Scope.RESTRICTED)
        await self._request.record("lifted", "restriction lifted")
        if self._by_hand and workflow.patched("lifted-by-hand-too"):
            await self._undone_by_hand()

    async def _undone_by_hand(self) -> None:
        """Whoever kept something unused learns that it may be used: nobody else would tell them."""
        where = "\n".join(f"- {system.title}" for system in self._case.systems if system.name in self._by_hand)
        words = (
            f"The restriction has ended. What people did by hand to keep data unused is still so, in:\n{where}\n"
            "Undo it there, but for what the person has chosen themselves since.\n"
            "done = undone; not_found = there was nothing to undo; exception = it stays as it is."
        )
        await self._request.people.ask(TaskKind.ACT, None, "Undo by hand what kept data unused", words)

    async def lift(self, lifting: Lifting) -> None:
        """Tell the person, then end the restriction."""
        order = Lift(**self._request.recipient().model_dump(), reason=lifting.reason)
        await steps.outside(Letters.announce_lift, order, "Tell the person that the restriction will end")
        self._lifted = lifting

    def check_lift(self, lifting: Lifting) -> None:
        """Refuse to lift what does not stand."""
        if self._case.right is not Right.RESTRICT or not self._request.answered or not self._acts:
            raise ApplicationError("there is no restriction in force to be lifted", type="NoRestriction")
        if self._lifted:
            raise ApplicationError("the restriction is being lifted already", type="NoRestriction")
        if not lifting.reason.strip():
            raise ApplicationError("say why the restriction ends; the person is told it", type="NoRestriction")

    async def _in_system(self, system: System) -> Tally:
        plan = await self._request.search.in_system(system)
        if not plan.touched:
            return Tally(system=system.name)
        act = await self._answered(system, plan)
        self._acts[system.name] = system, act  # before the step: killed half-way, it is put back all the same
        tally = await self._request.people.helped(
            system, lambda: steps.in_system(Restraints.restrain, act, f"{system.title}: end the use")
        )
        after = OutcomeKind.RESTRICTED if self._case.right in KEEPING else OutcomeKind.SUPPRESSED
        told = await self._request.people.by_hand(
            system, tally, f"End the use in {system.title} by hand", after, "a person could not end the use there"
        )
        if told.of(after) > tally.of(after):
            self._by_hand.add(system.name)
        return told

    async def _answered(self, system: System, plan: PlanSummary) -> Act:
        """Ask people what the plan leaves open; the order as they decided."""
        confirmed = await self._request.confirmed(system, plan)
        against = False
        if count := plan.to_decide(confirmed=confirmed):
            words = (
                f"The person objects to the use of {in_records(count)} in {system.title}.\n"
                f"Of these categories: {', '.join(plan.categories_to_decide(confirmed=confirmed))}.\n"
                f"Their grounds: {self._case.wish.statement or 'none given'}\n"
                "done = the use ends; exception = our grounds are compelling and outweigh theirs, and they are told."
            )
            task = await self._request.people.ask(TaskKind.DECIDE, system, f"Objection: {system.title}", words)
            against = task.state is TaskState.DONE
        return self._request.act(system, confirmed=confirmed, erase_undecided=against)
