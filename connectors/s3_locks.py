"""What S3 itself refuses to delete: legal holds and retentions, read from the headers of HEAD in one call."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.http import together
from connectors.s3_client import Client
from connectors.s3_errors import Gone
from connectors.s3_versions import Version
from dsar.records import Lock


class Locks:
    """The locks of one S3 service. Whether a bucket can have any is asked once: it can't be turned off again."""

    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._lockable: dict[str, bool] = {}

    async def among(self, versions: Sequence[Version]) -> list[Lock | None]:
        """The lock on each of these versions of one bucket. A marker has none, and neither has what is gone."""
        contents = [version for version in versions if not version.marker]
        if not contents or not await self._possible(contents[0].bucket):
            return [None for _ in versions]
        found = dict(zip([v.id for v in contents], await together(map(self._unless_gone, contents)), strict=True))
        return [found.get(version.id) for version in versions]

    async def on(self, version: Version) -> Lock | None:
        """The lock on a version, if any. Raises `Gone` when the version is not there."""
        return self.said_by(await self._client.call("head_object", "ETag", **version.address))

    def said_by(self, head: dict[str, Any]) -> Lock | None:
        """The lock that an answer of HEAD tells of. A hold has no end; a retention that has passed locks nothing."""
        until: datetime | None = head.get("ObjectLockRetainUntilDate")
        mode = head.get("ObjectLockMode", "of unknown mode")
        if head.get("ObjectLockLegalHoldStatus") == "ON":
            return Lock(basis="S3 legal hold")
        if until is not None and until > self._now():
            return Lock(basis=f"S3 object lock ({mode})", until=until.astimezone(UTC).date())
        return None

    async def _possible(self, bucket: str) -> bool:
        if bucket not in self._lockable:
            self._lockable[bucket] = await self._client.has_object_lock(bucket)
        return self._lockable[bucket]

    async def _unless_gone(self, version: Version) -> Lock | None:
        try:
            return await self.on(version)
        except Gone:
            return None
