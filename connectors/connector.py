"""What every connector is.

A connector takes a page of work and gives back outcomes and a cursor, so that its caller can heartbeat, resume
at the page and encrypt what it got. It keeps nothing between calls but its configuration and its connections.

Errors, the whole tree:

    ConnectorError
    ├── TryLater      the system is busy, down or not making sense: the engine retries, for as long as it takes
    └── NeedsPerson   only a person can go on (rights missing, an ambiguity, no API): a task is opened

Anything else that is raised is a bug of ours.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr

from connectors.pace import Account, OwnPace
from dsar.correction import Field, Values
from dsar.data_map import Ability
from dsar.identity import Identity, Key
from dsar.records import Exported, FileRef, Located, Outcome, Record, Walked

__all__ = ["Ability", "Connector", "ConnectorError", "NeedsPerson", "SystemConfig", "TryLater", "Unsupported"]


class ConnectorError(Exception):
    """Why a system could not do its part. The text holds no personal data: it reaches logs and histories."""


class TryLater(ConnectorError):
    """The system cannot answer now; asked again, it may.

    `after` is the wait that the system itself asked for, `None` when it did not say.
    """

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class NeedsPerson(ConnectorError):
    """Repeating will not help; a person has to act. `instructions` say what to do, without personal data."""

    def __init__(self, why: str, instructions: str) -> None:
        super().__init__(why)
        self.why = why
        self.instructions = instructions


class Unsupported(NotImplementedError):
    """The connector was asked for an ability that it does not declare: our bug."""


class SystemConfig(BaseModel):
    """One entry of systems.toml, its secret resolved. A connector's own `Config` adds its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """The entry's name in systems.toml; what letters, tasks and the journal call the system by id."""
    kind: str
    title: str
    """What people call it: `Email platform (Mailchimp)`."""
    base_url: str
    secret: SecretStr
    learns: frozenset[Key] = frozenset()
    """The identifiers that locating here can teach."""
    needs: frozenset[Key] = frozenset()
    """Searching here waits until one of these is known or nobody is left to teach it; empty: searched at once."""
    max_connections: int = 8
    requests_per_second: float | None = None
    """The account's limit at the vendor, kept by all processes together; `None`: unpaced."""
    timeout_seconds: float = 60.0

    _account: Account | None = PrivateAttr(default=None)

    @property
    def account(self) -> Account:
        """What is shared with the other entries that reach the same account; by itself, an entry has its own."""
        if self._account is None:
            pace = OwnPace(self.requests_per_second) if self.requests_per_second else None
            self._account = Account(self.max_connections, pace)
        return self._account

    def sharing(self, account: Account) -> Self:
        """This entry, one of those that share the account."""
        self._account = account
        return self


class Connector(ABC):
    """A system of record.

    Contract (tests/contract checks every connector against it): only the person's records; locating and
    exporting never write; every act may be repeated with the same effect; a record that is gone is
    `NOT_FOUND` or `ERASED`, not an error; one `Outcome` for each record asked, in the same order.
    """

    Config: ClassVar[type[SystemConfig]]

    @property
    @abstractmethod
    def can(self) -> frozenset[Ability]:
        """What can be done with this entry: a class's attribute, or a property where the entry's fields decide."""

    def __init__(self, config: SystemConfig) -> None:
        self.config = config

    @abstractmethod
    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of what the system holds of the person; start with no cursor, go on until there is none.

        An empty page with a cursor is normal. An unknown person is an empty last page.
        """

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """The content of these records, fewer when some are gone meanwhile. Never writes."""
        raise Unsupported(f"{self.config.kind} cannot export")

    def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream a file named by `export`, in chunks of at most 1 MiB."""
        raise Unsupported(f"{self.config.kind} has no files")

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take these records out of use, reversibly: `SUPPRESSED` each, or what stood in the way."""
        raise Unsupported(f"{self.config.kind} cannot suppress")

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Mark these records as kept for one purpose only, reversibly: `RESTRICTED` each."""
        raise Unsupported(f"{self.config.kind} cannot restrict")

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Undo `suppress` and `restrict`: each record is again as `Record.state` says it was located."""
        raise Unsupported(f"{self.config.kind} has nothing to restore")

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Erase these records for good, from wherever `suppress` left them.

        `ERASED` only when the system itself says it is gone; `ACCEPTED` when it will be later; `RETAINED` when
        the system's lock forbids it; `NEEDS_PERSON` with instructions when no API can.
        """
        raise Unsupported(f"{self.config.kind} cannot erase")

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Ask again for each record that should be gone: `ERASED` if it is not there, `REFUSED` if it still is.

        `ANONYMISED` when it is there and says nothing of anybody; `REFUSED` when it says who, be it again.
        `ACCEPTED` when the system cannot tell (then only the vendor's word stands).
        """
        raise Unsupported(f"{self.config.kind} cannot check")

    async def look_again(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """`check`, once a system that answered `ACCEPTED` should have finished; all of these may still be erased.

        A system that is given a person's data late, from elsewhere, first deletes what came.
        """
        return await self.check(records)

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What these records say in these fields, one answer a record in the same order. Never writes.

        A field that the system does not have for this record is left out, one that is empty is `""`; `None` for a
        record that is gone. Works before and after `rectify`, also where that changed what the record is found by.
        """
        raise Unsupported(f"{self.config.kind} cannot be corrected")

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Make each record say these values, one mapping a record: also how a correction is put back.

        `RECTIFIED` each, also where it says so already; `NOT_FOUND` when it is gone; `NEEDS_PERSON` with
        instructions where this record's field cannot be written by an interface.
        """
        raise Unsupported(f"{self.config.kind} cannot be corrected")

    def may_say(self, record: Record, field: Field) -> bool:
        """Whether a record like this can say anything in a field at all: else nobody is sent there to correct it."""
        return True

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of every record of anybody, with its dates and the identifiers it carries. Never writes."""
        raise Unsupported(f"{self.config.kind} cannot be walked through")

    def manually(self, record: Record, what: str) -> str:
        """What a person does there in place of a call; `what` is a sentence that says what is wanted. Personal data."""
        return f"{self.config.title}: {record.label or record.id} ({record.category}).\n{what}"

    async def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Release connections."""
