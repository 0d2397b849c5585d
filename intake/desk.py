"""The desk: takes requests in, and passes on what people say of them. It decides nothing that a rule decides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from activities.policies import Policies
from dsar.agency import Permission, Word
from dsar.case import Case, Owner, Task, TaskState
from dsar.data_map import System
from dsar.data_points import Point, Signature
from dsar.frozen import Frozen
from dsar.policy import Policy
from dsar.status import Status
from dsar.submission import Submission
from dsar.talking import Message, Talk
from dsar.waiting import Subject
from intake.attachments import Attachment, Attachments
from intake.cases import LONGEST_PAST, Cases
from intake.engine import Engine, EngineDown
from intake.gathering import Gathering, code_is_out
from intake.handing_over import CASE, HandingOver
from intake.permissions import Permissions
from intake.plans import Plans, WholePlan
from intake.proving import Proving
from intake.receipts import Confirmed, Receipt
from intake.refusals import NotFound, Refused
from intake.sagas import OVER, Sagas
from intake.submitting import Submitting
from intake.tasks import Tasks, owner_of
from intake.who_asks import WhoAsks, who_asks
from ledger.ledger import Ledger
from ledger.links import LinkUse, LinkView
from ledger.requests import RequestRow
from ledger.tasks import TaskRow
from vault.vault import Vault
from workflows.deadline import Extension
from workflows.people import PassOn, Resolution
from workflows.points import Taken
from workflows.proof import Confirmation
from workflows.restraint import Lifting
from workflows.rights_request import RightsRequest
from workflows.taking_part import Cancellation
from workflows.waiting import Ask, Received

__all__ = ["Confirmed", "Desk", "NotFound", "Readiness", "Receipt", "Refused"]

READY_SECONDS = 3.0
"""What takes longer to answer does not."""


class Readiness(Frozen):
    """What answers. Requests can be kept as long as ledger and vault do; the engine may come later."""

    ledger: bool
    vault: bool
    engine: bool


class Desk:
    """One company's desk."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        vault: Vault,
        policies: Policies,
        policy: Policy,
        systems: Sequence[System],
        subject_key: bytes,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._vault = vault
        self._attempts = policy.proving.attempts
        self._proving = Proving(ledger, vault, subject_key, now, policy.proving.attempts)
        self._permissions = Permissions(ledger, vault)
        self._attachments = Attachments(ledger, vault)
        self._handing_over = HandingOver(ledger, vault)
        self._gathering = Gathering(ledger, policy, now)
        cases = Cases(ledger, policies, policy, systems, subject_key, now)
        self._submitting = Submitting(engine, ledger, vault, cases, self._permissions)
        self._sagas = Sagas(engine, ledger)
        self._tasks = Tasks(engine, ledger, vault, self.status, self.submit)
        self._plans = Plans(vault, policy, systems)

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it. Raises `Refused` for what the policy does not know, or a date that cannot be."""
        return await self._submitting.submit(submission)

    async def dispatch(self, older_than: timedelta = timedelta(seconds=5)) -> int:
        """Start what was kept while the engine was down; how many. One that cannot be read holds up no other."""
        try:
            return await self._submitting.dispatch(older_than)
        finally:
            await self._gathering.settle()

    async def ready(self) -> Readiness:
        """Whether what the desk stands on answers, each asked by itself."""
        ledger, vault, engine = await asyncio.gather(
            _answers(self._ledger.requests.unstarted(LONGEST_PAST)),
            _answers(self._vault.exists(CASE, CASE)),
            _answers(self._engine.check()),
        )
        return Readiness(ledger=ledger, vault=vault, engine=engine)

    async def open_requests(self) -> list[RequestRow]:
        """What is not answered yet, the most urgent first. No personal data."""
        return await self._ledger.requests.open()

    async def open_tasks(self) -> tuple[TaskRow, ...]:
        """What people have to do, the most urgent first. No personal data."""
        return await self._ledger.tasks.list()

    async def row(self, request_id: str) -> RequestRow:
        """What the ledger knows of a request: no personal data, and still there when the saga is long over."""
        return await self._sagas.row(request_id)

    async def status(self, request_id: str) -> Status:
        """What the saga says of itself."""
        row = await self.row(request_id)
        if row.behind:
            return self._gathering.status(row, await self._waiting_case(row))
        return await self._sagas.ask(request_id, RightsRequest.status)

    async def plan(self, request_id: str, system: str) -> WholePlan:
        """What is planned in one system, record by record: personal data, for whoever decides."""
        return await self._plans.read((await self.row(request_id)).id, system)

    async def who_asks(self, request_id: str) -> WhoAsks:
        """What the request says of who asks: personal data, for whoever has to reach them."""
        return await who_asks(self._vault, self._permissions, await self.row(request_id))

    def title(self, system: str) -> str:
        """What people call a system."""
        return self._plans.title(system)

    async def confirm(self, request_id: str, code: str, ticket: str = "") -> Confirmed:
        """The person enters the code; with the ticket of whoever asked, they have the passphrase of a download."""
        row = await self.row(request_id)
        await self._begun(row)
        if row.shredded_at is None:  # else no ticket is known any more, and the saga says that it is over
            await self._handing_over.check(request_id, ticket)
        attempt = await self._sagas.tell(request_id, RightsRequest.confirm, Confirmation(code=code))
        made = await self._handing_over.passphrase(request_id) if attempt.verified and ticket else ""
        return Confirmed(**attempt.model_dump(), passphrase=made)

    async def passphrase(self, request_id: str, by: str) -> str:
        """A fresh passphrase, for one of our own people to read out to a person who has proved who they are."""
        return await self._handing_over.by_telephone(await self.row(request_id), by)

    async def prove(
        self, request_id: str, told: Mapping[Point, str], by: str, signed: Signature | None = None
    ) -> Taken:
        """The person tells what we hold, and signs; how often they may still try, and never whether it was right."""
        row = await self.row(request_id)
        status = await self.status(request_id)
        if status.proving is None:
            raise Refused("nothing more is asked for this request now; enter the code first, if there is one")
        given = await self._proving.hashed(row, told, signed, by)
        try:
            return await self._sagas.tell(request_id, RightsRequest.prove, given, given.id)
        except Refused:
            await self._proving.forget(row, given)
            raise

    async def send_another_code(self, request_id: str) -> None:
        """The person asks for a fresh code; one that waits behind another sends its first."""
        if await self._begun(await self.row(request_id), codes=1):
            return
        await self._sagas.have(request_id, RightsRequest.send_another_code)

    async def say_of_permission(self, request_id: str, word: Word) -> None:
        """The person says, by the link in our letter, whether they gave an agent permission."""
        await self._sagas.tell(request_id, RightsRequest.say_of_permission, word)

    async def keep_permission(self, request_id: str, permission: Permission, by: str) -> None:
        """Seal a document on which somebody acts for the person, that came after the request."""
        row = await self.row(request_id)
        await self._permissions.add(row, permission, by)

    async def permission(self, request_id: str) -> Permission:
        """The document on which somebody acts for the person: the one that came last."""
        return await self._permissions.last(await self.row(request_id))

    async def resolve(self, task_id: str, state: TaskState, by: str, note: str = "") -> None:
        """A person finishes a task, of a request, of a sweep or about a mail."""
        await self._tasks.resolve(Resolution(task_id=task_id, state=state, by=by, note=note))

    async def pass_on(self, task_id: str, owner: Owner, by: str) -> None:
        """Somebody else is to do a task of a request."""
        order = PassOn(task_id=task_id, owner=owner, by=by)
        await self._sagas.tell(owner_of(task_id), RightsRequest.pass_on, order)

    async def attach(self, task_id: str, file: Attachment, by: str) -> str:
        """Seal evidence with the request of a task; its hash, which the journal has."""
        return await self._attachments.add(await self.row(owner_of(task_id)), task_id, file, by)

    async def attached(self, task_id: str) -> AsyncIterator[Attachment]:
        """The evidence of a task, one file at a time."""
        async for file in self._attachments.of(await self.row(owner_of(task_id)), task_id):
            yield file

    async def task(self, task_id: str) -> Task:
        """An open task, whole: its instructions may be personal data."""
        return await self._tasks.get(task_id)

    async def extend(self, request_id: str, reason: str) -> str:
        """The privacy lead takes the longer period; the new legal date."""
        return await self._sagas.tell(request_id, RightsRequest.extend, Extension(reason=reason))

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        """Take a request back."""
        row = await self.row(request_id)
        if row.behind:
            await self._waiting_case(row)
            await self._gathering.cancel(request_id)
            return
        await self._sagas.tell(request_id, RightsRequest.cancel, Cancellation(by=by, reason=reason))

    async def ask(self, request_id: str, what: Subject, question: str, by: str) -> str:
        """Ask the person something; the legal date as it stands then."""
        order = Ask(what=what, question=question, by=by)
        return await self._sagas.tell(request_id, RightsRequest.ask, order)

    async def receive(self, request_id: str, what: Subject, by: str) -> str:
        """What was asked for has come; the legal date as it stands then."""
        return await self._sagas.tell(request_id, RightsRequest.receive, Received(what=what, by=by))

    async def write(self, request_id: str, message: Message, once: str) -> int:
        """The person says something about a request; its number. `once` tells a repetition from another message."""
        return await self._sagas.tell(request_id, RightsRequest.write, message, once)

    async def talk(self, request_id: str) -> Talk:
        """What the person and we said."""
        return await self._sagas.ask(request_id, RightsRequest.talk)

    async def lift(self, request_id: str, by: str, reason: str) -> None:
        """End a restriction; the person is told first."""
        await self._sagas.tell(request_id, RightsRequest.lift, Lifting(by=by, reason=reason))

    async def look(self, token: str) -> LinkView:
        """What a download link would do, without using it up or trying a passphrase."""
        return await self._ledger.links.peek(token)

    async def collect(self, token: str, passphrase: str) -> LinkUse:
        """Use a download link up."""
        return await self._ledger.links.consume(token, passphrase)

    def package(self, request_id: str, name: str) -> AsyncIterator[bytes]:
        """The package that a link granted, opened as it is streamed."""
        return self._vault.stream(request_id, name)

    async def _waiting_case(self, row: RequestRow) -> Case:
        """The case of a request that waits behind another."""
        if row.closed_at:
            raise Refused(OVER)
        return await self._vault.get_model(row.id, CASE, Case)

    async def _begun(self, row: RequestRow, codes: int = 0) -> bool:
        """Begin a request that waits behind another, and wait until its code is out; whether it waited.

        `codes`: so many of its codes are used up by it, as they would be if it had begun at once.
        """
        if not row.behind:
            return False
        case = await self._waiting_case(row)
        await self._gathering.begin(row.id)
        terms = case.terms.model_copy(update={"codes": max(1, case.terms.codes - codes)})
        case = case.model_copy(update={"terms": terms})
        await self._vault.put_model(row.id, CASE, case)
        if not await self._submitting.started(case):
            raise EngineDown
        await code_is_out(lambda: self.status(row.id))
        return True


async def _answers(asking: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await asking
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True
