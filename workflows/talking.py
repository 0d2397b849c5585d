"""The person writes about their request: a task for us, and where we had asked something, the answer to it.

Nothing here runs before a message comes: a history without one has no step of it.
"""

from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.waiting import Received

with workflow.unsafe.imports_passed_through():
    from activities.talking import Reply, Talks
    from dsar.case import Task, TaskKind, TaskState
    from dsar.talking import TITLE, UNREAD, Exchange, Message, Talk, instructions
    from dsar.waiting import Subject

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest

BY_PERSON = "the person"


class Talking:
    """What was said about one request. Each message is a task, and the saga does not end before it is resolved."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._exchanges: list[Exchange] = []

    @property
    def talk(self) -> Talk:
        """All of it."""
        return Talk(asked=self._request.waiting.asked, exchanges=tuple(self._exchanges))

    def check_write(self, message: Message) -> None:
        """Refuse what says nothing, and more than anybody can read."""
        if not message.text.strip():
            raise ApplicationError("there is nothing in it", type="NoMessage")
        if self.talk.waiting >= UNREAD:
            raise ApplicationError("we have many messages about this that we have not read yet", type="TooMany")

    async def write(self, message: Message) -> int:
        """Take a message; its number. It is a task at once; the clock hears of an answer before this returns."""
        asked = self._request.waiting.asked
        number = len(self._exchanges) + 1
        self._exchanges.append(Exchange(number=number, written=self._request.deadline.today))
        answers = Subject.CLARIFICATION in asked and await self._received()
        left = tuple(each for each in asked if not (answers and each is Subject.CLARIFICATION))
        self._request.afterwards.go(
            self._read(number, instructions(message, number=number, answers=answers, asked=left))
        )
        return number

    async def _received(self) -> bool:
        """Let the clock go on, as long as there is one; read it is in any case."""
        if self._request.answered:
            return False
        try:
            await self._request.waiting.receive(Received(what=Subject.CLARIFICATION, by=BY_PERSON))
        except ApplicationError:
            return False
        return True

    async def _read(self, number: int, words: str) -> None:
        """Have it read, and pass the answer on."""
        task = await self._request.people.ask(TaskKind.TALK, None, TITLE, words)
        answer = task.note.strip() if task.state is TaskState.DONE else ""
        today = self._request.deadline.today
        if answer:
            await self._reply(number, task, answer)
        self._exchanges[number - 1] = self._exchanges[number - 1].model_copy(
            update={"read": True, "answered": today if answer else None, "answer": answer}
        )

    async def _reply(self, number: int, task: Task, answer: str) -> None:
        order = Reply(**self._request.recipient().model_dump(), number=number, answer=answer)
        await steps.outside(Talks.send_reply, order, "Answer the person's message")
        await self._request.record(f"talk:{number}", "the person's message is answered", task=task.id)
