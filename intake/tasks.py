"""The tasks of people: of a request, of a hold, of a sweep, or about a mail. Their ids say which."""

from collections.abc import Awaitable, Callable

from dsar.case import Task, TaskState
from dsar.mail_note import MAIL, instructions
from dsar.status import Status
from dsar.submission import Submission
from dsar.sweeping import SWEEP
from intake.engine import Engine
from intake.mail_decisions import rights_decided, submission_decided
from intake.mail_parts import note_read, question, unread
from intake.receipts import Receipt
from intake.refusals import NotFound, Refused
from intake.sagas import Sagas, said
from ledger.ledger import Ledger
from vault.vault import Vault
from workflows.mail_question import MailQuestion
from workflows.people import Resolution
from workflows.retention_hold import HOLD, RetentionHold
from workflows.retention_sweep import RetentionSweep
from workflows.rights_request import RightsRequest


class Tasks:
    """Finds a task and finishes it.

    Args:
        status: what the saga of a request says of itself.
        submit: hands in what a mail proved to be.
    """

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        vault: Vault,
        status: Callable[[str], Awaitable[Status]],
        submit: Callable[[Submission], Awaitable[Receipt]],
    ) -> None:
        self._engine = engine
        self._sagas = Sagas(engine, ledger)
        self._ledger = ledger
        self._vault = vault
        self._status = status
        self._submit = submit

    async def get(self, task_id: str) -> Task:
        """An open task, whole: its instructions may be personal data."""
        for task in await self._of(owner_of(task_id)):
            if task.id == task_id:
                return task
        raise NotFound(f"there is no open task {task_id}")

    async def resolve(self, resolution: Resolution) -> None:
        """Finish a task."""
        whose = owner_of(resolution.task_id)
        if whose.startswith(MAIL):
            await self._decide_mail(whose, resolution)
        elif whose.startswith(SWEEP):
            sweep = await self._engine.sweep(whose)
            await said(sweep.execute_update(RetentionSweep.resolve, resolution))
        elif whose.startswith(HOLD):
            hold = await self._engine.hold(whose)
            await said(hold.execute_update(RetentionHold.resolve, resolution))
        else:
            await self._sagas.tell(whose, RightsRequest.resolve, resolution)

    async def _of(self, whose: str) -> tuple[Task, ...]:
        if whose.startswith(MAIL):
            return await self._about_mail(whose)
        if whose.startswith(SWEEP):
            sweep = await self._engine.sweep(whose)
            return (await said(sweep.query(RetentionSweep.report))).tasks
        if whose.startswith(HOLD):
            hold = await self._engine.hold(whose)
            return await said(hold.query(RetentionHold.tasks))
        return (await self._status(whose)).tasks

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
                receipt = await self._submit(submission_decided(note, rights))
                ids = ", ".join(each.request_id for each in (receipt, *receipt.others))
                resolution = resolution.model_copy(update={"note": f"{ids} {resolution.note}"})
        await said(mail.execute_update(MailQuestion.resolve, resolution))

    async def _about_mail(self, mail_id: str) -> tuple[Task, ...]:
        if not await self._ledger.tasks.list(mail_id):
            return ()  # over, and perhaps forgotten
        mail = await self._engine.mail(mail_id)
        tasks = await said(mail.query(MailQuestion.tasks))
        note, parts = await question(self._vault, mail_id)
        await note_read(self._vault, mail_id, parts)
        words = instructions(note)
        return tuple(task.model_copy(update={"instructions": words}) for task in tasks)


def owner_of(task_id: str) -> str:
    """Whose task it is: a request's, a hold's, a sweep's or a mail's id."""
    return task_id.rpartition(".")[0]
