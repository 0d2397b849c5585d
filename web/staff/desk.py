"""What these pages ask of the desk. The real one is `intake.desk.Desk`; tests give one of their own."""

from collections.abc import Sequence
from typing import Protocol

from dsar.case import Owner, Task, TaskState
from dsar.status import Status
from dsar.submission import Submission
from dsar.waiting import Subject
from intake.attachments import Attachment
from intake.desk import Receipt
from intake.plans import WholePlan
from intake.who_asks import WhoAsks
from ledger.requests import RequestRow
from ledger.tasks import TaskRow


class StaffDesk(Protocol):
    """The part of the desk that our own people reach by browser. Each method does what the desk's own does."""

    async def open_requests(self) -> Sequence[RequestRow]:
        """What is not answered yet, the most urgent first."""

    async def open_tasks(self) -> Sequence[TaskRow]:
        """What people have to do, the most urgent first."""

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it."""

    async def row(self, request_id: str) -> RequestRow:
        """What the ledger knows of a request."""

    async def status(self, request_id: str) -> Status:
        """What the saga says of itself."""

    async def plan(self, request_id: str, system: str) -> WholePlan:
        """What is planned in one system, record by record."""

    async def who_asks(self, request_id: str) -> WhoAsks:
        """What the request says of who asks."""

    def title(self, system: str) -> str:
        """What people call a system."""

    async def task(self, task_id: str) -> Task:
        """An open task, whole."""

    async def resolve(self, task_id: str, state: TaskState, by: str, note: str = "") -> None:
        """Finish a task."""

    async def pass_on(self, task_id: str, owner: Owner, by: str) -> None:
        """Somebody else is to do it."""

    async def attach(self, task_id: str, file: Attachment, by: str) -> str:
        """Seal evidence."""

    async def extend(self, request_id: str, reason: str) -> str:
        """Take the longer period."""

    async def ask(self, request_id: str, what: Subject, question: str, by: str) -> str:
        """Ask the person something."""

    async def receive(self, request_id: str, what: Subject, by: str) -> str:
        """What was asked for has come."""

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        """Take a request back."""

    async def lift(self, request_id: str, by: str, reason: str) -> None:
        """End a restriction."""
