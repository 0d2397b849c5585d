"""What is done in a system of record: look, plan, withhold, erase, restore, export, check. Each resumes at its page."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

from temporalio import activity

from activities.erasing import erased
from activities.heartbeat import heartbeating
from activities.pages import ExportPage, OutcomePage, PlanPage, export_pages, outcome_pages, plan_pages
from activities.policies import Policies
from connectors.connector import Ability, Connector, TryLater
from dsar.decisions import decide
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key
from dsar.matching import Belonging, belonging
from dsar.outcomes import Tally
from dsar.plans import Action, PlanSummary, Step, summarise
from dsar.records import FileRef, Located, Outcome, OutcomeKind, Record
from dsar.requests import Right
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.vault import Vault

PageOfWork = Callable[[Sequence[Step]], Awaitable[Sequence[Outcome]]]
"""A page of a plan in, one outcome for each record touched out."""


class Survey(Frozen):
    """Look for the person in one system and plan each record found."""

    owner: str
    """The compartment of the vault, and the journal's request: a request's or a hold's id."""
    system: str
    right: Right
    identity: Identity
    policy: str
    today: date


class Surveyed(Frozen):
    """What was found, and what it teaches of who the person is."""

    plan: PlanSummary
    learned: tuple[Identifier, ...] = ()


class Act(Frozen):
    """Carry out the plan that was made for one system."""

    owner: str
    system: str
    right: Right
    policy: str
    today: date
    proven: frozenset[Key]
    confirmed: bool = False
    """A person said: the records that no proven identifier matches are the data subject's."""
    erase_undecided: bool = False
    """A person decided: what the policy leaves open is erased."""


class Systems:
    """The systems of the data map, with the vault for what is found and the ledger for what was done."""

    def __init__(self, connectors: Mapping[str, Connector], vault: Vault, ledger: Ledger, policies: Policies) -> None:
        self._connectors = connectors
        self._vault = vault
        self._ledger = ledger
        self._policies = policies

    @activity.defn
    async def survey(self, order: Survey) -> Surveyed:
        """Find every record of the person and plan it. Changes nothing in the system."""
        pages = plan_pages(self._vault, order.owner, order.system)
        policy = await self._policies.get(order.policy)
        proven = order.identity.proven_kinds
        learned: list[Identifier] = []
        steps: list[PlanSummary] = []
        cursor: str | None = None
        number = 0
        async with heartbeating() as beat:
            async for done in pages.all():
                steps.append(summarise(order.system, done.steps))
                learned += done.learned
                cursor, number = done.cursor, number + 1
            while number == 0 or cursor is not None:
                found = await self._connector(order.system).locate(order.identity.to_search(), cursor)
                page = PlanPage(
                    steps=tuple(decide(order.right, r, proven, policy, order.today) for r in found.records),
                    learned=_trusted(found, proven, order.system),
                    cursor=found.cursor,
                )
                await pages.keep(number, page)
                beat(number)
                steps.append(summarise(order.system, page.steps))
                learned += page.learned
                cursor, number = page.cursor, number + 1
        plan = PlanSummary.merged(order.system, steps)
        await self._journal(order.owner, f"survey:{order.system}", "located", order.system, plan.actions)
        return Surveyed(plan=plan, learned=Identity(identifiers=()).widened(learned).identifiers)

    @activity.defn
    async def withhold(self, order: Act) -> None:
        """Take what will be erased out of use, and mark what is kept: all of it can be put back."""
        connector = self._connector(order.system)

        async def page(steps: Sequence[Step]) -> list[Outcome]:
            outcomes: list[Outcome] = []
            if Ability.SUPPRESS in connector.can and (doomed := _records(steps, Action.ERASE)):
                outcomes += await connector.suppress(doomed)
            if Ability.RESTRICT in connector.can and (kept := _records(steps, Action.RETAIN)):
                outcomes += await connector.restrict(kept)
            return outcomes

        tally = await self._page_by_page(order, "withhold", page)
        await self._journal(order.owner, f"withhold:{order.system}", "withheld", order.system, tally.counts)

    @activity.defn
    async def restore(self, order: Act) -> None:
        """Put back what `withhold` changed, also where it was stopped half-way."""
        connector = self._connector(order.system)

        async def page(steps: Sequence[Step]) -> Sequence[Outcome]:
            touched = _records(steps, Action.ERASE) if Ability.SUPPRESS in connector.can else []
            touched += _records(steps, Action.RETAIN) if Ability.RESTRICT in connector.can else []
            return await connector.restore(touched) if touched else []

        await self._page_by_page(order, "restore", page)
        await self._journal(order.owner, f"restore:{order.system}", "put back", order.system, {})

    @activity.defn
    async def erase(self, order: Act) -> Tally:
        """Erase what the plan says and the rules still say now, then ask again whether it is gone."""
        policy = await self._policies.get(order.policy)
        connector = self._connector(order.system)

        async def page(steps: Sequence[Step]) -> list[Outcome]:
            now = [
                decide(order.right, s.record, order.proven, policy, order.today, confirmed=order.confirmed)
                for s in steps
            ]
            doomed = _records(now, Action.ERASE)
            if order.erase_undecided:
                doomed += _records(now, Action.DECIDE)
            outcomes = {s.record.id: _left_alone(s) for s in now}
            if doomed:
                if Ability.ERASE not in connector.can:
                    raise TryLater(f"{connector.config.title} holds records, but this version cannot erase there")
                outcomes |= await erased(connector, doomed)
            return list(outcomes.values())

        tally = await self._page_by_page(order, "erase", page)
        await self._journal(order.owner, f"erase:{order.system}", "erased", order.system, tally.counts)
        return tally

    @activity.defn
    async def check(self, order: Act) -> Tally:
        """Ask again, later, about what a system had accepted or a person was to do by hand."""
        connector = self._connector(order.system)
        tally = Tally(system=order.system)
        outcomes = outcome_pages(self._vault, order.owner, order.system, "erase")
        plan = plan_pages(self._vault, order.owner, order.system)
        async with heartbeating() as beat:
            for number in range(await outcomes.done()):
                records = {s.record.id: s.record for s in (await plan.get(number)).steps}
                pending = [
                    records[o.record_id]
                    for o in (await outcomes.get(number)).outcomes
                    if o.kind in {OutcomeKind.ACCEPTED, OutcomeKind.NEEDS_PERSON}
                ]
                if pending:
                    tally = tally.plus(zip(pending, await connector.check(pending), strict=True))
                beat(number)
        day = order.today.isoformat()
        await self._journal(order.owner, f"check:{order.system}:{day}", "checked", order.system, tally.counts)
        return tally

    @activity.defn
    async def export(self, order: Act) -> Tally:
        """Stream what the plan exports into the vault, records and files, encrypted."""
        connector = self._connector(order.system)
        plan = plan_pages(self._vault, order.owner, order.system)
        kept = export_pages(self._vault, order.owner, order.system)
        tally = Tally(system=order.system)
        async with heartbeating() as beat:
            done = await kept.done()
            for number in range(await plan.done()):
                records = _records((await plan.get(number)).steps, Action.EXPORT)
                if order.confirmed:
                    records += _records((await plan.get(number)).steps, Action.CONFIRM)
                if number < done:
                    items = (await kept.get(number)).items
                else:
                    items = tuple(await connector.export(records)) if records else ()
                    for file in (file for item in items for file in item.files):
                        await self._vault.write(order.owner, file_name(order.system, file), connector.open(file))
                    await kept.keep(number, ExportPage(items=items))
                    beat(number)
                tally = tally.plus(_exported(records, {item.record_id for item in items}))
        await self._journal(order.owner, f"export:{order.system}", "exported", order.system, tally.counts)
        return tally

    async def _page_by_page(self, order: Act, act: str, page: PageOfWork) -> Tally:
        """Run an act over the plan, one page at a time; pages that were done before are only counted."""
        plan = plan_pages(self._vault, order.owner, order.system)
        kept = outcome_pages(self._vault, order.owner, order.system, act)
        tally = Tally(system=order.system)
        async with heartbeating() as beat:
            done = await kept.done()
            for number in range(await plan.done()):
                steps = (await plan.get(number)).steps
                if number < done:
                    outcomes: Sequence[Outcome] = (await kept.get(number)).outcomes
                else:
                    outcomes = await page(steps)
                    await kept.keep(number, OutcomePage(outcomes=tuple(outcomes)))
                    beat(number)
                records = {s.record.id: s.record for s in steps}
                tally = tally.plus((records[o.record_id], o) for o in outcomes)
        return tally

    def _connector(self, system: str) -> Connector:
        try:
            return self._connectors[system]
        except KeyError:
            raise TryLater(f"systems.toml of this worker has no [{system}], but the request does") from None

    async def _journal(self, owner: str, step: str, event: str, system: str, counts: Mapping[Any, int]) -> None:
        facts: dict[str, Fact] = {"system": system, **{str(kind): n for kind, n in counts.items()}}
        await self._ledger.journal.append(owner, step, event, facts)


def file_name(system: str, file: FileRef) -> str:
    """Where an exported file is kept in the vault."""
    return f"files/{system}/{hashlib.sha256(file.locator.encode()).hexdigest()}"


def _records(steps: Sequence[Step], action: Action) -> list[Record]:
    return [step.record for step in steps if step.action is action]


def _left_alone(step: Step) -> Outcome:
    """The outcome of a record that is not erased."""
    match step.action:
        case Action.RETAIN:
            return step.retained()
        case Action.DECIDE:
            why = "a person decided that it is kept"
            return Outcome(record_id=step.record.id, kind=OutcomeKind.REFUSED, reason=why)
        case _:
            return Outcome(record_id=step.record.id, kind=OutcomeKind.NOT_FOUND)


def _exported(records: Sequence[Record], ids: set[str]) -> list[tuple[Record, Outcome]]:
    kinds = {True: OutcomeKind.EXPORTED, False: OutcomeKind.NOT_FOUND}
    return [(r, Outcome(record_id=r.id, kind=kinds[r.id in ids])) for r in records]


def _trusted(found: Located, proven: frozenset[Key], system: str) -> tuple[Identifier, ...]:
    """What a page teaches: proven only if every record on it is surely the person's."""
    sure = bool(found.records) and all(belonging(r.matched & proven) is Belonging.YES for r in found.records)
    return tuple(i.model_copy(update={"source": system, "proven": sure}) for i in found.learned)
