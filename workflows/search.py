"""Looking for the person everywhere at once, with an identity that widens as systems teach us more of it.

A path may have its next act done in the same durable step: each step costs the engine more than the act costs us. Where
others wait for what this system teaches, they wait for the act as well: so only for a small one that succeeds at once.
"""

from collections.abc import Awaitable, Callable

from temporalio import workflow

from workflows import steps
from workflows.deadline import Deadline
from workflows.people import People

with workflow.unsafe.imports_passed_through():
    from activities.looking import Survey, Surveyed, Then
    from activities.systems import Systems
    from dsar.case import Case
    from dsar.data_map import Ability, System
    from dsar.identity import Identity
    from dsar.plans import PlanSummary

Look = Callable[[Systems, Survey], Awaitable[Surveyed]]

LOOKS: dict[Then, tuple[Look, str]] = {
    Then.NOTHING: (Systems.survey, "look for the person"),
    Then.EXPORT: (Systems.survey_and_export, "look for the person, and copy what it holds"),
    Then.WITHHOLD: (Systems.survey_and_withhold, "look for the person, and take out of use what it holds"),
}

SMALL = 25
"""More records than this are not acted on while others wait for what they teach."""


class Search:
    """One request's search. A system that needs an identifier waits for those that could teach it, for no others."""

    def __init__(self, case: Case, deadline: Deadline, people: People) -> None:
        self._case = case
        self._deadline = deadline
        self._people = people
        self._asking = {system.name for system in case.systems}
        self._waiting: set[str] = set()
        self.identity: Identity = case.identity
        self.plans: dict[str, PlanSummary] = {}

    async def in_system(self, system: System) -> PlanSummary:
        """Find and plan what one system holds."""
        return (await self._found(system, Then.NOTHING)).plan

    async def with_copy(self, system: System) -> Surveyed:
        """And copy it, where that can be done in the same step."""
        return await self._found(system, Then.EXPORT if Ability.EXPORT in system.can else Then.NOTHING)

    async def set_aside(self, system: System, at_most: int) -> Surveyed:
        """And take it out of use, where that can be done in the same step and there is no more than that."""
        return await self._found(system, Then.WITHHOLD, at_most)

    async def _found(self, system: System, then: Then, at_most: int | None = None) -> Surveyed:
        try:
            await self._taught(system)
            return await self._survey(system, then, at_most)
        finally:
            self._asking.discard(system.name)

    async def _taught(self, system: System) -> None:
        """Wait for what the search needs."""
        if not self._knows_enough(system):
            self._waiting.add(system.name)
        await workflow.wait_condition(lambda: self._knows_enough(system) or self._first_of_the_stuck() == system.name)
        self._waiting.discard(system.name)

    def _knows_enough(self, system: System) -> bool:
        return system.can_search(self.identity) or not self._teachers(system)

    def _first_of_the_stuck(self) -> str | None:
        """Where all that are left wait for one another, the first of them goes on with what is known."""
        if self._asking - self._waiting:
            return None
        return next((system.name for system in self._case.systems if system.name in self._waiting), None)

    async def _survey(self, system: System, then: Then, at_most: int | None) -> Surveyed:
        look, summary = LOOKS[then]
        if waited_for := self._is_waited_for(system):
            # By the name of the step that only looked: requests from when nothing was done in it go on.
            look, at_most = Systems.survey, SMALL if at_most is None else min(at_most, SMALL)

        def order() -> Survey:
            return Survey(
                owner=self._case.request_id,
                system=system.name,
                right=self._case.right,
                identity=self.identity,
                policy=self._case.policy,
                today=self._deadline.today,
                wish=self._case.wish,
                then=then,
                at_most=at_most,
                is_waited_for=waited_for,
            )

        found = await self._people.helped(system, lambda: steps.in_system(look, order(), f"{system.title}: {summary}"))
        self.identity = self.identity.widened(found.learned)
        self.plans[system.name] = found.plan
        return found

    def _is_waited_for(self, system: System) -> bool:
        """Whether it could teach what the search in another system waits for."""
        return any(
            system.learns & other.needs and not other.can_search(self.identity)
            for other in self._case.systems
            if other.name in self._asking and other.name != system.name
        )

    def _teachers(self, system: System) -> list[System]:
        """Who is still being asked and could teach what this system needs."""
        return [
            other
            for other in self._case.systems
            if other.name in self._asking and other.name != system.name and other.learns & system.needs
        ]
