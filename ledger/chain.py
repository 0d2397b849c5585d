"""The chain that makes a change of the journal visible: each entry's hash is made with a key, over the one before.

Without the key, no entry can be changed, taken out, put in or moved so that its hash, or the next one's, still fits.
A tail that is cut off leaves a chain that fits; the sealed head tells, and so does any head that was noted elsewhere.
Seen by neither: the whole database put back as it was on an earlier day. Only a head noted elsewhere tells that.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

RECEIVED = "received"
"""The step of each request's first entry."""

KEY_BYTES = 16
"""The least that a key may have; made at random, or derived from one that was."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry says, as it is hashed."""

    at: str
    request_id: str
    step: str
    event: str
    facts: str
    """Canonical JSON."""

    def same_as(self, other: "Entry") -> bool:
        """Whether both say the same, whenever they say it."""
        return (self.event, self.facts) == (other.event, other.facts)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry, or the place before the first."""

    seq: int = 0
    hash: str = ""

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


class Chain:
    """Makes hashes with one key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"the journal's key must have at least {KEY_BYTES} bytes, made at random")
        self._key = key

    def after(self, head: Head, entry: Entry) -> Head:
        """The head once this entry is added: HMAC-SHA256 over all it says, its place, and the hash before."""
        place = head.seq + 1
        return Head(place, self.hash(place, entry, head.hash))

    def hash(self, seq: int, entry: Entry, prev: str) -> str:
        """The hash that an entry must have, hexadecimal."""
        return self._mac([seq, entry.at, entry.request_id, entry.step, entry.event, entry.facts, prev])

    def seal(self, head: Head) -> str:
        """What is kept beside the head: whoever cuts the journal cannot make it for an earlier one."""
        return self._mac(["head", head.seq, head.hash])

    def _mac(self, what: list[object]) -> str:
        # A database that was tampered with holds anything; as its description, it matches no hash.
        message = json.dumps(what, separators=(",", ":"), default=repr)
        return hmac.new(self._key, message.encode(), hashlib.sha256).hexdigest()


def stamp(moment: datetime) -> str:
    """A moment as it stands in the journal: UTC, microseconds, one form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
