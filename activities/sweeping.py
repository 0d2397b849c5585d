"""Going through whole systems: for what is past its retention, and for what was erased and came back."""

from collections import Counter
from collections.abc import Mapping, Sequence

from temporalio import activity

from activities.erasing import erased
from activities.heartbeat import heartbeating
from activities.pages import OutcomePage, outcome_pages
from activities.policies import Policies
from activities.sweep_orders import (
    Asking,
    Begin,
    Begun,
    End,
    Found,
    Gone,
    Look,
    Round,
    Settled,
    Swept,
    Unreached,
    Which,
)
from activities.sweep_pages import Finding, FindingPage, finding_pages
from connectors.connector import Ability, Connector
from dsar.case import TaskKind
from dsar.fingerprints import fingerprint
from dsar.policy import Policy
from dsar.records import Outcome, OutcomeKind, Record, Sighting
from dsar.sweeping import SWEEP, Cause, Fate, Whose, judge, mark
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.vault import Vault

FINDINGS_AT_ONCE = 200
PAGES_AT_ONCE = 20
"""So much of a system is kept as one page: a sweep that was killed goes on there."""


class Sweeps:
    """The sweeper. Findings are personal data: they lie in the sweep's own compartment until it is forgotten."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        vault: Vault,
        ledger: Ledger,
        policies: Policies,
        policy: Policy,
        subject_key: bytes,
    ) -> None:
        self._connectors = connectors
        self._vault = vault
        self._ledger = ledger
        self._policies = policies
        self._policy = policy
        self._subject_key = subject_key

    @activity.defn
    async def begin_sweep(self, order: Begin) -> Begun:
        """Give the sweep its compartment, and pin the policy that is in force."""
        digest = await self._policies.remember(self._policy)
        await self._vault.create(order.sweep_id)
        await self._ledger.sweeps.begin(order.sweep_id, order.mode, digest)
        await self._ledger.journal.append(
            order.sweep_id, "begun", "sweep begun", {"mode": order.mode, "policy": digest}
        )
        chosen = [c for name, c in sorted(self._connectors.items()) if name in order.systems or not order.systems]
        waiting = await self._ledger.tasks.list()
        return Begun(
            policy=digest,
            zone=self._policy.controller.zone,
            approve_above=self._policy.terms.approve_above_records,
            systems=tuple(Swept(name=c.config.name, title=c.config.title) for c in chosen if Ability.WALK in c.can),
            cannot=tuple(c.config.title for c in chosen if Ability.WALK not in c.can),
            asked_about=frozenset(
                t.system for t in waiting if t.kind == TaskKind.UNBLOCK and t.request_id.startswith(SWEEP)
            ),
        )

    @activity.defn
    async def sweep_through(self, order: Look) -> Found:
        """Go through one system and keep what something is to be done about. Changes nothing there."""
        policy = await self._policies.get(order.policy)
        pages = finding_pages(self._vault, order.sweep_id, order.system, order.round)
        found = Found(system=order.system)
        cursor: str | None = None
        number = 0
        async with heartbeating() as beat:
            async for page in pages.all():
                found, cursor, number = _counted(found, page), page.cursor, number + 1
            while number == 0 or cursor is not None:
                page = await self._page(order, policy, cursor)
                await pages.keep(number, page)
                beat(number)
                found, cursor, number = _counted(found, page), page.cursor, number + 1
        facts: dict[str, Fact] = {"system": order.system, "looked_at": found.looked_at, "expired": found.expired}
        facts |= {"returned": found.returned, "to_erase": found.erase, "to_ask": sum(found.propose.values())}
        await self._journal(order.sweep_id, f"look:{order.system}:{order.round}", "swept through", facts)
        return found

    @activity.defn
    async def erase_swept(self, order: Look) -> Gone:
        """Erase what was found to be due and still is, page by page, each looked for again."""
        policy = await self._policies.get(order.policy)
        found = finding_pages(self._vault, order.sweep_id, order.system, order.round)
        kept = outcome_pages(self._vault, order.sweep_id, order.system, order.round)
        counts: Counter[OutcomeKind] = Counter()
        async with heartbeating() as beat:
            done = await kept.done()
            for number in range(await found.done()):
                if number < done:
                    page = await kept.get(number)
                else:
                    sightings = [finding.sighting for finding in (await found.get(number)).findings]
                    due = [f.sighting.record for f in await self._judged(sightings, order, policy) if _due(f)]
                    page = OutcomePage(outcomes=tuple(await self._erased(order.system, due)))
                    await kept.keep(number, page)
                    beat(number)
                counts.update(outcome.kind for outcome in page.outcomes)
        facts: dict[str, Fact] = {"system": order.system, **{str(kind): n for kind, n in counts.items()}}
        await self._journal(order.sweep_id, f"erase:{order.system}:{order.round}", "erased by a sweep", facts)
        return Gone(system=order.system, counts=dict(counts))

    @activity.defn
    async def remember_asked(self, order: Asking) -> None:
        """Keep in mind which records a person is asked about."""
        found = finding_pages(self._vault, order.sweep_id, order.system, order.round)
        outcomes = outcome_pages(self._vault, order.sweep_id, order.system, order.round)
        async with heartbeating() as beat:
            for number in range(await found.done()):
                if order.which is Which.BY_HAND:
                    seen = (await outcomes.get(number)).outcomes
                    ids = [o.record_id for o in seen if o.kind is OutcomeKind.NEEDS_PERSON]
                else:
                    fates = {Fate.PROPOSE} if order.which is Which.PROPOSED else {Fate.PROPOSE, Fate.ERASE}
                    page = await found.get(number)
                    ids = [f.sighting.record.id for f in page.findings if f.verdict.fate in fates]
                marks = [mark(self._subject_key, order.system, each) for each in ids]
                await self._ledger.proposals.ask(order.task_id, marks, order.ask_again)
                beat(number)

    @activity.defn
    async def settle_asked(self, order: Settled) -> None:
        """A person has decided, or nobody did."""
        await self._ledger.proposals.settle(order.task_id, order.ask_again)

    @activity.defn
    async def miss_system(self, order: Unreached) -> None:
        """Enter into the journal that a system could not be swept."""
        await self._journal(order.sweep_id, f"missed:{order.system}", "not swept", {"system": order.system})

    @activity.defn
    async def end_sweep(self, order: End) -> None:
        """Enter that the sweep is over; its key goes with the next housekeeping."""
        await self._ledger.proposals.purge(order.today)
        await self._journal(order.sweep_id, "ended", "sweep ended", {})
        await self._ledger.sweeps.end(order.sweep_id)

    async def _page(self, order: Look, policy: Policy, cursor: str | None) -> FindingPage:
        """Several pages of the system as one of ours: most hold nothing to be kept."""
        connector = self._connectors[order.system]
        findings: list[Finding] = []
        looked_at = 0
        for _ in range(PAGES_AT_ONCE):
            walked = await connector.walk(cursor)
            looked_at += len(walked.sightings)
            findings += await self._judged(walked.sightings, order, policy)
            cursor = walked.cursor
            if cursor is None or len(findings) >= FINDINGS_AT_ONCE:
                break
        return FindingPage(findings=tuple(findings), looked_at=looked_at, cursor=cursor)

    async def _judged(self, sightings: Sequence[Sighting], order: Look, policy: Policy) -> list[Finding]:
        """Those that something is to be done about, by what ledger and policy say now."""
        key = self._subject_key
        marks = {s.record.id: mark(key, order.system, s.record.id) for s in sightings}
        resting = await self._ledger.proposals.resting(marks.values(), order.today)
        known = await self._ledger.suppressions.known(fingerprint(key, i) for s in sightings for i in s.identifiers)
        holds = await self._ledger.legal_holds.active()
        findings: list[Finding] = []
        for sighting in sightings:
            asked = resting.get(marks[sighting.record.id])
            approved = asked is not None and asked.task_id == order.task_id
            if order.round is Round.APPROVED and not approved:
                continue
            at = asked.asked_at if asked and not approved else None
            whose = Whose.of(key, sighting.identifiers, known)
            verdict = judge(sighting.record, whose, order.system, policy, order.today, holds, order.mode, at)
            if approved and verdict.fate is Fate.PROPOSE:
                verdict = verdict.model_copy(update={"fate": Fate.ERASE})
            if verdict.fate is not Fate.LEAVE:
                findings.append(Finding(sighting=sighting, verdict=verdict))
        return findings

    async def _erased(self, system: str, records: Sequence[Record]) -> list[Outcome]:
        connector = self._connectors[system]
        if Ability.ERASE not in connector.can:
            by_hand, words = OutcomeKind.NEEDS_PERSON, "erase it by hand: no interface does"
            return [Outcome(record_id=record.id, kind=by_hand, instructions=words) for record in records]
        return list((await erased(connector, records)).values())

    async def _journal(self, sweep_id: str, step: str, event: str, facts: Mapping[str, Fact]) -> None:
        await self._ledger.journal.append(sweep_id, step, event, facts)


def _due(finding: Finding) -> bool:
    return finding.verdict.fate is Fate.ERASE


def _counted(found: Found, page: FindingPage) -> Found:
    causes = Counter(finding.verdict.cause for finding in page.findings)
    every = Counter(found.every) + Counter(f.sighting.record.category for f in page.findings)
    proposed = [f.sighting.record.category for f in page.findings if f.verdict.fate is Fate.PROPOSE]
    return Found(
        system=found.system,
        looked_at=found.looked_at + page.looked_at,
        expired=found.expired + causes[Cause.EXPIRED],
        returned=found.returned + causes[Cause.RETURNED],
        erase=found.erase + len(page.findings) - len(proposed),
        propose=dict(Counter(found.propose) + Counter(proposed)),
        every=dict(every),
    )
