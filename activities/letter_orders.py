"""The orders to write: one frozen model for each letter."""

from datetime import date, datetime

from dsar.alarms import Alarm
from dsar.case import Task
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.outcomes import Result
from dsar.proof import SentCode
from dsar.requests import Regime, Right


class Recipient(Frozen):
    """Whom a letter is for, by request; the address itself stays in the vault."""

    request_id: str
    right: Right
    policy: str
    regime: Regime | None = None
    """`None`: the policy's own."""


class Acknowledge(Recipient):
    """Order: confirm receipt, and send the code that proves who asks."""

    identity: Identity
    answer_by: date
    code: bool = True
    """Whether a code is sent: not where no proof is asked, or none could come from the address on file."""
    shared_with: str = ""
    """The request of the same submission whose code counts for this one."""
    in_person: bool = False
    """The address on file is disputed: somebody finds out another way who asks."""


class Acknowledged(Frozen):
    """The code that was sent, and which claims it proves.

    Where no address is on file, a decoy that no code fits: whoever tries codes must not learn whom we know.
    """

    sent: SentCode
    proves: frozenset[Key] = frozenset()
    reached: bool = True


class AnotherCode(Recipient):
    """Order: a fresh code, the `number`th of this request."""

    number: int


class Extend(Recipient):
    """Order: tell the person that more time is needed."""

    reason: str
    answer_by: date


class Answer(Recipient):
    """Order: the answer. `package` is the vault's name of what can be downloaded until `link_expires`."""

    result: Result
    titles: dict[str, str]
    package: str | None = None
    link_expires: datetime | None = None
    categories: dict[str, int] = {}  # noqa: RUF012 - pydantic copies defaults
    """How many records of each category were found, where only that was asked."""


class Refusal(Recipient):
    """Order: say that the request is refused, by a person's decision."""

    reasons: tuple[str, ...]


class Pause(Recipient):
    """Order: ask the person something."""

    what: str
    """`proof of identity`, or `clarification`."""
    question: str
    paused: bool
    """Whether the clock stands still meanwhile."""
    answer_by: date


class Resumed(Recipient):
    """Order: what was asked for has come; say by when the answer comes."""

    answer_by: date


class Lift(Recipient):
    """Order: tell the person that their restriction is about to end."""

    reason: str


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
