"""What a system holds about a person, one record at a time, and what became of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from dsar.frozen import Frozen
from dsar.identity import Identifier, Key


class Anchor(StrEnum):
    """The event a retention period counts from."""

    CREATED = "created"
    LAST_INTERACTION = "last_interaction"
    PROJECT_COMPLETED = "project_completed"
    CONTRACT_ENDED = "contract_ended"


class Lock(Frozen):
    """The system itself refuses to delete this record (an object lock, a legal hold)."""

    basis: str
    """In words, without personal data: `S3 object lock (COMPLIANCE)`."""
    until: date | None = None
    """The last day of the lock; `None` when it has no end, as a legal hold."""


class Record(Frozen):
    """One thing in one system that may be the person's.

    Personal data: lives in the vault, never in a log or the ledger.
    """

    id: str
    """The system's own locator, stable between calls, unique within the system: `page:<uuid>`."""
    category: str
    """A category of the retention schedule in policy.toml: `invoices`."""
    matched: frozenset[Key]
    """The kinds of the person's identifiers that this record itself carries. A name alone is ambiguous."""
    dates: dict[Anchor, date] = Field(default_factory=dict)
    lock: Lock | None = None
    label: str = ""
    """How a person recognises it in a task or report, for example the page's title."""
    state: dict[str, Any] = Field(default_factory=dict)
    """What the connector needs to act on it, and to put it back as it was found (JSON values only)."""


class Located(Frozen):
    """A page of a search: records, what they teach of the person's identity, and where the next page starts."""

    records: tuple[Record, ...] = ()
    learned: tuple[Identifier, ...] = ()
    cursor: str | None = None
    """Opaque; `None` on the last page."""


class Sighting(Frozen):
    """A record met while walking through a whole system, and whose it says it is. Personal data."""

    record: Record
    """`matched` holds the kinds of `identifiers`."""
    identifiers: tuple[Identifier, ...]
    """What the record itself carries: none, where it does not say whose it is."""


class Walked(Frozen):
    """A page of a walk through everything a system holds."""

    sightings: tuple[Sighting, ...] = ()
    cursor: str | None = None
    """Opaque; `None` on the last page."""


class FileRef(Frozen):
    """A file that belongs to a record and is streamed, never loaded whole."""

    name: str
    """The file's own name, for the package. It is data: the package decides where it goes."""
    locator: str
    """What the connector's `open` needs."""
    media_type: str = "application/octet-stream"


class Exported(Frozen):
    """The content of one record, as the system holds it."""

    record_id: str
    category: str
    label: str = ""
    data: dict[str, Any]
    files: tuple[FileRef, ...] = ()


class OutcomeKind(StrEnum):
    """Everything that can be true of a record afterwards."""

    ERASED = "erased"
    ANONYMISED = "anonymised"
    RECTIFIED = "rectified"
    RESTRICTED = "restricted"
    SUPPRESSED = "suppressed"
    EXPORTED = "exported"
    TOLD = "told"
    """Named by its category in the answer."""
    RETAINED = "retained"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    """The system took the order and will carry it out later: looked at again at `check_after`."""
    RESTORED = "restored"
    """Suppressed or restricted before, now as it was located."""
    NOT_FOUND = "not_found"
    NEEDS_PERSON = "needs_person"


class Outcome(Frozen):
    """What was seen to happen to one record. The texts hold no personal data, except `instructions`."""

    record_id: str
    kind: OutcomeKind
    until: date | None = None
    """RETAINED: the last day it is kept; `None` while a hold without end lasts."""
    basis: str = ""
    """RETAINED: the law, contract or lock, in words a person understands."""
    reason: str = ""
    """REFUSED: why. SUPPRESSED, of what should be gone: what stays, as the person reads it."""
    check_after: datetime | None = None
    """ACCEPTED: when the system should have finished (UTC)."""
    instructions: str = ""
    """NEEDS_PERSON: what to do, where, with which identifiers. Shown only inside a task."""
