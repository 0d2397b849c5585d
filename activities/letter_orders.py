"""What sagas order of the pen. A new field needs a default: orders lie in histories that outlive our releases."""

from datetime import date, datetime

from dsar.alarms import Alarm
from dsar.case import Ending, Task
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.letters import WaitsFor
from dsar.outcomes import Result
from dsar.proof import SentCode
from dsar.requests import Regime, Right
from dsar.wish import Detail


class Recipient(Frozen):
    """Whom a letter is for, by request; the address itself stays in the vault."""

    request_id: str
    right: Right
    policy: str
    regime: Regime | None = None
    """Whose law says what a letter has to say; `None`: only what holds everywhere is said."""
    language: str = "en"
    """The person's. Our own people are written to in English."""
    to_agent: bool = False
    """The answer goes to who asks for the person, as the permission says."""


class Acknowledge(Recipient):
    """Order: confirm receipt, and send the code that proves who asks."""

    identity: Identity
    answer_by: date
    code: bool = True
    """False: no code is made; unless another proof is named here, none is asked for."""
    otherwise: bool = False
    """A person makes sure who asks another way: the address on file is what is said to be wrong. No code either."""
    shared_with: str = ""
    """The request of the same submission whose code counts for this one too; then no code is made either."""
    also: tuple[Right, ...] = ()
    """The other rights of the same submission that the code counts for."""
    points: int = 0
    """How many things that we hold are asked for beside the code."""
    declaration: bool = False
    """Whether a declaration has to be signed."""


class Acknowledged(Frozen):
    """The code that was sent, and which claims it proves.

    Where no address is on file, a decoy that no code fits: whoever tries codes must not learn whom we know. A decoy
    too where no code was asked for; `proves` is then what whoever reads that mailbox would have proved.
    """

    sent: SentCode
    proves: frozenset[Key] = frozenset()
    reached: bool = True


class AnotherCode(Recipient):
    """Order: a fresh code, the `number`th of this request; the first, where another request was to prove this one."""

    number: int


class Extend(Recipient):
    """Order: tell the person that more time is needed."""

    reason: str
    answer_by: date


class Pause(Recipient):
    """Order: ask the person for something that we wait for, and say what the waiting does to the clock."""

    question: str
    kind: WaitsFor
    until: date | None = None
    """How long we wait."""
    number: int = 1
    """The how manyth of its kind in this request: each is sent once."""


class Clarify(Recipient):
    """Order: ask the person something, while the clock goes on."""

    question: str
    answer_by: date
    number: int = 1


class Resumed(Recipient):
    """Order: tell the person that the clock runs again, and until when."""

    answer_by: date
    number: int = 1


class Answer(Recipient):
    """Order: the answer. `package` is the vault's name of what can be downloaded until `link_expires`."""

    result: Result
    titles: dict[str, str]
    ending: Ending = Ending.COMPLIED
    """How the request ends with it."""
    package: str | None = None
    link_expires: datetime | None = None
    detail: Detail = Detail.SPECIFIC
    """KNOW: `categories` says what was found by category, without a package."""
    categories: dict[str, int] = {}  # noqa: RUF012 - pydantic copies defaults
    """How many records of each category were found."""
    consents: tuple[str, ...] = ()
    """WITHDRAW: the entries of the policy's `[consents]` that are taken back."""
    decision: str = ""
    """COMPLAINT, APPEAL, OBJECT: what a person decided, in words; empty: what the result says of it."""
    lowered: Right | None = None
    """What was asked for and not proved enough for: the categories are told in its place."""


class Refusal(Recipient):
    """Order: refuse, as a person decided, with the reasons that the person reads."""

    reasons: tuple[str, ...]


class Lift(Recipient):
    """Order: tell the person that a restriction ends, before it does."""

    reason: str
    on: date | None = None
    """When it ends; `None`: right after this letter."""
    number: int = 1


class Release(Recipient):
    """Order: tell the person that what had to be kept is erased."""

    records: int


class Ring(Recipient):
    """Order: wake people."""

    alarm: Alarm
    due: date
    safe: date


class TaskOpened(Recipient):
    """Order: a person has to act."""

    task: Task
    again: str = ""
    """Why it is told once more: the day of a reminder, or who has it now. Empty: it is new."""
    reminder: bool = False


class Proposed(Frozen):
    """Order: tell the privacy lead that records may go whose retention is over."""

    sweep: str
    """The id of what proposes: in place of a request's."""
    policy: str
    system: str
    title: str
    """The system's."""
    records: dict[str, int]
    """By category."""
    task_id: str = ""
