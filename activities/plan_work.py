"""Work along a system's plan, page by page, by the rules as they stand when it is done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from activities.heartbeat import heartbeating
from activities.pages import OutcomePage, PlanPages, outcome_pages, plan_pages
from activities.policies import Policies
from connectors.connector import Ability, Connector, TryLater
from dsar.decisions import MAY, decide
from dsar.fingerprints import fingerprints
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.legal_holds import covering
from dsar.outcomes import Tally
from dsar.plans import Action, Step
from dsar.records import Outcome, OutcomeKind, Record
from dsar.requests import Right
from dsar.wish import Wish
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.vault import Vault

PageOfWork = Callable[[int, Sequence[Step]], Awaitable[Sequence[Outcome]]]
"""A page of a plan in, with its number, one outcome for each record touched out."""

Rule = Callable[[Record], Step]
"""What is to be done with a record."""


class Order(Frozen):
    """What one request wants of one system."""

    owner: str
    """The compartment of the vault, and the journal's request: a request's or a hold's id."""
    system: str
    right: Right
    policy: str
    today: date
    wish: Wish = Wish()


class Act(Order):
    """Carry out the plan that was made for one system."""

    proven: frozenset[Key]
    confirmed: bool = False
    """A person said: the records that no proven identifier matches are the data subject's."""
    erase_undecided: bool = False
    """A person decided: what the policy leaves open is erased, or, on an objection, used no more."""
    identity: Identity | None = None
    """Who the person is by now: whose records a legal hold may cover."""


class PlanWork:
    """The systems of the data map, with the vault for what is found and the ledger for what was done."""

    def __init__(
        self,
        connectors: Mapping[str, Connector],
        vault: Vault,
        ledger: Ledger,
        policies: Policies,
        subject_key: bytes,
    ) -> None:
        self.vault = vault
        self._connectors = connectors
        self._ledger = ledger
        self._policies = policies
        self._subject_key = subject_key

    def connector(self, system: str) -> Connector:
        """The system's connector.

        Raises:
            TryLater: this worker's systems.toml does not have the system that the request was planned with.
        """
        try:
            return self._connectors[system]
        except KeyError:
            raise TryLater(f"systems.toml of this worker has no [{system}], but the request does") from None

    async def rule(
        self, order: Order, proven: AbstractSet[Key], identity: Identity | None, *, confirmed: bool = False
    ) -> Rule:
        """The rule that plans a record of this request, as law, policy and legal holds stand now."""
        policy = await self._policies.get(order.policy)
        holds = await self._ledger.legal_holds.active()
        subjects = fingerprints(self._subject_key, identity.identifiers) if identity and holds else frozenset[str]()

        def rule(record: Record) -> Step:
            held = covering(holds, order.system, record, subjects)
            return decide(
                order.right, record, proven, policy, order.today, confirmed=confirmed, wish=order.wish, held=held
            )

        return rule

    async def page_by_page(
        self, order: Order, act: str, page: PageOfWork, *, plan: PlanPages | None = None, is_read_later: bool = True
    ) -> Tally:
        """Run an act over the plan, one page at a time; pages that were done before are only counted.

        What came of a page is kept for whoever goes on after it, or reads it later. Where there is neither, a plan of
        one page is simply acted on again: every act may be repeated with the same effect.

        Args:
            order: of which system, for which request.
            act: what the outcomes are kept under.
            page: does it.
            plan: as the same activity has made it just now.
            is_read_later: whether somebody asks what came of each record.
        """
        plan = plan or plan_pages(self.vault, order.owner, order.system)
        kept = outcome_pages(self.vault, order.owner, order.system, act)
        tally = Tally(system=order.system)
        async with heartbeating() as beat:
            done, pages = await kept.done(), await plan.done()
            for number in range(pages):
                steps = (await plan.get(number)).steps
                if number < done:
                    outcomes: Sequence[Outcome] = (await kept.get(number)).outcomes
                else:
                    outcomes = await page(number, steps)
                    if is_read_later or pages > 1:
                        await kept.keep(number, OutcomePage(outcomes=tuple(outcomes)))
                    beat(number)
                records = {s.record.id: s.record for s in steps}
                tally = tally.plus((records[o.record_id], o) for o in outcomes)
        return tally

    async def journal(self, order: Order, step: str, event: str, counts: Mapping[Any, int]) -> None:
        """Enter what was done in a system, counted."""
        facts: dict[str, Fact] = {"system": order.system, **{str(kind): n for kind, n in counts.items()}}
        await self._ledger.journal.append(order.owner, f"{step}:{order.system}", event, facts)


def having(steps: Sequence[Step], *actions: Action) -> list[Record]:
    """The records whose step is one of these."""
    return [step.record for step in steps if step.action in actions]


def left_alone(step: Step) -> Outcome:
    """The outcome of a record that is neither erased nor taken out of use."""
    match step.action:
        case Action.RETAIN:
            return step.retained()
        case Action.DECIDE:
            why = "a person decided that it is kept as it is"
            return Outcome(record_id=step.record.id, kind=OutcomeKind.REFUSED, reason=why)
        case _:
            return Outcome(record_id=step.record.id, kind=OutcomeKind.NOT_FOUND)


def only_if_it_may(right: Right, ability: Ability) -> None:
    """A right does what it is for, and nothing beside it. To fail here is a bug of ours."""
    if ability not in MAY[right]:
        raise AssertionError(f"a request for {right} may not {ability}")
