"""The right to correction, as a saga: corrected everywhere, or put back everywhere."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio import workflow

from workflows import steps
from workflows.fanout import insisted

with workflow.unsafe.imports_passed_through():
    from activities.corrections import Corrections
    from activities.plan_work import Act
    from dsar.case import TaskKind, TaskState
    from dsar.correction import disputed
    from dsar.data_map import System
    from dsar.identity import Key
    from dsar.outcomes import Result, Tally
    from dsar.plans import Action
    from dsar.records import OutcomeKind

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest

NOT_THERE = "it could not be corrected in every system, so it was left as it was in all of them"


class Correction:
    """Cal. Civ. Code 1798.106; GDPR 16."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case
        self._acts: dict[str, tuple[System, Act]] = {}
        self._by_hand: set[str] = set()

    async def carry_out(self) -> Result:
        """A person looks at it, then it is made everywhere; where one system fails, it is taken back in all."""
        refused = await self._refused()
        if refused:
            return Result(refused=refused)
        result = await self._request.everywhere(self._in_system)
        if result.unreached or result.total(OutcomeKind.REFUSED):
            await self.put_back()
            return Result(refused=f"{NOT_THERE}: {', '.join(result.unreached) or _where(result)}")
        if workflow.patched("address-moved"):
            await self._request.cooling_off.address_moved(tuple(self._acts))
        return result

    async def put_back(self) -> None:
        """Every record says again what it said, in every system."""
        await asyncio.gather(*(self.leave(system) for system, _ in tuple(self._acts.values())))

    async def leave(self, system: System) -> None:
        """Put the old values back in one system."""
        if system.name not in self._acts:
            return
        _, act = self._acts.pop(system.name)
        if system.name in self._by_hand:
            words = "The correction is taken back everywhere: let the records there say again what they said before."
            await self._request.people.ask(TaskKind.ACT, system, f"Put back by hand in {system.title}", words)
        await insisted(
            self._request.people,
            system,
            lambda: steps.in_system(Corrections.put_back, act, f"{system.title}: put the old values back"),
        )

    async def after(self) -> None:
        """Corrected data must stay corrected (11 CCR 7023(k)): looked at again, and a person told if it did not."""
        if not self._acts:
            return
        await workflow.sleep(self._kept(), summary="Then look whether it stayed corrected")
        await asyncio.gather(*(self._look_again(system, act) for system, act in self._acts.values()))

    def _kept(self) -> timedelta:
        """What was there before is known here for as long as a copy would be held for it."""
        terms = self._case.terms
        if Key.EMAIL in disputed(self._case.wish.changes):
            return max(terms.recheck_correction, terms.cooling_off)
        return terms.recheck_correction

    async def _refused(self) -> str:
        """Whether it is right is for a person to say (11 CCR 7023(b)); the reason, where it is not."""
        asked = "\n".join(f"  {change.field}: {change.value}" for change in self._case.wish.changes)
        words = (
            f"The person says that this is what their records should say:\n{asked}\n"
            f"{self._case.wish.statement}\n"
            "done = correct it everywhere; exception = it is refused: say why in the note, the person reads it."
        )
        task = await self._request.people.ask(TaskKind.JUDGE, None, "Is the correction right?", words)
        return "" if task.state is TaskState.DONE else task.note

    async def _in_system(self, system: System) -> Tally:
        plan = await self._request.search.in_system(system)
        confirmed = await self._request.confirmed(system, plan)
        if not plan.of(Action.RECTIFY) and not confirmed:
            return Tally(system=system.name)
        act = self._request.act(system, confirmed=confirmed)
        self._acts[system.name] = system, act  # before the step: killed half-way, it is put back all the same
        tally = await self._request.people.helped(
            system, lambda: steps.in_system(Corrections.rectify, act, f"{system.title}: correct")
        )
        ended = await self._request.people.by_hand(
            system, tally, f"Correct by hand in {system.title}", OutcomeKind.RECTIFIED, "a person could not correct it"
        )
        if ended.of(OutcomeKind.RECTIFIED) > tally.of(OutcomeKind.RECTIFIED):
            self._by_hand.add(system.name)
        return ended

    async def _look_again(self, system: System, act: Act) -> None:
        now = act.model_copy(update={"today": self._request.deadline.today})
        reverted = await insisted(
            self._request.people,
            system,
            lambda: steps.in_system(Corrections.look_again, now, f"{system.title}: has it stayed corrected?"),
        )
        if reverted.records:
            words = (
                f"{reverted.records} records in {system.title} say something else again: something writes there.\n"
                "Find out what (an import, a sync), correct it at its source and here, then: done."
            )
            await self._request.people.ask(TaskKind.ACT, system, f"{system.title}: a correction was undone", words)


def _where(result: Result) -> str:
    return ", ".join(tally.system for tally in result.tallies if tally.of(OutcomeKind.REFUSED))
