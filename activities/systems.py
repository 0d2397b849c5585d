"""What is done in a system of record: survey, export, withhold, restore, erase, check. Each resumes at its page."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from temporalio import activity

from activities.copying import Copying
from activities.erasing import erased
from activities.heartbeat import heartbeating
from activities.looking import Looking, Survey, Surveyed, Then
from activities.pages import PlanPages, outcome_pages, plan_pages
from activities.plan_work import Act, Order, PlanWork, having, left_alone, only_if_it_may
from connectors.connector import Ability, ConnectorError, TryLater
from dsar.outcomes import Tally
from dsar.plans import Action, PlanSummary, Step
from dsar.records import Outcome, OutcomeKind, Record
from dsar.requests import Right

REVERSIBLE = frozenset({Ability.SUPPRESS, Ability.RESTRICT})

AT_ONCE_SECONDS = 5.0
"""What takes longer than this is not done while others wait for what the system teaches."""

DONE = {"withhold": "withheld", "export": "exported"}
"""What the journal calls a step that went well."""


ENDED_BY = {
    Action.SUPPRESS: Ability.SUPPRESS,
    Action.RESTRICT: Ability.RESTRICT,
    Action.DECIDE: Ability.RESTRICT,
    Action.CONFIRM: Ability.RESTRICT,
}
"""By what a use was ended, where a right ends one."""


class Systems:
    """The systems of record."""

    def __init__(self, work: PlanWork, at_once_seconds: float = AT_ONCE_SECONDS) -> None:
        self._work = work
        self._vault = work.vault
        self._looking = Looking(work)
        self._copying = Copying(work)
        self._at_once_seconds = at_once_seconds

    @activity.defn
    async def survey(self, order: Survey) -> Surveyed:
        """Find every record of the person and plan it; then what the order says, as the two below do."""
        match order.then:
            case Then.EXPORT:
                return await self.survey_and_export(order)
            case Then.WITHHOLD:
                return await self.survey_and_withhold(order)
        found = await self._looking.look(order, self._plan(order))
        await self._located(order, found.plan)
        return found

    @activity.defn
    async def survey_and_export(self, order: Survey) -> Surveyed:
        """Find and plan, and copy at once what is surely the person's: reading needs nobody's leave.

        Where a person is asked first whose the records are, only the plan comes back.
        """
        plan = self._plan(order)
        found = await self._looking.look(order, plan)
        if found.plan.of(Action.CONFIRM) or not found.plan.of(Action.EXPORT) or _is_too_much(order, found.plan):
            await self._located(order, found.plan)
            return found
        copied = await self._then(order, found.plan, "export", lambda: self._copying.copied(_carrying_out(order), plan))
        return found.model_copy(update={"copied": copied})

    @activity.defn
    async def survey_and_withhold(self, order: Survey) -> Surveyed:
        """Find and plan, and take it out of use at once, reversibly, where the plan leaves nothing to a person."""
        plan = self._plan(order)
        found = await self._looking.look(order, plan)
        asks = found.plan.of(Action.CONFIRM) or found.plan.of(Action.DECIDE) or _is_too_much(order, found.plan)
        if asks or not found.plan.can_be_withheld(self._work.connector(order.system).can):
            await self._located(order, found.plan)
            return found
        withheld = await self._then(order, found.plan, "withhold", lambda: self._withheld(_carrying_out(order), plan))
        return found.model_copy(update={"withheld": withheld is not None})

    def _plan(self, order: Order) -> PlanPages:
        return plan_pages(self._vault, order.owner, order.system)

    async def _located(self, order: Order, plan: PlanSummary) -> None:
        await self._work.journal(order, "survey", "located", plan.actions)

    async def _then(
        self, order: Survey, plan: PlanSummary, step: str, act: Callable[[], Awaitable[Tally]]
    ) -> Tally | None:
        """Go on within the step. Both are journalled at once; that it was located, whatever becomes of it.

        `None`: the system did not let us, and what it taught is waited for. A step of its own tries again, or says why.
        """
        tally: Tally | None = None
        try:
            async with asyncio.timeout(self._at_once_seconds if order.is_waited_for else None):
                tally = await act()
        except (ConnectorError, TimeoutError):
            if not order.is_waited_for:
                raise
        finally:
            done = [self._acted(order, step, tally)] if tally else []
            await asyncio.gather(self._located(order, plan), *done)
        return tally

    async def _acted(self, order: Order, step: str, tally: Tally) -> None:
        by_hand = step == "export" and Ability.EXPORT not in self._work.connector(order.system).can
        await self._work.journal(order, step, "to be copied by a person" if by_hand else DONE[step], tally.counts)

    @activity.defn
    async def withhold(self, order: Act) -> None:
        """Take what will be erased out of use, and mark what is kept: all of it can be put back."""
        await self._acted(order, "withhold", await self._withheld(order, self._plan(order)))

    async def _withheld(self, order: Act, plan: PlanPages) -> Tally:
        connector = self._work.connector(order.system)

        async def page(_: int, steps: Sequence[Step]) -> list[Outcome]:
            outcomes: list[Outcome] = []
            if Ability.SUPPRESS in connector.can and (doomed := having(steps, Action.ERASE)):
                outcomes += await connector.suppress(doomed)
            if Ability.RESTRICT in connector.can and (kept := having(steps, Action.RETAIN)):
                outcomes += await connector.restrict(kept)
            return outcomes

        return await self._work.page_by_page(order, "withhold", page, plan=plan, is_read_later=False)

    @activity.defn
    async def restore(self, order: Act) -> None:
        """Put back what `withhold`, or a restraint, changed, also where it was stopped half-way.

        Nothing is changed before all of a plan is made: a search that was stopped left nothing to put back.
        """
        if not await (plan := self._plan(order)).complete():
            return
        connector = self._work.connector(order.system)

        async def page(_: int, steps: Sequence[Step]) -> Sequence[Outcome]:
            if order.right is Right.DELETE:
                touched = having(steps, Action.ERASE) if Ability.SUPPRESS in connector.can else []
                touched += having(steps, Action.RETAIN) if Ability.RESTRICT in connector.can else []
            else:
                touched = _ended_by_a_call(steps, connector.can)
            return await connector.restore(touched) if touched and connector.can & REVERSIBLE else []

        await self._work.page_by_page(order, "restore", page, plan=plan, is_read_later=False)
        await self._work.journal(order, "restore", "put back", {})

    @activity.defn
    async def erase(self, order: Act) -> Tally:
        """Erase what the plan says and the rules still say now, then ask again whether it is gone."""
        only_if_it_may(order.right, Ability.ERASE)
        rule = await self._work.rule(order, order.proven, order.identity, confirmed=order.confirmed)
        connector = self._work.connector(order.system)

        async def page(_: int, steps: Sequence[Step]) -> list[Outcome]:
            now = [rule(step.record) for step in steps]
            doomed = having(now, Action.ERASE)
            if order.erase_undecided:
                doomed += having(now, Action.DECIDE)
            outcomes = {s.record.id: left_alone(s) for s in now}
            if doomed:
                if Ability.ERASE not in connector.can:
                    raise TryLater(f"{connector.config.title} holds records, but this version cannot erase there")
                outcomes |= await erased(connector, doomed)
            return list(outcomes.values())

        tally = await self._work.page_by_page(order, "erase", page)
        await self._work.journal(order, "erase", "erased", tally.counts)
        return tally

    @activity.defn
    async def check(self, order: Act) -> Tally:
        """Ask again, later, about what a system had accepted or a person was to do by hand.

        What came late of what was accepted is deleted too, unless a legal hold has come over it meanwhile.
        """
        rule = await self._work.rule(order, order.proven, order.identity, confirmed=True)
        connector = self._work.connector(order.system)
        tally = Tally(system=order.system)
        outcomes = outcome_pages(self._vault, order.owner, order.system, "erase")
        plan = plan_pages(self._vault, order.owner, order.system)
        async with heartbeating() as beat:
            for number in range(await outcomes.done()):
                records = {s.record.id: s.record for s in (await plan.get(number)).steps}
                pending = {
                    o.record_id: o.kind is OutcomeKind.ACCEPTED
                    for o in (await outcomes.get(number)).outcomes
                    if o.kind in {OutcomeKind.ACCEPTED, OutcomeKind.NEEDS_PERSON}
                }
                late = [records[i] for i, promised in pending.items() if promised and _may_go(rule(records[i]))]
                others = [records[i] for i in pending if records[i] not in late]
                for asked, ask in ((late, connector.look_again), (others, connector.check)):
                    if asked:
                        tally = tally.plus(zip(asked, await ask(asked), strict=True))
                beat(number)
        seen = ",".join(f"{n} {kind}" for kind, n in sorted(tally.counts.items()))
        step = f"check:{order.today.isoformat()}:{seen}"  # twice in a day, it may say something else
        await self._work.journal(order, step, "checked", tally.counts)
        return tally

    @activity.defn
    async def export(self, order: Act) -> Tally:
        """Stream what the plan exports into the vault, records and files, encrypted."""
        tally = await self._copying.copied(order, self._plan(order))
        await self._acted(order, "export", tally)
        return tally


def _ended_by_a_call(steps: Sequence[Step], can: frozenset[Ability]) -> list[Record]:
    """Whose use a call has ended. What a person did by hand, no call undoes: it would say what was true months ago."""
    return [step.record for step in steps if ENDED_BY.get(step.then or step.action) in can]


def _may_go(step: Step) -> bool:
    """Whether nothing has come to stand in the way of an erasure that was begun: what was undecided is decided."""
    return step.action in {Action.ERASE, Action.DECIDE}


def _is_too_much(order: Survey, plan: PlanSummary) -> bool:
    return order.at_most is not None and plan.records > order.at_most


def _carrying_out(order: Survey) -> Act:
    """The order to carry out the plan that was just made, where no person was asked anything."""
    given = {name: getattr(order, name) for name in Order.model_fields}
    return Act(**given, proven=order.identity.proven_kinds, identity=order.identity)
