"""One request as its saga carries it: everything pinned at receipt, so that a replay years later decides the same."""

from enum import StrEnum

from dsar.agency import Agent
from dsar.clock_sheet import ClockSheet
from dsar.data_map import System
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.policy import Demand, People, Proving, Terms
from dsar.requests import Right
from dsar.submission import Channel
from dsar.wish import Wish


class Case(Frozen):
    """What a `RightsRequest` is started with."""

    request_id: str
    right: Right
    identity: Identity
    channel: Channel
    clock: ClockSheet
    policy: str
    """Digest of the policy that decides, kept in the ledger."""
    terms: Terms
    systems: tuple[System, ...]
    wish: Wish = Wish()
    proof: Demand = Demand.CODE
    proving: Proving = Proving()
    """What is asked where a code alone is not enough."""
    proof_categories: Demand = Demand.REASONABLE
    """Specific pieces: what has to be proved to be told the categories in their place."""
    proved_by: str | None = None
    """The request of the same submission that asks for the code: its proof counts here too. `None`: asks itself."""
    proves: tuple[str, ...] = ()
    """The requests of the same submission that wait for this one's proof."""
    also: tuple[Right, ...] = ()
    """Their rights: the letter with the code names them."""
    after: tuple[str, ...] = ()
    """The person's requests to be answered before this one changes anything: what they want to have is copied first."""
    agent: Agent | None = None
    """Who asks for the person, as they say."""
    permission: str = ""
    """SHA-256 of the document that they showed, which is sealed beside the case; empty: none came with it."""
    entered_by: str = ""
    """Who of our own people entered it; empty: it came by itself."""
    cools_off: bool = False
    """Held, while the person's address was changed so shortly before that it may have been somebody else."""
    dry_run: bool = False


class State(StrEnum):
    """Where a request stands: a search attribute, and what the person is told."""

    RECEIVED = "received"
    AWAITING_PROOF = "awaiting_proof"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    """Found and planned; the time to cancel is running."""
    ANSWERED = "answered"
    CLOSED = "closed"


class Ending(StrEnum):
    """How a request ended, for the journal and the year's figures."""

    COMPLIED = "complied"
    PARTLY = "partly"
    NOTHING_FOUND = "nothing_found"
    DENIED_UNVERIFIED = "denied_unverified"
    REFUSED = "refused"
    """By a person's decision, with reasons."""
    CANCELLED = "cancelled"
    FRAUDULENT = "fraudulent"
    """The person says that it is not theirs: put back, and reported."""
    PLANNED = "planned"
    """A dry run: nothing was done."""


class TaskKind(StrEnum):
    """Why a person is needed."""

    CONFIRM = "confirm"
    """Are these the data subject's records?"""
    DECIDE = "decide"
    """The records are theirs; what becomes of them?"""
    APPROVE = "approve"
    """Look at the plan before it runs."""
    ACT = "act"
    """No interface can do it: do it by hand."""
    UNBLOCK = "unblock"
    """The system refuses us: a right or a credential is missing."""
    FINISH = "finish"
    """Time is running out and the system has not answered."""
    JUDGE = "judge"
    """Decide what the person asked to be decided; the note is the answer that they read."""
    ASK = "ask"
    """Something was asked of the person: pass on what they answer."""
    MAIL = "mail"
    """Read a mail: it may be a request, or answer a letter of ours."""
    AUTHORITY = "authority"
    """Look at a power of attorney, or find out who is a child's parent or guardian."""
    COOL_OFF = "cool_off"
    """The address was changed shortly before: may the copy go out before the time is over?"""
    TALK = "talk"
    """The person wrote about their request: read it, and answer."""
    REACH = "reach"
    """No address on file, or the proof failed: reach the person another way."""
    UNDELIVERED = "undelivered"
    """A letter of ours did not arrive: reach the person another way, to tell them what it says."""


class TaskState(StrEnum):
    """What became of a task."""

    OPEN = "open"
    DONE = "done"
    NOT_FOUND = "not_found"
    EXCEPTION = "exception"
    WITHDRAWN = "withdrawn"
    """Nobody needs it any more: what was waited for came by itself, or the request ended."""


class Task(Frozen):
    """What one person has to do, as it read on the day it was opened."""

    id: str
    kind: TaskKind
    system: str
    title: str
    """Without personal data: lists and logs show it."""
    instructions: str
    """May name identifiers: shown only to the person who acts."""
    owner: str
    due: str
    """ISO date."""
    state: TaskState = TaskState.OPEN
    note: str = ""


class Owner(StrEnum):
    """Who a task or an alarm goes to."""

    PRIVACY_LEAD = "privacy_lead"
    DEPUTY = "deputy"

    @property
    def in_words(self) -> str:
        """As people say it."""
        return self.replace("_", " ")

    def address(self, people: People) -> str:
        """Their address in the policy."""
        return people.privacy_lead if self is Owner.PRIVACY_LEAD else people.deputy
