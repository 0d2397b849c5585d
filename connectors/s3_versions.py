"""The versions and delete markers of a bucket: how a listing is read, resumed and told about."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors.connector import TryLater
from connectors.s3_client import Client
from dsar.frozen import Frozen

MOST = 1000
"""The most that ListObjectVersions answers with and DeleteObjects takes."""


class Version(Frozen):
    """What a `Record.state` holds: one version of one object, or one delete marker."""

    bucket: str
    key: str
    version: str
    """`null` in a bucket that never had versions, and for what is older than they are."""
    marker: bool
    modified: datetime
    place: str = ""
    """The prefix under which a later look finds it, if it is still there."""
    located: str = ""
    """When, so that a mark set by another request is told apart from this one's."""

    @property
    def id(self) -> str:
        """The record's locator."""
        return record_id(self.bucket, self.key, self.version)

    @property
    def address(self) -> dict[str, str]:
        """The version as S3's operations take it."""
        return {"Bucket": self.bucket, "Key": self.key, "VersionId": self.version}


def record_id(bucket: str, key: str, version: str) -> str:
    """The locator of a version. It stands in journals and logs, so the key is in it as a digest: keys name persons."""
    return f"s3:{bucket}/{sha256(key.encode()).hexdigest()[:32]}?versionId={version}"


class Cursor(Frozen):
    """Where the next page starts: a place, and after which version there."""

    bucket: str
    prefix: str
    key: str | None = None
    version: str | None = None

    @property
    def markers(self) -> dict[str, str]:
        """The cursor as ListObjectVersions takes it."""
        pairs = {"KeyMarker": self.key, "VersionIdMarker": self.version}
        return {name: value for name, value in pairs.items() if value is not None}


async def page(client: Client, at: Cursor, size: int = MOST) -> tuple[list[Version], Cursor | None]:
    """One answer of ListObjectVersions below a prefix, and where the next one starts, `None` after the last."""
    answer = await client.call(
        "list_object_versions", "IsTruncated", Bucket=at.bucket, Prefix=at.prefix, MaxKeys=size, **at.markers
    )
    following = None
    if answer["IsTruncated"]:
        next_key, next_version = answer.get("NextKeyMarker"), answer.get("NextVersionIdMarker")
        following = Cursor(bucket=at.bucket, prefix=at.prefix, key=next_key, version=next_version)
        if next_key is None or following == at:
            raise TryLater("list_object_versions does not say where its next page starts")
    return [v for v in _entries(at.bucket, answer) if v.key.startswith(at.prefix)], following


def whole_keys(found: list[Version], following: Cursor | None) -> tuple[list[Version], Cursor | None]:
    """The page without its last key, if that goes on: its versions and markers are then judged together.

    A key with more versions than a page holds can't be, and is left as it is.
    """
    if following is None or following.key is None:
        return found, following
    before = sorted({v.key for v in found if v.key != following.key}, key=str.encode)
    if not before:
        return found, following
    again = following.model_copy(update={"key": before[-1], "version": None})
    return [v for v in found if v.key != following.key], again


def _entries(bucket: str, answer: dict[str, Any]) -> Iterator[Version]:
    for marker, member in ((False, "Versions"), (True, "DeleteMarkers")):
        for entry in answer.get(member, ()):
            yield Version(
                bucket=bucket,
                key=entry["Key"],
                version=entry.get("VersionId") or "null",
                marker=marker,
                modified=entry["LastModified"].astimezone(UTC),
            )
