"""What the law makes us keep: handed from a request to a hold with a key of its own, and erased when its day comes."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from temporalio import activity

from activities.heartbeat import heartbeating
from activities.hold_orders import carried_out, is_by_hand, is_promised, is_waited_for
from activities.letters import ADDRESS
from activities.pages import OutcomePage, Pages, PlanPage, outcome_pages, plan_pages
from activities.policies import Policies
from connectors.connector import Connector, NeedsPerson, TryLater
from dsar.decisions import decide
from dsar.fingerprints import fingerprints
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.legal_holds import LegalHold, covering
from dsar.outcomes import SHOWN
from dsar.plans import Action, Step
from dsar.records import OutcomeKind, Record
from dsar.requests import Right
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.vault import Vault

SUBJECTS = "subjects"
"""The hold's name for what a legal hold knows its person by."""

ASK_AGAIN = timedelta(hours=6)
"""When a system that refuses us is asked again."""


class HandOver(Frozen):
    """Order: a request is about to be forgotten; keep what its retained records need."""

    request_id: str
    hold_id: str
    systems: tuple[str, ...]
    policy: str
    today: date
    identity: Identity | None = None
    """Who the person is: whose records a legal hold may cover later."""


class Held(Frozen):
    """What a hold still keeps in one system."""

    system: str
    records: int
    next_day: date | None
    """The last day of the first one to go; `None` while only locks without an end are left."""
    promised: int = 0
    """How many of these the system took the order to erase, and has not been seen to have erased."""
    by_hand: int = 0
    """How many of these may go by now, and only a person can erase them."""
    instructions: tuple[str, ...] = ()
    """How, at most `SHOWN`. Personal data: shown in the task only."""
    title: str = ""
    """The system's, where a person is asked."""


class EraseDue(Frozen):
    """Order: erase what is due in one system."""

    hold_id: str
    system: str
    policy: str
    today: date
    done_by_hand: bool = False
    """A person says that what only they can erase is gone."""


class Released(Frozen):
    """Order: nothing is kept any more."""

    hold_id: str


class Subjects(Frozen):
    """By which keyed hashes a legal hold would know the person."""

    fingerprints: frozenset[str]


NOBODY = Subjects(fingerprints=frozenset())


class Holds:
    """The keeper of retained records' references. The records themselves stay where they are."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        vault: Vault,
        ledger: Ledger,
        policies: Policies,
        subject_key: bytes,
    ) -> None:
        self._connectors = connectors
        self._vault = vault
        self._ledger = ledger
        self._policies = policies
        self._subject_key = subject_key

    @activity.defn
    async def hand_over(self, order: HandOver) -> tuple[Held, ...]:
        """Copy what will be needed into the hold's own compartment; its key outlives the request's."""
        await self._vault.create(order.hold_id)
        if await self._vault.exists(order.request_id, ADDRESS):
            await self._vault.copy(order.request_id, [ADDRESS], order.hold_id)
        known_by = fingerprints(self._subject_key, order.identity.identifiers if order.identity else ())
        await self._vault.put_model(order.hold_id, SUBJECTS, Subjects(fingerprints=known_by))
        async with heartbeating():
            return tuple([await self._take(order, system) for system in order.systems])

    @activity.defn
    async def erase_due(self, order: EraseDue) -> Held:
        """Erase what may go today, look whether it is gone, and say what is left and until when.

        Years later nobody waits for this request any more: a refused credential keeps the hold waiting, never ends it.
        """
        try:
            return await self._erase_due(order)
        except NeedsPerson as error:
            raise TryLater(error.why, ASK_AGAIN) from None

    async def _erase_due(self, order: EraseDue) -> Held:
        policy = await self._policies.get(order.policy)
        connector = self._connectors[order.system]
        kept = self._pages(order.hold_id, order.system)
        held = await self._legally_held(order)
        left: list[Step] = []
        words: list[str] = []
        gone = 0
        async with heartbeating() as beat:
            for number in range(await kept.done()):
                steps: list[Step] = []
                doomed: list[Step] = []
                for step in (await kept.get(number)).steps:
                    if is_waited_for(step, order.today):
                        steps.append(step)
                        continue
                    # The lock as it was seen then says nothing of today: the system itself refuses while it lasts.
                    unlocked = step.record.model_copy(update={"lock": None})
                    everything = step.record.matched
                    now = decide(
                        Right.DELETE, unlocked, everything, policy, order.today, confirmed=True, held=held(unlocked)
                    )
                    if now.action is Action.RETAIN:  # by a hold, perhaps, that was not there before: until then
                        steps.append(now.model_copy(update={"record": step.record}))
                    else:
                        doomed.append(step)
                ordered = await carried_out(connector, doomed, order.today, done_by_hand=order.done_by_hand)
                gone += len(doomed) - len(ordered.steps)
                steps += ordered.steps
                words += ordered.instructions
                await kept.keep(number, PlanPage(steps=tuple(steps)))
                left += steps
                beat(number)
        facts: dict[str, Fact] = {"system": order.system, "erased": gone, "kept": len(left)}
        if promised := sum(map(is_promised, left)):
            facts["promised"] = promised
        if by_hand := sum(map(is_by_hand, left)):
            facts["by hand"] = by_hand
        again = f":by hand, {gone} gone" if order.done_by_hand else ""
        step_name = f"{order.hold_id}:{order.system}:{order.today}{again}"
        await self._ledger.journal.append(order.hold_id, step_name, "hold looked at", facts)
        asks = {"title": connector.config.title, "instructions": tuple(words[:SHOWN])} if by_hand else {}
        return _held(order.system, left).model_copy(update=asks)

    @activity.defn
    async def release(self, order: Released) -> None:
        """Enter into the ledger that nothing is kept any more; the hold's key goes with the next housekeeping."""
        await self._ledger.holds.release(order.hold_id)
        await self._ledger.journal.append(order.hold_id, "released", "released", {})

    async def _legally_held(self, order: EraseDue) -> Callable[[Record], LegalHold | None]:
        """The legal hold, of those in force today, that forbids to erase a record."""
        holds = await self._ledger.legal_holds.active()
        subjects = await self._vault.get_model(order.hold_id, SUBJECTS, Subjects) if holds else NOBODY
        return lambda record: covering(holds, order.system, record, subjects.fingerprints)

    async def _take(self, order: HandOver, system: str) -> Held:
        plan = plan_pages(self._vault, order.request_id, system)
        outcomes = outcome_pages(self._vault, order.request_id, system, "erase")
        pages = self._pages(order.hold_id, system)
        kept: list[Step] = []
        for number in range(await outcomes.done()):
            retained = _retained(await plan.get(number), await outcomes.get(number))
            await pages.keep(number, PlanPage(steps=retained))
            kept += retained
        held = _held(system, kept)
        basis = "; ".join(sorted({step.why for step in kept}))[:200]
        await self._ledger.holds.keep(
            order.hold_id, order.request_id, system=system, until=held.next_day, basis=basis, records=held.records
        )
        facts: dict[str, Fact] = {"hold": order.hold_id, "system": system, "records": held.records}
        await self._ledger.journal.append(order.request_id, f"held:{system}", "handed to a hold", facts)
        return held

    def _pages(self, hold_id: str, system: str) -> Pages[PlanPage]:
        return Pages(self._vault, hold_id, f"held/{system}", PlanPage)


def _retained(plan: PlanPage, outcomes: OutcomePage) -> tuple[Step, ...]:
    """The steps that ended as retained, with the reason and the day that were found when it came to it."""
    records = {step.record.id: step.record for step in plan.steps}
    return tuple(
        Step(record=records[o.record_id], action=Action.RETAIN, why=o.basis, until=o.until)
        for o in outcomes.outcomes
        if o.kind is OutcomeKind.RETAINED
    )


def _held(system: str, steps: list[Step]) -> Held:
    return Held(
        system=system,
        records=len(steps),
        next_day=min((step.until for step in steps if step.until), default=None),
        promised=sum(map(is_promised, steps)),
        by_hand=sum(map(is_by_hand, steps)),
    )
