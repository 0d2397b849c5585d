"""How people take part in a request: updates change it, and are refused before they leave a trace; queries read."""

from abc import ABC, abstractmethod

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps
from workflows.agency import Agency
from workflows.deadline import Deadline, Extension
from workflows.path import Path
from workflows.people import PassOn, People, Resolution
from workflows.points import Taken
from workflows.proof import Confirmation
from workflows.restraint import Lifting, Restraint
from workflows.siblings import Siblings, Told
from workflows.talking import Talking
from workflows.undelivered import Undelivered
from workflows.verification import Verification
from workflows.waiting import Ask, Received, Waiting

with workflow.unsafe.imports_passed_through():
    from activities.letter_orders import Extend, Recipient
    from activities.letters import Letters
    from activities.proof_points import Given
    from dsar.agency import Word
    from dsar.case import Task
    from dsar.frozen import Frozen
    from dsar.proof import Attempt
    from dsar.talking import Message, Talk
    from dsar.undelivered import LetterBack


class Cancellation(Frozen):
    """The request is taken back, by the person, or by us because it is fraudulent."""

    by: str
    reason: str
    fraud: bool = False
    """It is not the person's: they say so, or somebody here found out."""


class TakingPart(ABC):
    """The handlers of a request. What they do is done by its parts."""

    deadline: Deadline
    people: People
    talking: Talking
    undelivered: Undelivered
    siblings: Siblings
    waiting: Waiting
    agency: Agency
    verification: Verification
    path: Path
    cancelled: Cancellation | None
    changed_in: set[str]
    """The systems that said so since they were last asked."""

    @property
    @abstractmethod
    def answered(self) -> bool:
        """Whether the answer is out."""

    @abstractmethod
    def recipient(self) -> Recipient:
        """Whom letters are for."""

    @abstractmethod
    async def record(self, step: str, event: str) -> None:
        """Enter something into the journal."""

    @abstractmethod
    async def record_dates(self, step: str, event: str) -> None:
        """Enter into the journal what moved the dates."""

    @abstractmethod
    def dates_moved(self) -> None:
        """Whoever watches sees the new date."""

    @abstractmethod
    def check_not_too_late(self) -> None:
        """Refuse what can only be said while everything can be put back."""

    @abstractmethod
    def end_as_fraud(self, reason: str) -> None:
        """It is not the person's."""

    @workflow.update
    async def confirm(self, confirmation: Confirmation) -> Attempt:
        """The person enters the code."""
        return await self.verification.try_code(confirmation)

    @confirm.validator
    def _check_confirm(self, confirmation: Confirmation) -> None:
        self.verification.proof.check_possible(confirmation)

    @workflow.update
    async def send_another_code(self) -> None:
        """The person asks for a fresh code."""
        await self.verification.send_code("Send another code")

    @send_another_code.validator
    def _check_another(self) -> None:
        self.verification.proof.check_another()

    @workflow.update
    async def prove(self, given: Given) -> Taken:
        """The person tells what we hold; the same is said whether it is right or wrong."""
        return await self.verification.take(given)

    @prove.validator
    def _check_prove(self, given: Given) -> None:
        code = self.verification.proof.verified
        self.verification.points.check_possible(code=code, answered=self.answered)

    @workflow.update
    async def resolve(self, resolution: Resolution) -> Task:
        """A person finishes a task."""
        return await self.people.resolve(resolution)

    @resolve.validator
    def _check_resolve(self, resolution: Resolution) -> None:
        self.people.check_resolution(resolution)

    @workflow.update
    async def pass_on(self, order: PassOn) -> None:
        """Somebody else is to do a task."""
        await self.people.pass_on(order)

    @pass_on.validator
    def _check_pass_on(self, order: PassOn) -> None:
        self.people.check_passing_on(order)

    @workflow.signal
    def hear(self, told: Told) -> None:
        """A request of the same submission tells what concerns this one too."""
        self.siblings.hear(told)
        if told.fraud:
            self.end_as_fraud("the person says that they gave no permission")
        else:
            self.verification.hear()

    @workflow.signal
    def look_again(self, system: str) -> None:
        """A system says that something changed there: where it had accepted an order, it is asked what."""
        self.changed_in.add(system)

    @workflow.signal
    def letter_back(self, back: LetterBack) -> None:
        """A letter did not arrive, or our own mail server does not let it out."""
        self.undelivered.hear(back)

    @workflow.update
    async def ask(self, ask: Ask) -> str:
        """The privacy lead asks the person for something; where the law knows a pause, the clock waits for it."""
        return await self.waiting.ask(ask)

    @ask.validator
    def _check_ask(self, ask: Ask) -> None:
        self.waiting.check_ask(ask)

    @workflow.update
    async def receive(self, received: Received) -> str:
        """What the person was asked for has come."""
        return await self.waiting.receive(received)

    @receive.validator
    def _check_receive(self, received: Received) -> None:
        self.waiting.check_receive(received)

    @workflow.update
    async def write(self, message: Message) -> int:
        """The person says something about the request; the message's number."""
        return await self.talking.write(message)

    @write.validator
    def _check_write(self, message: Message) -> None:
        self.talking.check_write(message)

    @workflow.query
    def talk(self) -> Talk:
        """What was said."""
        return self.talking.talk

    @workflow.update
    async def lift(self, lifting: Lifting) -> None:
        """End a restriction: the person is told before it ends (GDPR 18(3))."""
        assert isinstance(self.path, Restraint)  # noqa: S101 - the validator has seen to it
        await self.path.lift(lifting)

    @lift.validator
    def _check_lift(self, lifting: Lifting) -> None:
        if not isinstance(self.path, Restraint):
            raise ApplicationError("only a restriction can be lifted", type="NoRestriction")
        self.path.check_lift(lifting)

    @workflow.update
    async def extend(self, extension: Extension) -> str:
        """The privacy lead takes the longer period; the person is told why. The new legal date, ISO."""
        self.deadline.extend()
        dates = self.deadline.dates
        self.dates_moved()
        order = Extend(**self.recipient().model_dump(), reason=extension.reason, answer_by=dates.due)
        await steps.outside(Letters.announce_extension, order, "Announce the extension")
        await self.record_dates("extended", "extended")
        return dates.due.isoformat()

    @extend.validator
    def _check_extend(self, extension: Extension) -> None:
        if self.answered:
            raise ApplicationError("this request is answered already", type="Answered")
        if not extension.reason.strip():
            raise ApplicationError("an extension needs a reason; the person is told it", type="NoExtension")
        self.deadline.check_extension()

    @workflow.update
    async def cancel(self, cancellation: Cancellation) -> None:
        """Take the request back."""
        self.cancelled = cancellation
        await self.record("cancel", "cancellation asked for")

    @cancel.validator
    def _check_cancel(self, cancellation: Cancellation) -> None:
        self.check_not_too_late()

    @workflow.update
    async def say_of_permission(self, word: Word) -> None:
        """The person says whether they gave an agent permission."""
        await self.agency.hear(word)

    @say_of_permission.validator
    def _check_word(self, word: Word) -> None:
        self.agency.check(word)
