"""Looking for the person in one system, page by page, and planning what is found. Changes nothing there."""

from enum import StrEnum

from activities.heartbeat import heartbeating
from activities.pages import PlanPage, PlanPages, worth_keeping
from activities.plan_work import Order, PlanWork, Rule
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key
from dsar.matching import Belonging, belonging
from dsar.outcomes import Tally
from dsar.plans import PlanSummary, summarise
from dsar.records import Located


class Then(StrEnum):
    """What is done with what is found, in the same step where that can be."""

    NOTHING = ""
    EXPORT = "export"
    WITHHOLD = "withhold"


class Survey(Order):
    """Look for the person in one system and plan each record found."""

    identity: Identity
    then: Then = Then.NOTHING
    at_most: int | None = None
    """With more records than this, nothing but looking is done in the same step."""
    is_waited_for: bool = False
    """Others wait for what is learned here: what is not done at once beside it is left to a step of its own."""


class Surveyed(Frozen):
    """What was found, and what it teaches of who the person is; then what was done with it in the same step."""

    plan: PlanSummary
    learned: tuple[Identifier, ...] = ()
    withheld: bool = False
    copied: Tally | None = None


class Looking:
    """A system's search."""

    def __init__(self, work: PlanWork) -> None:
        self._work = work

    async def look(self, order: Survey, pages: PlanPages) -> Surveyed:
        """Find every record of the person and plan it; pages that were found before are taken over."""
        rule = await self._work.rule(order, order.identity.proven_kinds, order.identity)
        found: list[PlanSummary] = []
        learned: list[Identifier] = []

        def count(page: PlanPage) -> None:
            found.append(summarise(order.system, page.steps))
            learned.extend(page.learned)

        cursor: str | None = None
        number = 0
        gathered: list[PlanPage] = []
        async with heartbeating() as beat:
            async for done in pages.all():
                count(done)
                cursor, number = done.cursor, number + 1
            while cursor is not None or not found:
                gathered.append(await self._found(order, rule, cursor))
                cursor = gathered[-1].cursor
                if worth_keeping(gathered, number):
                    page = PlanPage.gathered(gathered)
                    if number or page != PlanPage():  # what holds nothing is simply asked again by a repeat
                        await pages.keep(number, page)
                    beat(number)
                    count(page)
                    gathered, number = [], number + 1
        plan = PlanSummary.merged(order.system, found)
        return Surveyed(plan=plan, learned=Identity(identifiers=()).widened(learned).identifiers)

    async def _found(self, order: Survey, rule: Rule, cursor: str | None) -> PlanPage:
        found = await self._work.connector(order.system).locate(order.identity.to_search(), cursor)
        return PlanPage(
            steps=tuple(rule(record) for record in found.records),
            learned=_trusted(found, order.identity.proven_kinds, order.system),
            cursor=found.cursor,
        )


def _trusted(found: Located, proven: frozenset[Key], system: str) -> tuple[Identifier, ...]:
    """What a page teaches: proven only if every record on it is surely the person's."""
    sure = bool(found.records) and all(belonging(r.matched & proven) is Belonging.YES for r in found.records)
    return tuple(i.model_copy(update={"source": system, "proven": sure}) for i in found.learned)
