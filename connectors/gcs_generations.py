"""The generations of a bucket: how Google lists them, which of them it has locked, and what it says of one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pydantic import Field

from connectors.connector import TryLater
from connectors.google_account import Incoming
from connectors.google_calls import GONE, GoogleCalls
from dsar.frozen import Frozen
from dsar.records import Lock

BUCKET = "/storage/v1/b/{}"
OBJECTS = "/storage/v1/b/{}/o"
OBJECT = "/storage/v1/b/{}/o/{}"
OR_GONE = frozenset({200, GONE})
OR_GONE_OR_CHANGED = frozenset({200, GONE, 412})
MOST = 1000
"""The most that a page of a listing holds."""


class Generation(Frozen):
    """What a `Record.state` holds: one generation of one object."""

    bucket: str
    key: str
    generation: str
    soft: bool = False
    """Whether it was soft-deleted already when it was located."""
    place: str = ""
    """The prefix under which a search finds it."""
    located: str = ""
    """When, so that a mark set by another request is told apart from this one's."""

    @property
    def id(self) -> str:
        """The record's locator."""
        return record_id(self.bucket, self.key, self.generation)


def record_id(bucket: str, key: str, generation: str) -> str:
    """The locator of a generation. It stands in journals and logs, so the key is in it as a digest."""
    return f"gcs:{bucket}/{sha256(key.encode()).hexdigest()[:32]}#{generation}"


class Stored(Incoming):
    """An object resource, as far as we read it. Google leaves out what is not so."""

    bucket: str
    name: str
    generation: str
    metageneration: str
    timeCreated: datetime  # noqa: N815 - Google's spelling, here and below
    size: int = 0
    contentType: str = "application/octet-stream"  # noqa: N815
    contentEncoding: str = ""  # noqa: N815
    metadata: dict[str, str] = Field(default_factory=dict)
    temporaryHold: bool = False  # noqa: N815
    eventBasedHold: bool = False  # noqa: N815
    retentionExpirationTime: datetime | None = None  # noqa: N815
    retention: dict[str, Any] = Field(default_factory=dict)
    hardDeleteTime: datetime | None = None  # noqa: N815

    @property
    def itself(self) -> Generation:
        """Which generation this is."""
        soft = self.hardDeleteTime is not None
        return Generation(bucket=self.bucket, key=self.name, generation=self.generation, soft=soft)

    def lock(self, now: datetime) -> Lock | None:
        """Why Google refuses to delete it. A hold has no end; a retention that has passed locks nothing.

        An unlocked retention could be overridden by who has the right to, and never is.
        """
        if self.hardDeleteTime:
            return None
        if self.temporaryHold:
            return Lock(basis="Google Cloud Storage temporary hold")
        if self.eventBasedHold:
            return Lock(basis="Google Cloud Storage event-based hold")
        until = self.retentionExpirationTime
        if until is None or until <= now:
            return None
        mode = f"object retention ({self.retention['mode']})" if self.retention.get("mode") else "bucket retention"
        return Lock(basis=f"Google Cloud Storage {mode}", until=until.astimezone(UTC).date())


class _Listed(Incoming):
    kind: str
    """Always there: a page without it is not Google's."""
    items: tuple[Stored, ...] = ()
    nextPageToken: str | None = None  # noqa: N815


class SoftDeletePolicy(Incoming):
    """How long deleted bytes stay."""

    retentionDurationSeconds: int = 0  # noqa: N815
    hardDeletePause: dict[str, Any] = Field(default_factory=dict)  # noqa: N815


class _Bucket(Incoming):
    kind: str
    softDeletePolicy: SoftDeletePolicy | None = None  # noqa: N815


class Cursor(Frozen):
    """Where the next page starts: a place, and after what there."""

    bucket: str
    prefix: str
    soft: bool = False
    """Whether it is about what is soft-deleted there, which takes a listing of its own."""
    token: str | None = None
    since: str | None = None
    """A key from which on the listing begins anew."""


class Generations:
    """The objects of one Google Cloud Storage account, in all their generations."""

    def __init__(self, calls: GoogleCalls, now: Callable[[], datetime]) -> None:
        self._calls = calls
        self.now = now

    async def page(self, at: Cursor, size: int) -> tuple[list[Stored], Cursor | None]:
        """One page below a prefix, non-current generations too, and where the next one starts.

        In a bucket that never had a soft-delete policy nothing is soft-deleted, and nothing is asked.
        """
        if at.soft and await self.soft_delete_policy(at.bucket) is None:
            return [], None
        which = {"softDeleted": "true"} if at.soft else {"versions": "true"}
        params = {**which, "prefix": at.prefix, "maxResults": str(size), "projection": "noAcl"}
        more = {"pageToken": at.token, "startOffset": at.since}
        params |= {name: value for name, value in more.items() if value is not None}
        listed = (await self._calls.call("GET", OBJECTS, at.bucket, params=params)).read(_Listed)
        following = None
        if listed.nextPageToken:
            following = at.model_copy(update={"token": listed.nextPageToken})
            if following == at:
                raise TryLater(f"{OBJECTS} does not say where its next page starts")
        return [each for each in listed.items if each.name.startswith(at.prefix)], following

    async def get(self, wanted: Generation, *, soft_deleted: bool = False) -> Stored | None:
        """One generation, live or non-current; or, if asked so, soft-deleted. `None` when it is not there."""
        params = {"generation": wanted.generation} | ({"softDeleted": "true"} if soft_deleted else {})
        answer = await self._calls.call("GET", OBJECT, wanted.bucket, wanted.key, ok=OR_GONE, params=params)
        return None if answer.status == GONE else answer.read(Stored)

    async def soft_delete_policy(self, bucket: str) -> SoftDeletePolicy | None:
        """The bucket's policy; `None` when it never had one: then nothing in it is soft-deleted."""
        return (await self._calls.call("GET", BUCKET, bucket)).read(_Bucket).softDeletePolicy

    async def delete(self, wanted: Generation) -> bool:
        """Delete exactly this generation: whether it was there."""
        params = {"generation": wanted.generation, "ifGenerationMatch": wanted.generation}
        return await self._calls.delete(OBJECT, wanted.bucket, wanted.key, params=params)

    async def set_metadata(self, found: Stored, metadata: dict[str, str | None]) -> bool:
        """Change custom metadata, unless somebody else did meanwhile. Whether the generation is still there."""
        params = {"generation": found.generation, "ifMetagenerationMatch": found.metageneration}
        body = {"metadata": metadata}
        answer = await self._calls.call(
            "PATCH", OBJECT, found.bucket, found.name, ok=OR_GONE_OR_CHANGED, params=params, json=body
        )
        if answer.status == 412:
            raise TryLater(f"{OBJECT} was changed by somebody else at the same time")
        if answer.status == GONE:
            return False
        answer.read(Stored)
        return True


def whole_keys(found: Sequence[Stored], following: Cursor | None) -> tuple[list[Stored], Cursor | None]:
    """The page without its last key, if more follows: its generations are then judged together.

    A key with more generations than a page holds can't be, and is left as it is.
    """
    if following is None or not found or found[0].name == found[-1].name:
        return list(found), following
    last = found[-1].name
    return [each for each in found if each.name != last], following.model_copy(update={"token": None, "since": last})
