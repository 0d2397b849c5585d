"""The rights to know, of access and portability: export everywhere, encrypted, and seal one package; or only tell."""

from collections import Counter
from typing import TYPE_CHECKING

from temporalio import workflow

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.packages import PACKAGE, Pack, Packages
    from activities.systems import Systems
    from dsar.data_map import System
    from dsar.outcomes import Result, Tally
    from dsar.plans import Action
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

    async def carry_out(self) -> Result:
        """Export everywhere, then build the package from what the vault holds."""
        if self._only_categories:
            result = await self._request.everywhere(self._named)
            self._request.categories = dict(self._found())
            return result
        result = await self._request.everywhere(self._in_system)
        if result.total(OutcomeKind.EXPORTED):
            await steps.in_system(Packages.pack, self._pack(result), "Seal the package")
            self._request.package = PACKAGE
        return result

    async def put_back(self) -> None:
        """Nothing was changed."""

    async def leave(self, system: System) -> None:
        """Nor there."""

    async def after(self) -> None:
        """Nothing more: the package is kept by the aftercare."""

    @property
    def _only_categories(self) -> bool:
        """No specific pieces were asked for (Cal. Civ. Code 1798.110(a)(1))."""
        return self._case.right is Right.KNOW and self._case.wish.detail is Detail.CATEGORIES

    def _found(self) -> Counter[str]:
        plans = self._request.search.plans.values()
        return sum((Counter(plan.categories) for plan in plans), Counter[str]())

    async def _named(self, system: System) -> Tally:
        """Look what is there, and name it; who asks for categories gets no specific pieces."""
        plan = await self._request.search.in_system(system)
        told = plan.of(Action.TELL)
        return Tally(system=system.name, counts={OutcomeKind.TOLD: told} if told else {})

    async def _in_system(self, system: System) -> Tally:
        plan = await self._request.search.in_system(system)
        confirmed = await self._request.confirmed(system, plan)
        if not plan.of(Action.EXPORT) and not confirmed:
            return Tally(system=system.name)
        act = self._request.act(system, confirmed=confirmed)
        return await self._request.people.helped(
            system, lambda: steps.in_system(Systems.export, act, f"{system.title}: copy what it holds")
        )

    def _pack(self, result: Result) -> Pack:
        asked = {tally.system for tally in result.tallies}
        return Pack(
            request_id=self._case.request_id,
            right=self._case.right,
            regime=self._case.clock.regime,
            policy=self._case.policy,
            received=self._case.clock.received,
            now=workflow.now(),
            systems={system.name: system.title for system in self._case.systems},
            categories=tuple(sorted(self._found())),
            identity=self._request.search.identity,
            notes={s.name: "This system could not be asked." for s in self._case.systems if s.name not in asked},
        )
