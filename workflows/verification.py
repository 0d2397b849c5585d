"""Acknowledging a request, and finding out who asks: by a code, by a sibling's code, by a person, or not at all."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio import workflow

from workflows import steps
from workflows.points import Points, Taken
from workflows.proof import Confirmation, Proof
from workflows.siblings import AT_MOST, Told
from workflows.weighing import Weighing

with workflow.unsafe.imports_passed_through():
    from activities.letters import Acknowledge, Acknowledged, AnotherCode, Letters
    from activities.proof_points import Given
    from dsar.alarms import NO_TIME, proof_by
    from dsar.case import State, TaskKind, TaskState
    from dsar.correction import disputed
    from dsar.identity import Key
    from dsar.policy import Demand
    from dsar.proof import SPECIFIC, Attempt
    from dsar.requests import Right

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Verification:
    """Who asks, of one request."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case
        self._reaching: asyncio.Task[None] | None = None
        self._proves: frozenset[Key] = frozenset()
        self._hopeless = False
        self.proof = Proof(self._case.terms.code_attempts, self._case.terms.codes)
        self.points = Points(self._case)
        self._weighing = Weighing(request, self.points, self._used_up)

    async def acknowledge(self) -> None:
        """Within ten business days under 11 CCR 7021(a); here, at once."""
        order = Acknowledge(
            **self._request.recipient().model_dump(),
            identity=self._case.identity,
            answer_by=self._request.deadline.dates.due,
            code=self._asks_for_code,
            otherwise=self._asks_own_proof and self._disputes_address,
            shared_with=self._case.proved_by or "",
            also=self._case.also,
            points=self._case.proof.beyond_code,
            declaration=self.points.declaration,
        )
        acknowledged = await self._acknowledged(order)
        self._proves = acknowledged.proves
        if self._asks_for_code:
            self.proof.sent(acknowledged.sent)
        self._request.stand(State.AWAITING_PROOF)
        if self._case.proof is Demand.NONE or self._case.proved_by:
            return
        if self._request.agency.human_looks:
            self._reaching = self._request.beside.go(self._human_looks(order))
            return
        if self._disputes_address:
            self._reaching = self._ask_to_reach(
                "The person says that the address on file is wrong, so a code sent there would prove nothing.\n"
                "Find out another way whether they are who they say. done = they are."
            )
        elif not acknowledged.reached:
            self._reaching = self._ask_to_reach(
                "There is no address on file for the identifiers given. Find out how to reach the person.\n"
                "done = the person was reached and is who they say."
            )

    async def verified(self) -> bool:
        """Wait for proof, until the time to answer is up; opt-outs and limits wait for none (11 CCR 7026(d))."""
        if self._case.proof is Demand.NONE:
            self._request.search.identity = self._request.search.identity.proved(frozenset(Key))
            return True
        dates = self._request.deadline.dates
        now = workflow.now()
        left = proof_by(dates.due, dates.safe, self._request.deadline.zone, now, self._takes) - now
        try:
            await workflow.wait_condition(
                lambda: self._proved or self._hopeless, timeout=left, timeout_summary="Without proof until then: denied"
            )
        except TimeoutError:
            if not self._enough_for_categories:
                self._tell_siblings()
                return False
            self._request.take_for_categories()
        finally:
            if self._reaching:
                self._reaching.cancel()
            self._weighing.close()
        if self._hopeless:
            return False
        self._request.search.identity = self._request.search.identity.proved(
            self._proves - disputed(self._case.wish.changes)
        )
        facts: dict[str, Any] = {"level": str(self._request.case.proof)} if self.points.needed else {}
        await self._request.record("verified", "verified", state=State.IN_PROGRESS, **facts)
        self._tell_siblings()
        await self._request.waiting.proof_came()
        return True

    async def take(self, given: Given) -> Taken:
        """The person tells what we hold. What comes of it is worked out beside, and not said."""
        taken = self.points.take()  # before the first await: the next one must find it counted
        await self._request.record(f"points:{self.points.number}", "data points given")
        self._weighing.begin(given, self.points.number, self._case.identity.proved(self._proves))
        return taken

    def confirmed_directly(self) -> None:
        """The person confirms by the link in our letter what an agent asks for: as good as the code in it."""
        self._prove(self._proves)

    async def try_code(self, confirmation: Confirmation) -> Attempt:
        """The person enters a code."""
        attempt = self.proof.try_code(confirmation)
        if not attempt.verified and attempt.attempts_left == 0:
            await self._request.record(f"code dead:{workflow.info().get_current_history_length()}", "code dead")
        return attempt

    async def send_code(self, summary: str) -> None:
        """Send a fresh code."""
        order = AnotherCode(**self._request.recipient().model_dump(), number=self.proof.next_number)
        self.proof.sent(await steps.outside(Letters.send_another_code, order, summary))

    def hear(self) -> None:
        """A request of the same submission has told something: its proof counts here, or will never come."""
        if self._request.siblings.proves:
            self.points.count = max(self.points.count, self._request.siblings.points)
            self.points.declared = self.points.declared or self._request.siblings.declared
            self._prove(self._request.siblings.proves)
        elif self._request.siblings.no_proof_will_come and not self._request.answered:
            self._request.beside.go(self.send_code("Send a code"))

    def over(self) -> None:
        """The request has ended: those that wait for its proof are told if there is none."""
        if self._case.proves and not self.proof.verified:
            told = Told(by=self._case.request_id, over=True, fraud=self._request.fraud)
            self._request.beside.go(self._request.siblings.tell(self._case.proves, told))

    @property
    def came(self) -> bool:
        """Whether proof came: what is waited for from now on is something else, a copy or a cooling off."""
        return self._proved or self._request.lowered

    @property
    def _proved(self) -> bool:
        return self.proof.verified and self.points.enough

    @property
    def _enough_for_categories(self) -> bool:
        """No specific pieces without enough proof; what is enough for the categories gets these (11 CCR 7024(a))."""
        return (
            self._case.right in SPECIFIC
            and self.points.needed
            and self.proof.verified
            and self.points.enough_for(self._case.proof_categories)
        )

    def _tell_siblings(self) -> None:
        if self._case.proves and self.proof.verified:
            told = Told(
                by=self._case.request_id,
                proves=self._proves,
                points=self.points.count,
                declared=self.points.declared,
            )
            self._request.beside.go(self._request.siblings.tell(self._case.proves, told))

    @property
    def _disputes_address(self) -> bool:
        return Key.EMAIL in disputed(self._case.wish.changes)

    @property
    def _asks_own_proof(self) -> bool:
        return self._case.proof is not Demand.NONE and not self._case.proved_by

    @property
    def _asks_for_code(self) -> bool:
        return self._asks_own_proof and not (self._disputes_address or self._request.agency.human_looks)

    @property
    def _takes(self) -> timedelta:
        """What has to pass between proof and answer: the last chance to cancel, and the copy that is made first."""
        hold = self._case.terms.hold_before_erasure if self._case.right is Right.DELETE else NO_TIME
        if self.points.needed and self._case.proves:
            # Those that wait for this one's proof begin only then, and may have to be taken back, too.
            return self._case.terms.hold_before_erasure + AT_MOST
        return hold + AT_MOST if self._case.after else hold

    async def _acknowledged(self, order: Acknowledge) -> Acknowledged:
        agency = self._request.agency
        if agency.agent:
            return await agency.acknowledge(order, agency.agent)
        return await steps.outside(Letters.acknowledge, order, "Acknowledge, and send a code")

    async def _human_looks(self, order: Acknowledge) -> None:
        """Somebody acts on a document, or for a child: whether they may, a human decides."""
        agency = self._request.agency
        assert agency.agent is not None  # noqa: S101 - only asked where somebody acts for the person
        if await agency.looked_at():
            self.points.vouched()
            self._prove(frozenset(i.kind for i in self._case.identity.identifiers))
        elif agency.agent.child:
            self._hopeless = True
        else:
            self.proof.sent(await agency.code_instead(order.model_copy(update={"code": True}), agency.agent))

    def _used_up(self) -> None:
        """The proof failed, as often as it may be tried: what is left is a person who finds out."""
        if not self._reaching:
            self._reaching = self._ask_to_reach(
                "The code was entered, but what was told of what we hold was not enough, as often as it may be tried.\n"
                "It can be somebody else who reads the person's mail. If they come to you, find out another way\n"
                "whether they are who they say; call no number that they name. done = they are."
            )

    def _ask_to_reach(self, words: str) -> "asyncio.Task[None]":
        """Where no code can prove it, a person vouches."""
        if self.points.needed:
            words += f"\nThey have to tell {self._case.proof.points} things that we hold and that others hardly know"
            words += ", and sign a declaration under penalty of perjury." if self.points.declaration else "."
        return self._request.beside.go(self._reach(words))

    async def _reach(self, words: str) -> None:
        task = await self._request.people.ask(TaskKind.REACH, None, "Reach the person another way", words)
        if task.state is TaskState.DONE:
            self.points.vouched()
            self._prove(frozenset(i.kind for i in self._case.identity.identifiers))

    def _prove(self, kinds: frozenset[Key]) -> None:
        self._proves = kinds
        self.proof.verified = True
