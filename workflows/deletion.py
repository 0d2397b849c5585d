"""The right to deletion, as a saga in each system: withhold (can be put back), pivot, erase (forward only), check."""

import asyncio
from typing import TYPE_CHECKING

from temporalio import workflow

from workflows import steps
from workflows.fanout import insisted

with workflow.unsafe.imports_passed_through():
    from activities.plan_work import Act
    from activities.systems import REVERSIBLE, Systems
    from dsar.case import State, TaskKind, TaskState
    from dsar.data_map import System
    from dsar.outcomes import Result, Tally
    from dsar.plans import PlanSummary, in_records
    from dsar.records import OutcomeKind
    from dsar.suppression import Scope

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Deletion:
    """Cal. Civ. Code 1798.105; GDPR 17. Nothing irreversible before proof, approval, and the hold of the policy."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case
        self._hold_over = False
        self._withheld: dict[str, tuple[System, Act]] = {}

    async def carry_out(self) -> Result:
        """Erase everywhere; each system goes its own pace."""
        hold = asyncio.create_task(self._hold())
        try:
            result = await self._request.everywhere(self._in_system)
        finally:
            hold.cancel()
        await self._request.suppress(Scope.ERASED)
        return result

    async def put_back(self) -> None:
        """Undo every step that can be undone, last first; a system that is down keeps only itself waiting."""
        await asyncio.gather(*(self.leave(system) for system, _ in reversed(self._withheld.values())))

    async def leave(self, system: System) -> None:
        """Put back what was withheld in a system, unless erasing has begun there."""
        if system.name not in self._withheld:
            return
        _, act = self._withheld.pop(system.name)
        await insisted(
            self._request.people,
            system,
            lambda: steps.in_system(Systems.restore, act, f"{system.title}: put back as it was"),
        )

    async def after(self) -> None:
        """Nothing more: what is kept and what was only accepted is the aftercare's."""

    async def _in_system(self, system: System) -> Tally:
        plan, is_withheld = await self._found(system)
        if not plan.records:
            return Tally(system=system.name)
        act = await self._answered(system, plan)
        if plan.can_be_withheld(system.can) and not is_withheld:
            self._withheld[system.name] = system, act  # before the step: killed half-way, it is put back all the same
            await self._request.people.helped(
                system, lambda: steps.in_system(Systems.withhold, act, f"{system.title}: take out of use")
            )
        await workflow.wait_condition(lambda: self._hold_over)
        self._request.pass_pivot()
        self._withheld.pop(system.name, None)
        tally = await self._request.people.helped(
            system, lambda: steps.in_system(Systems.erase, act, f"{system.title}: erase, and look again")
        )
        return await self._by_hand(system, act, tally) if tally.of(OutcomeKind.NEEDS_PERSON) else tally

    async def _found(self, system: System) -> tuple[PlanSummary, bool]:
        """What there is, and whether it is out of use already: at once, where nobody has to be asked anything first."""
        terms = self._case.terms
        if terms.approve_every_erasure or not system.can & REVERSIBLE:
            return await self._request.search.in_system(system), False
        self._withheld[system.name] = system, self._request.act(system, confirmed=False)  # before the step, as below
        found = await self._request.search.set_aside(system, terms.approve_above_records)
        if not found.withheld:  # what failed half-way is tried again before anything else is waited for
            self._withheld.pop(system.name, None)
        return found.plan, found.withheld

    async def _answered(self, system: System, plan: PlanSummary) -> Act:
        """Ask people what the plan leaves open; the order as they decided."""
        terms = self._case.terms
        confirmed = await self._request.confirmed(system, plan)
        undecided = False
        if count := plan.to_decide(confirmed=confirmed):
            words = (
                f"The policy leaves open what becomes of {in_records(count)} of the person's in {system.title}.\n"
                f"Of these categories: {', '.join(plan.categories_to_decide(confirmed=confirmed))}.\n"
                f"See them:  python starter.py plan {self._case.request_id} {system.name}\n"
                "done = erase them; exception = keep them, and the person is told."
            )
            task = await self._request.people.ask(TaskKind.DECIDE, system, f"Decide in {system.title}", words)
            undecided = task.state is TaskState.DONE
        if terms.approve_every_erasure or plan.records > terms.approve_above_records:
            words = (
                f"The plan for {system.title} touches {in_records(plan.records)}: {_in_words(plan)}.\n"
                "done = let it run; exception = leave this system out, and the person is told."
            )
            task = await self._request.people.ask(TaskKind.APPROVE, system, f"Approve for {system.title}", words)
            if task.state is not TaskState.DONE:
                self._request.fanout.give_up(system)
        return self._request.act(system, confirmed=confirmed, erase_undecided=undecided)

    async def _by_hand(self, system: System, act: Act, tally: Tally, left: int = 0) -> Tally:
        """What no interface can erase: a person does it, and where the system can be read it is looked for again."""
        again = (f"Looked for again, and not gone yet: {left}.",) if left else ()
        words = "\n\n".join((*again, *tally.instructions))
        task = await self._request.people.ask(TaskKind.ACT, system, f"Erase by hand in {system.title}", words)
        if task.state is TaskState.EXCEPTION:
            refused = tally.recounted(OutcomeKind.NEEDS_PERSON, OutcomeKind.REFUSED)
            why = "a person could not erase it there"
            return refused.model_copy(update={"reasons": (*refused.reasons, why), "instructions": ()})
        seen = await self._request.people.helped(
            system, lambda: steps.in_system(Systems.check, act, f"{system.title}: look whether it is gone")
        )
        left = seen.of(OutcomeKind.REFUSED)
        if left:
            return await self._by_hand(system, act, tally, left)
        after = OutcomeKind.NOT_FOUND if task.state is TaskState.NOT_FOUND else OutcomeKind.ERASED
        stays = 0 if task.state is TaskState.NOT_FOUND else seen.of(OutcomeKind.SUPPRESSED)  # no hand takes it away
        told = tally.recounted(OutcomeKind.NEEDS_PERSON, OutcomeKind.REFUSED, stays)
        reasons = (*tally.reasons, *seen.reasons) if stays else tally.reasons
        gone = told.recounted(OutcomeKind.NEEDS_PERSON, after)
        return gone.model_copy(update={"reasons": reasons, "instructions": ()})

    async def _hold(self) -> None:
        """The last chance to cancel."""
        hold = self._case.terms.hold_before_erasure
        if hold:
            self._request.stand(State.ON_HOLD)
            await workflow.sleep(hold, summary="The last chance to cancel, before anything is erased")
            self._request.stand(State.IN_PROGRESS)
        self._hold_over = True


def _in_words(plan: PlanSummary) -> str:
    return ", ".join(f"{count} to {action}" for action, count in sorted(plan.actions.items()))
