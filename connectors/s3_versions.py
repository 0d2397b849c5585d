"""The versions and delete markers of a bucket: how a listing is read, resumed and told about."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors.connector import TryLater
from connectors.s3_client import Client
from dsar.frozen import Frozen

MOST = 1000
"""The most that ListObjectVersions answers with and DeleteObjects takes."""
LONGEST_KEY = 1024
"""Bytes."""
REPLACED = "\ufffd"
"""What stands for a character that cannot be shown."""
HIGHEST = "\U0010fffd"
"""No character comes after it: what begins with less sorts before what ends with it."""


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
    """Among `uploads`, an upload's id."""
    uploads: bool = False
    """Among what was begun to be uploaded, behind the versions."""
    told: tuple[str, ...] = ()
    """The categories of which copies in other buckets were told already."""

    @property
    def start(self) -> "Cursor":
        """Where the listing that it is in began."""
        return Cursor(bucket=self.bucket, prefix=self.prefix)

    @property
    def behind(self) -> "Cursor":
        """At the uploads of the same place."""
        return Cursor(bucket=self.bucket, prefix=self.prefix, uploads=True)

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
        following = at.model_copy(update={"key": next_key, "version": next_version})
        if next_key is None or following == at:
            raise TryLater("list_object_versions does not say where its next page starts")
    return [v for v in _entries(at.bucket, answer) if v.key.startswith(at.prefix)], following


async def left(client: Client, versions: Sequence[Version]) -> set[str]:
    """Those of these versions that S3 still lists, by their record ids: only around their keys is it listed again."""
    wanted = {version.id for version in versions}
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for version in versions:
        places[version.bucket, version.place].add(version.key)
    there = set[str]()
    for (bucket, prefix), keys in places.items():
        first, last = _around(keys)
        at: Cursor | None = Cursor(bucket=bucket, prefix=prefix, key=_before(first) if first > prefix else None)
        while at is not None:
            found, at = await page(client, at)
            there |= wanted & {version.id for version in found}
            if last and any(version.key.encode() > last.encode() for version in found):
                break
    return there


def _around(keys: set[str]) -> tuple[str, str]:
    """The first and the last of these keys; the end, `""`, where a service shows another character than it keeps.

    Such a key is sorted by what is kept: only what comes before that character is sure.
    """
    first = min((key.partition(REPLACED)[0] for key in keys), key=str.encode)
    return first, "" if any(REPLACED in key for key in keys) else max(keys, key=str.encode)


def _before(key: str) -> str:
    """A key that a listing has before this one, and next to nothing in between."""
    last = ord(key[-1]) - 1
    if last < 0 or len(key.encode()) > LONGEST_KEY - 8:
        return key[:-1]
    return key[:-1] + chr(0xD7FF if 0xD800 <= last <= 0xDFFF else last) + HIGHEST


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
