"""The rights to know, of access and portability: export everywhere, encrypted, and seal one package; or only tell."""

from collections import Counter
from typing import TYPE_CHECKING

from temporalio import workflow

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.packages import PACKAGE, Pack, Packages
    from activities.systems import Systems
    from dsar.case import TaskKind
    from dsar.data_map import Ability, System
    from dsar.outcomes import Result, Tally
    from dsar.plans import Action, PlanSummary
    from dsar.records import OutcomeKind
    from dsar.requests import Right
    from dsar.wish import Detail

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Access:
    """Cal. Civ. Code 1798.110; GDPR 15 and 20. Reads only."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case
        self._by_hand: set[str] = set()
        self._confirmed: set[str] = set()
        self._withheld = 0

    async def carry_out(self) -> Result:
        """Export everywhere, then build the package from what the vault holds."""
        if self._only_categories:
            result = await self._request.everywhere(self._named)
            self._request.categories = dict(self._found(result))
            return result
        result = await self._request.everywhere(self._in_system)
        if result.total(OutcomeKind.EXPORTED):
            sealed = await steps.in_system(Packages.pack, self._pack(result), "Seal the package")
            self._withheld = sum(sealed.withheld.values())
            self._request.package = PACKAGE
        return result

    async def put_back(self) -> None:
        """Nothing was changed."""

    async def leave(self, system: System) -> None:
        """Nor there."""

    async def after(self) -> None:
        """Files that could not go as they are: the report said that a person looks at them, and one does."""
        if not self._withheld:
            return
        words = (
            f"{self._withheld} files were left out of the package: something in them may not leave or cannot be read.\n"
            f"See which and why:  python starter.py withheld {self._case.request_id}\n"
            "Take out what may not leave, and send the person the rest the way you reach them safely.\n"
            "done = sent; not_found = nothing in them is the person's; exception = they cannot be sent."
        )
        await self._request.people.ask(TaskKind.ACT, None, "Look at the files that were left out", words)

    @property
    def _only_categories(self) -> bool:
        """No specific pieces were asked for (Cal. Civ. Code 1798.110(a)(1))."""
        return self._case.right is Right.KNOW and self._case.wish.detail is Detail.CATEGORIES

    def _found(self, result: Result) -> Counter[str]:
        """The categories of what there is; a system that only a person can look into counts once they found it."""
        plans = self._request.search.plans
        there = [t.system for t in result.tallies if t.of(OutcomeKind.TOLD) or t.of(OutcomeKind.EXPORTED)]
        theirs = (plans[name].surely_theirs(confirmed=name in self._confirmed) for name in there)
        return sum(map(Counter, theirs), Counter[str]())

    async def _named(self, system: System) -> Tally:
        """Look what is there, and name it; who asks for categories gets no specific pieces."""
        plan = await self._request.search.in_system(system)
        asks = plan.of(Action.CONFIRM) and workflow.patched("categories-are-confirmed")
        confirmed = await self._asked_whose(system, plan) if asks else False
        told = plan.of(Action.TELL) + (plan.of(Action.CONFIRM) if confirmed else 0)
        if not told:
            return Tally(system=system.name)
        if Ability.EXPORT not in system.can:
            return await self._by_person(system, await self._export(system, confirmed=confirmed))
        return Tally(system=system.name, counts={OutcomeKind.TOLD: told})

    async def _in_system(self, system: System) -> Tally:
        found = await self._request.search.with_copy(system)
        if found.copied:
            return found.copied
        plan = found.plan
        confirmed = await self._asked_whose(system, plan)
        if not plan.of(Action.EXPORT) and not confirmed:
            return Tally(system=system.name)
        return await self._by_person(system, await self._export(system, confirmed=confirmed))

    async def _asked_whose(self, system: System, plan: PlanSummary) -> bool:
        """Whether a person says that what is in doubt there is the person's."""
        confirmed = await self._request.confirmed(system, plan)
        if confirmed:
            self._confirmed.add(system.name)
        return confirmed

    async def _export(self, system: System, *, confirmed: bool) -> Tally:
        act = self._request.act(system, confirmed=confirmed)
        return await self._request.people.helped(
            system, lambda: steps.in_system(Systems.export, act, f"{system.title}: copy what it holds")
        )

    async def _by_person(self, system: System, tally: Tally) -> Tally:
        """What no interface shows, a person looks for; what they find goes to whoever asked beside the package."""
        if not tally.of(OutcomeKind.NEEDS_PERSON):
            return tally
        self._by_hand.add(system.name)
        title, failed = f"Look for the person in {system.title}", "a person could not look there"
        return await self._request.people.by_hand(system, tally, title, OutcomeKind.TOLD, failed)

    def _pack(self, result: Result) -> Pack:
        asked = {tally.system for tally in result.tallies}
        by_hand = Result(tallies=tuple(tally for tally in result.tallies if tally.system in self._by_hand))
        notes = {s.name: "This system could not be asked." for s in self._case.systems if s.name not in asked}
        for tally in result.tallies:
            if tally.system in self._by_hand and tally.of(OutcomeKind.TOLD):
                notes[tally.system] = "A person copied what is here; it comes to you beside this package."
        return Pack(
            request_id=self._case.request_id,
            right=self._case.right,
            regime=self._case.clock.regime,
            policy=self._case.policy,
            received=self._case.clock.received,
            now=workflow.now(),
            systems={system.name: system.title for system in self._case.systems},
            categories=tuple(sorted(self._found(by_hand))),
            identity=self._request.search.identity,
            notes=notes,
        )
