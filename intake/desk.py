"""The desk: takes requests in, and passes on what people say of them. It decides nothing that a rule decides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.policies import Policies
from dsar.agency import Permission, Word
from dsar.case import Case, Task, TaskState
from dsar.data_map import System
from dsar.data_points import Point, Signature
from dsar.frozen import Frozen
from dsar.mail_note import MAIL, instructions
from dsar.policy import Demand, Policy
from dsar.proof import Attempt
from dsar.requests import Right
from dsar.status import Status
from dsar.submission import Submission
from dsar.sweeping import SWEEP
from dsar.talking import Message, Talk
from dsar.waiting import Subject
from intake.cases import LONGEST_PAST, Cases, reading_first
from intake.engine import Engine, EngineDown
from intake.gathering import Gathering, code_is_out
from intake.handing_over import CASE, HandingOver, words
from intake.mail_decisions import rights_decided, submission_decided
from intake.mail_parts import note_read, question, unread
from intake.permissions import Permissions
from intake.proving import Proving
from intake.refusals import NotFound, Refused
from ledger.ledger import Ledger
from ledger.links import LinkUse, LinkView
from ledger.requests import RequestRow
from vault.keys import KeyDestroyed
from vault.vault import Vault
from workflows.deadline import Extension
from workflows.mail_question import MailQuestion
from workflows.people import Resolution
from workflows.points import Taken
from workflows.proof import Confirmation
from workflows.restraint import Lifting
from workflows.retention_sweep import RetentionSweep
from workflows.rights_request import Cancellation, RightsRequest
from workflows.waiting import Ask, Received

__all__ = ["Confirmed", "Desk", "NotFound", "Readiness", "Receipt", "Refused"]

R = TypeVar("R")

OVER = "this is not running: it is over, or not started yet"

READY_SECONDS = 3.0
"""What takes longer to answer does not."""


class Receipt(Frozen):
    """What whoever submits a request gets."""

    request_id: str
    right: Right
    joined: bool
    """The person had asked for the same already: that request goes on, with its own dates."""
    started: bool
    """`False`: kept, and started as soon as the engine is back."""
    ticket: str
    """Proves nothing; with the code that is mailed to the person, it brings the passphrase of a download. Told once."""
    due: date
    safe: date
    others: tuple["Receipt", ...] = ()
    """Of the other rights that were asked for at the same time: requests of their own, with the same ticket."""


class Confirmed(Attempt):
    """The answer to a code that was entered."""

    passphrase: str = ""
    """Opens the download, with the link in the answer. Told once, to who had the ticket beside the right code."""


class _Kept(Frozen):
    """A request that has an id in the ledger."""

    case: Case
    joined: bool
    waits: bool = False
    """Behind another of the same name: it has no saga yet."""


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
        self._proving = Proving(ledger, vault, subject_key, now, policy.proving.attempts)
        self._cases = Cases(ledger, policies, policy, systems, subject_key, now)
        self._permissions = Permissions(ledger, vault)
        self._handing_over = HandingOver(ledger, vault)
        self._gathering = Gathering(ledger, policy, now)

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it; a duplicate joins the open one. Several rights are as many requests.

        It is kept, sealed, before it has an id in the ledger, and has one before the engine hears of it: whatever
        breaks in between, either nothing was promised, or what was promised is found again by `dispatch`.

        Raises:
            Refused: a date cannot be right, or the policy does not know what is asked.
        """
        await self._cases.check(submission)
        ticket = words()
        kept: list[_Kept] = []
        for right in sorted(submission.asked, key=reading_first):
            kept.append(await self._keep(submission, right, ticket, kept))
        receipts = [
            Receipt(
                request_id=each.case.request_id,
                right=each.case.right,
                joined=each.joined,
                started=each.waits or await self._started(each.case),
                ticket=ticket,
                due=each.case.clock.answer.due,
                safe=each.case.clock.answer.safe,
            )
            for each in reversed(await self._proved_together(kept))  # whoever tells others comes last
        ]
        receipts.sort(key=lambda receipt: submission.asked.index(receipt.right))
        return receipts[0].model_copy(update={"others": tuple(receipts[1:])})

    async def dispatch(self, older_than: timedelta = timedelta(seconds=5)) -> int:
        """Start what was kept while the engine was down; how many. One that cannot be read holds up no other."""
        count, unreadable = 0, None
        for request_id in await self._ledger.requests.unstarted(older_than):
            try:
                count += await self._started(await self._vault.get_model(request_id, CASE, Case))
            except Exception as error:  # noqa: BLE001 - raised below, once the others are started
                unreadable = error
        await self._gathering.settle()
        if unreadable:
            raise unreadable
        return count

    async def ready(self) -> Readiness:
        """Whether what the desk stands on answers, each asked by itself."""
        ledger, vault, engine = await asyncio.gather(
            _answers(self._ledger.requests.unstarted(LONGEST_PAST)),
            _answers(self._vault.exists(CASE, CASE)),
            _answers(self._engine.check()),
        )
        return Readiness(ledger=ledger, vault=vault, engine=engine)

    async def row(self, request_id: str) -> RequestRow:
        """What the ledger knows of a request: no personal data, and still there when the saga is long over."""
        row = await self._ledger.requests.get(request_id)
        if row is None:
            raise NotFound(f"there is no request {request_id}")
        return row

    async def status(self, request_id: str) -> Status:
        """What the saga says of itself."""
        row = await self.row(request_id)
        if row.behind:
            return self._gathering.status(row, await self._waiting_case(row))
        handle = await self._engine.request(request_id)
        return await self._said(handle.query(RightsRequest.status))

    async def confirm(self, request_id: str, code: str, ticket: str = "") -> Confirmed:
        """The person enters the code; with the ticket of whoever asked, they have the passphrase of a download."""
        await self._begun(await self.row(request_id))
        await self._handing_over.check(request_id, ticket)
        handle = await self._engine.request(request_id)
        attempt = await self._said(handle.execute_update(RightsRequest.confirm, Confirmation(code=code)))
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
        handle = await self._engine.request(request_id)
        try:
            return await self._said(handle.execute_update(RightsRequest.prove, given, id=given.id))
        except Refused:
            await self._proving.forget(row, given)
            raise

    async def send_another_code(self, request_id: str) -> None:
        """The person asks for a fresh code; one that waits behind another sends its first."""
        if await self._begun(await self.row(request_id), codes=1):
            return
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.send_another_code))

    async def say_of_permission(self, request_id: str, word: Word) -> None:
        """The person says, by the link in our letter, whether they gave an agent permission."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.say_of_permission, word))

    async def keep_permission(self, request_id: str, permission: Permission, by: str) -> None:
        """Seal a document on which somebody acts for the person, that came after the request."""
        row = await self.row(request_id)
        await self._permissions.add(row, permission, by)

    async def permission(self, request_id: str) -> Permission:
        """The document on which somebody acts for the person: the one that came last."""
        return await self._permissions.last(await self.row(request_id))

    async def resolve(self, task_id: str, state: TaskState, by: str, note: str = "") -> None:
        """A person finishes a task, of a request, of a sweep or about a mail."""
        request_id = task_id.rpartition(".")[0]
        resolution = Resolution(task_id=task_id, state=state, by=by, note=note)
        if request_id.startswith(MAIL):
            await self._decide_mail(request_id, resolution)
            return
        if request_id.startswith(SWEEP):
            sweep = await self._engine.sweep(request_id)
            await self._said(sweep.execute_update(RetentionSweep.resolve, resolution))
            return
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.resolve, resolution))

    async def task(self, task_id: str) -> Task:
        """An open task, whole: its instructions may be personal data."""
        owner = task_id.rpartition(".")[0]
        if owner.startswith(MAIL):
            tasks = await self._mail_tasks(owner)
        elif owner.startswith(SWEEP):
            sweep = await self._engine.sweep(owner)
            tasks = (await self._said(sweep.query(RetentionSweep.report))).tasks
        else:
            tasks = (await self.status(owner)).tasks
        for task in tasks:
            if task.id == task_id:
                return task
        raise NotFound(f"there is no open task {task_id}")

    async def extend(self, request_id: str, reason: str) -> str:
        """The privacy lead takes the longer period; the new legal date."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.execute_update(RightsRequest.extend, Extension(reason=reason)))

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        """Take a request back."""
        row = await self.row(request_id)
        if row.behind:
            await self._waiting_case(row)
            await self._gathering.cancel(request_id)
            return
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.cancel, Cancellation(by=by, reason=reason)))

    async def ask(self, request_id: str, what: Subject, question: str, by: str) -> str:
        """Ask the person something; the legal date as it stands then."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        order = Ask(what=what, question=question, by=by)
        return await self._said(handle.execute_update(RightsRequest.ask, order))

    async def receive(self, request_id: str, what: Subject, by: str) -> str:
        """What was asked for has come; the legal date as it stands then."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.execute_update(RightsRequest.receive, Received(what=what, by=by)))

    async def write(self, request_id: str, message: Message, once: str) -> int:
        """The person says something about a request; its number. `once` tells a repetition from another message."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.execute_update(RightsRequest.write, message, id=once))

    async def talk(self, request_id: str) -> Talk:
        """What the person and we said."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.query(RightsRequest.talk))

    async def lift(self, request_id: str, by: str, reason: str) -> None:
        """End a restriction; the person is told first."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.lift, Lifting(by=by, reason=reason)))

    async def look(self, token: str) -> LinkView:
        """What a download link would do, without using it up or trying a passphrase."""
        return await self._ledger.links.peek(token)

    async def collect(self, token: str, passphrase: str) -> LinkUse:
        """Use a download link up."""
        return await self._ledger.links.consume(token, passphrase)

    def package(self, request_id: str, name: str) -> AsyncIterator[bytes]:
        """The package that a link granted, opened as it is streamed."""
        return self._vault.stream(request_id, name)

    async def _decide_mail(self, mail_id: str, resolution: Resolution) -> None:
        """A mail that is a request is handed in before its task is closed: twice, it joins what is open."""
        if resolution.task_id not in {row.id for row in await self._ledger.tasks.list(mail_id)}:
            raise Refused("this mail has no such open task")
        if more := await unread(self._vault, mail_id):
            raise Refused(f"{more} more mails of this sender came that day: read the task first, as it stands now")
        mail = await self._engine.mail(mail_id)
        if resolution.state is TaskState.DONE:
            note, _ = await question(self._vault, mail_id)
            if rights := rights_decided(note, resolution.note):
                receipt = await self.submit(submission_decided(note, rights))
                ids = ", ".join(each.request_id for each in (receipt, *receipt.others))
                resolution = resolution.model_copy(update={"note": f"{ids} {resolution.note}"})
        await self._said(mail.execute_update(MailQuestion.resolve, resolution))

    async def _mail_tasks(self, mail_id: str) -> tuple[Task, ...]:
        if not await self._ledger.tasks.list(mail_id):
            return ()  # over, and perhaps forgotten
        mail = await self._engine.mail(mail_id)
        tasks = await self._said(mail.query(MailQuestion.tasks))
        note, parts = await question(self._vault, mail_id)
        await note_read(self._vault, mail_id, parts)
        words = instructions(note)
        return tuple(task.model_copy(update={"instructions": words}) for task in tasks)

    async def _keep(self, submission: Submission, right: Right, ticket: str, before: Sequence["_Kept"]) -> "_Kept":
        """One right of a submission, as a request of its own."""
        case = await self._cases.case(submission, right, [each.case for each in before])
        await self._vault.create(case.request_id)
        await self._vault.put_model(case.request_id, CASE, case)
        if submission.permission:
            await self._permissions.keep(case.request_id, submission.permission)
        received = await self._ledger.requests.receive(self._cases.row(case))
        if received.joined:
            await self._vault.destroy(case.request_id)
            case = await self._vault.get_model(received.id, CASE, Case)
        await self._handing_over.ticket(received.id, ticket)
        return _Kept(case=case, joined=received.joined, waits=received.behind is not None)

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
        if not await self._started(case):
            raise EngineDown
        await code_is_out(lambda: self.status(row.id))
        return True

    async def _proved_together(self, kept: Sequence["_Kept"]) -> list["_Kept"]:
        """One code for all that need one: the first asks for it, and tells the others. What was open already stays."""
        asking = [each for each in kept if not (each.joined or each.waits) and each.case.proof is not Demand.NONE]
        if len(asking) < 2:
            return list(kept)
        first, *others = asking
        tells = {
            "proves": tuple(each.case.request_id for each in others),
            "also": tuple(each.case.right for each in others),
        }
        linked: dict[str, dict[str, Any]] = {first.case.request_id: tells}
        linked |= {each.case.request_id: {"proved_by": first.case.request_id} for each in others}
        return [await self._linked(each, linked.get(each.case.request_id, {})) for each in kept]

    async def _linked(self, kept: "_Kept", link: dict[str, Any]) -> "_Kept":
        if not link:
            return kept
        case = kept.case.model_copy(update=link)
        await self._vault.put_model(case.request_id, CASE, case)
        return kept.model_copy(update={"case": case})

    async def _started(self, case: Case) -> bool:
        try:
            await self._engine.start(case)
        except EngineDown:
            return False
        await self._ledger.requests.mark_started(case.request_id)
        return True

    async def _said(self, call: Awaitable[R]) -> R:
        """What the saga answers; a refusal of its own as `Refused`."""
        try:
            return await call
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError):
                raise Refused(error.cause.message) from None
            raise
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise Refused(OVER) from None
            raise EngineDown from None
        except (RPCTimeoutOrCancelledError, WorkflowQueryFailedError):
            raise EngineDown from None
        except KeyDestroyed:
            raise Refused("this is over, and all that it held is forgotten") from None


async def _answers(asking: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await asking
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True
