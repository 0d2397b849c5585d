"""A mail that a person has to read: asked, reminded, and answered by itself when nobody decides in time."""

from datetime import date, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.people import Resolution

with workflow.unsafe.imports_passed_through():
    from activities.evidence import Entry, Evidence, TaskChange
    from activities.mail_questions import Announce, MailQuestions, Over
    from dsar.case import Owner, Task, TaskKind, TaskState
    from dsar.mail_note import TITLES, MailQuestionStart, Purpose
    from dsar.zones import start_of_day


@workflow.defn
class MailQuestion:
    """One question. Its id names its compartment of the vault, where the mail lies; its history holds no word of it."""

    @workflow.init
    def __init__(self, start: MailQuestionStart) -> None:
        self._start = start
        self._task = Task(
            id=f"{start.mail_id}.1",
            kind=TaskKind.MAIL,
            system="mailbox",
            title=TITLES[start.purpose],
            instructions="",
            owner=Owner.PRIVACY_LEAD,
            due=start.due.isoformat(),
        )
        self._kept = False

    @workflow.run
    async def run(self, start: MailQuestionStart) -> TaskState:
        """Wait for a person. Only what may be a request ends without one, with the reply; the rest waits on."""
        opened = Entry(
            request_id=start.mail_id, step="opened", event="a mail to read", facts={"purpose": start.purpose}
        )
        await steps.inside(Evidence.record, opened, "Journal: a mail to read")
        await self._keep()
        self._kept = True
        await self._tell(0, Owner.PRIVACY_LEAD)
        await self._answered(start.remind_on)
        if self._waits:
            await self._tell(1, Owner.PRIVACY_LEAD)
        await self._answered(start.due)
        if self._waits:
            await self._tell(2, Owner.PRIVACY_LEAD, Owner.DEPUTY)
            if start.purpose is Purpose.QUESTION:
                await self._close(TaskState.WITHDRAWN)
            await workflow.wait_condition(lambda: not self._waits)
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._end(self._task.state)
        return self._task.state

    @workflow.update
    async def resolve(self, resolution: Resolution) -> None:
        """A person has read it."""
        await self._close(resolution.state)

    @resolve.validator
    def _check_resolution(self, resolution: Resolution) -> None:
        if not self._kept or resolution.task_id != self._task.id:
            raise ApplicationError(f"this mail has no task {resolution.task_id}", type="NoTask")
        if not self._waits:
            raise ApplicationError(f"this task is {self._task.state} already", type="TaskClosed")
        if resolution.state in {TaskState.OPEN, TaskState.WITHDRAWN}:
            raise ApplicationError("resolve a task as done, not_found or exception", type="NoResolution")
        if resolution.state is TaskState.EXCEPTION and not self._may_reply:
            raise ApplicationError("there is nobody to reply to: resolve it as done or not_found", type="NoReply")

    @workflow.query
    def tasks(self) -> tuple[Task, ...]:
        """What a person still has to do; its instructions are in the vault."""
        return (self._task,) if self._kept and self._waits else ()

    @property
    def _waits(self) -> bool:
        return self._task.state is TaskState.OPEN

    @property
    def _may_reply(self) -> bool:
        return self._start.purpose is Purpose.QUESTION and self._start.can_reply

    async def _answered(self, day: date) -> None:
        """Wait for an answer, until this day begins."""
        left = start_of_day(day, (self._start.zone,)) - workflow.now()
        if self._waits and left > timedelta(0):
            try:
                await workflow.wait_condition(lambda: not self._waits, timeout=left, timeout_summary=self._task.title)
            except TimeoutError:
                return

    async def _close(self, state: TaskState) -> None:
        self._task = self._task.model_copy(update={"state": state})
        await self._keep()

    async def _keep(self) -> None:
        change = TaskChange(request_id=self._start.mail_id, task=self._task)
        await steps.inside(Evidence.keep_task, change, f"Task {self._task.state}: {self._task.title}")

    async def _tell(self, number: int, *owners: Owner) -> None:
        order = Announce(
            mail_id=self._start.mail_id, policy=self._start.policy, task=self._task, owners=owners, number=number
        )
        await steps.outside(MailQuestions.announce_mail, order, "Tell the task's owner")

    async def _end(self, state: TaskState) -> None:
        replies = self._may_reply and state in {TaskState.EXCEPTION, TaskState.WITHDRAWN}
        order = Over(mail_id=self._start.mail_id, outcome=state, reply=replies)
        await steps.outside(MailQuestions.end_mail, order, "The question is over")
