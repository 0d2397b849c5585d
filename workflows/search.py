"""Looking for the person everywhere at once, with an identity that widens as systems teach us more of it."""

from temporalio import workflow

from workflows import steps
from workflows.deadline import Deadline
from workflows.people import People

with workflow.unsafe.imports_passed_through():
    from activities.systems import Survey, Systems
    from dsar.case import Case
    from dsar.data_map import System
    from dsar.identity import Identity
    from dsar.plans import PlanSummary


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
        try:
            await self._taught(system)
            return await self._survey(system)
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

    async def _survey(self, system: System) -> PlanSummary:
        def order() -> Survey:
            return Survey(
                owner=self._case.request_id,
                system=system.name,
                right=self._case.right,
                identity=self.identity,
                policy=self._case.policy,
                today=self._deadline.today,
                wish=self._case.wish,
            )

        found = await self._people.helped(
            system, lambda: steps.in_system(Systems.survey, order(), f"{system.title}: look for the person")
        )
        self.identity = self.identity.widened(found.learned)
        self.plans[system.name] = found.plan
        return found.plan

    def _teachers(self, system: System) -> list[System]:
        """Who is still being asked and could teach what this system needs."""
        return [
            other
            for other in self._case.systems
            if other.name in self._asking and other.name != system.name and other.learns & system.needs
        ]
