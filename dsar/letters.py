"""What each letter says, as facts. The words are a language's: activities/letter_forms.

The same facts in the same language give the same letter, so that its hash is evidence.
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import model_validator

from dsar.agency import Agent
from dsar.alarms import Alarm
from dsar.clock_rules import Effect
from dsar.frozen import Frozen
from dsar.policy import Controller
from dsar.regimes import REGIMES
from dsar.remedies import Remedies, may_opt_out, remedies
from dsar.requests import Regime, Right


class LetterKind(StrEnum):
    """Each letter that exists; one of a kind is sent once, however often its step is repeated."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CODE = "code"
    EXTENSION = "extension"
    PAUSE = "pause"
    """We wait for the person: for proof, or for an answer to a question."""
    CLARIFICATION = "clarification"
    """A question, while the clock goes on."""
    RESUMED = "resumed"
    REPLY = "reply"
    """What we say to a message of the person's."""
    ANSWER = "answer"
    DENIAL = "denial"
    """For want of proof."""
    REFUSAL = "refusal"
    """By a person's decision."""
    LIFT = "lift"
    """A restriction is about to be lifted."""
    CANCELLATION = "cancellation"
    RELEASE = "release"
    """What had to be kept has been erased."""
    AGENCY = "agency"
    """Somebody asks for the person, and they are asked whether that is so."""
    DISOWNED = "disowned"
    """The person says that it is not theirs: it is ended."""
    MOVED = "moved"
    """To an address that the person had: another one is on file now."""
    COOLING = "cooling"
    """To an address that the person had: somebody asks for a copy so shortly after."""
    FRAUD = "fraud"
    """To our own people: a request that the person says is not theirs."""
    ALARM = "alarm"
    TASK = "task"
    PROPOSAL = "proposal"
    """Records whose time is over, for which nobody asked: may they go?"""


FORMS: tuple[str, ...] = (
    *(kind for kind in LetterKind if kind is not LetterKind.ANSWER),
    *(f"{LetterKind.ANSWER}-{right}" for right in Right),
)
"""Every form that a language must have. An answer has one for each right."""


class Letter(Frozen):
    """The facts of one letter, without its address."""

    kind: ClassVar[LetterKind]

    @property
    def form(self) -> str:
        """Which of the `FORMS` puts these facts into words."""
        return self.kind


class Head(Frozen):
    """What every letter to a person says: who writes, about which request, under whose law."""

    request_id: str
    right: Right
    controller: Controller
    regime: Regime | None = None
    """`None`: not known here; said is then only what holds everywhere."""
    page: str = ""
    """The address of the request's own page, where a code is entered and a question answered; empty: not said."""


class ToPerson(Letter):
    """A letter to the data subject."""

    head: Head

    @property
    def remedies(self) -> Remedies:
        """What the person can do against it."""
        return remedies(self.head.right, self.head.regime)


class Acknowledgement(ToPerson):
    """We have the request, how it is verified, and when an answer comes (11 CCR 7021(a))."""

    kind = LetterKind.ACKNOWLEDGEMENT

    answer_by: date
    code: str = ""
    """Proves who asks. Empty, and no other proof named here: none is asked for."""
    otherwise: bool = False
    """A person makes sure another way: the address on file is what is said to be wrong (11 CCR 7060(g))."""
    shared_with: str = ""
    """The request of the same submission whose code counts for this one too."""
    also: tuple[Right, ...] = ()
    """The other rights of the same submission that this code counts for."""
    points: int = 0
    """How many things that we hold the person is asked for once the code is entered."""
    declaration: bool = False
    """Whether a declaration has to be signed, too."""

    @model_validator(mode="after")
    def _one_proof(self) -> "Acknowledgement":
        if sum(map(bool, (self.code, self.shared_with, self.otherwise))) > 1:
            raise ValueError(
                "a request has a code of its own, or shares another's, or is proved otherwise: one of these"
            )
        return self


class AgentAsks(ToPerson):
    """Somebody asks for the person (11 CCR 7063, 7070): who, on what, and how the person says yes or no."""

    kind = LetterKind.AGENCY

    answer_by: date
    agent: Agent
    code: str = ""
    """Proves who the person is, and with it that they know of this."""
    shared_with: str = ""
    """The request of the same submission whose proof counts for this one too."""
    also: tuple[Right, ...] = ()
    points: int = 0
    """How many things that we hold are asked for once the person has said yes."""
    declaration: bool = False
    """Whether a declaration has to be signed, too."""
    url: str = ""
    """Where the person says whether they gave permission; empty: nothing waits for it."""


class Disowned(ToPerson):
    """The person says that it is not theirs: ended as a fraud, everything as it was."""

    kind = LetterKind.DISOWNED


class AddressMoved(ToPerson):
    """To an address that the person had: their records say another one now."""

    kind = LetterKind.MOVED


class CoolingOff(ToPerson):
    """To an address that the person had: a copy was asked for shortly after, and is held so that they can object."""

    kind = LetterKind.COOLING

    until: date


class AnotherCode(ToPerson):
    """A fresh code; the one before is dead."""

    kind = LetterKind.CODE

    code: str
    first: bool = False
    """There is none before: the request that was to prove this one too ended without proof."""


class Extension(ToPerson):
    """More time is needed: told within the first period, with the reason (Cal. Civ. Code 1798.130(a)(2)(A))."""

    kind = LetterKind.EXTENSION

    reason: str
    answer_by: date


class WaitsFor(StrEnum):
    """What we ask the person for."""

    PROOF = "proof"
    CLARIFICATION = "clarification"


class Pause(ToPerson):
    """We wait for the person, and what that does to the time that we have to answer in."""

    kind = LetterKind.PAUSE

    waits_for: WaitsFor
    question: str
    until: date | None = None
    """How long we wait."""

    @property
    def effect(self) -> Effect:
        """What the law makes of waiting; that the clock stands still is said only where it does."""
        if self.head.regime is None:
            return Effect.PAUSES
        rules = REGIMES[self.head.regime]
        if self.head.right in rules.strict:
            return Effect.NONE
        return (rules.proof if self.waits_for is WaitsFor.PROOF else rules.clarification).effect


class Clarification(ToPerson):
    """A question that helps us to answer; we answer by the same day, with or without what we hear."""

    kind = LetterKind.CLARIFICATION

    question: str
    answer_by: date


class Resumed(ToPerson):
    """What we waited for has come; the time runs again."""

    kind = LetterKind.RESUMED

    answer_by: date


class Reply(ToPerson):
    """Our answer to what the person wrote about the request; not the answer to the request."""

    kind = LetterKind.REPLY

    answer: str


class Denial(ToPerson):
    """Not verified in time: denied with reasons, never closed in silence (11 CCR 7021(b))."""

    kind = LetterKind.DENIAL

    @property
    def asks_opt_out(self) -> bool:
        """Whether the person is asked if they want to opt out of sale and sharing instead (11 CCR 7022(g))."""
        return self.head.right is Right.DELETE and may_opt_out(self.head.regime)

    @property
    def points_to_policy(self) -> bool:
        """Whether what is collected in general answers a part of what was asked (11 CCR 7024(b))."""
        return self.head.right in {Right.KNOW, Right.ACCESS, Right.PORTABILITY}


class Refusal(ToPerson):
    """Refused by a person's decision: the reasons, and what can be done against it (GDPR 12(4), 11 CCR 7022(f))."""

    kind = LetterKind.REFUSAL

    reasons: tuple[str, ...]


class Lift(ToPerson):
    """A restriction ends: the person is told before (GDPR 18(3))."""

    kind = LetterKind.LIFT

    reason: str
    on: date | None = None


class Cancellation(ToPerson):
    """The request was cancelled and everything is as it was."""

    kind = LetterKind.CANCELLATION


class Release(ToPerson):
    """What was retained has been erased."""

    kind = LetterKind.RELEASE

    records: int


class ToStaff(Letter):
    """A letter to our own people: it names requests and tasks by their ids, and nobody's data."""

    request_id: str
    page: str = ""
    """The address of the page for it, where our own people sign in; empty: there are no such pages."""


class AlarmRings(ToStaff):
    """A request's time is running out."""

    kind = LetterKind.ALARM

    right: Right
    alarm: Alarm
    due: date
    safe: date


class Fraud(ToStaff):
    """The person says that they gave nobody permission for this."""

    kind = LetterKind.FRAUD

    right: Right


class TaskOpened(ToStaff):
    """A person has to act. The instructions stay in the system: mail is no place for identifiers."""

    kind = LetterKind.TASK

    task_id: str
    title: str
    due: date
    reminder: bool = False
    """It was told before, and is still open."""


class Proposal(ToStaff):
    """Records whose retention is over, in one system, by category: a person says whether they may go."""

    kind = LetterKind.PROPOSAL

    system: str
    """Its title."""
    records: dict[str, int]
    task_id: str = ""

    @property
    def total(self) -> int:
        """How many, in all categories."""
        return sum(self.records.values())
