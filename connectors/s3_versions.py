"""The versions and delete markers of a bucket: how a listing is read, resumed and told about."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import takewhile
from typing import Any

from connectors.connector import TryLater
from connectors.s3_client import Client
from dsar.frozen import Frozen

MOST = 1000
"""The most that ListObjectVersions answers with and DeleteObjects takes."""
FEW = 2
"""Pages of a listing that are read before it is made narrower."""
REPLACED = "\ufffd"
"""What stands for a character that cannot be shown."""


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
    """Those of these versions that S3 still lists, by their record ids.

    Each listing begins where a prefix does, and goes on only at a mark that S3 gave for its next page: behind a key
    marker that is no key, some services pass over a version, which would then be taken for gone.
    """
    wanted = {version.id for version in versions}
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for version in versions:
        places[version.bucket, version.place].add(version.key)
    there = set[str]()
    for (bucket, place), keys in places.items():
        there |= wanted & await _around(client, bucket, place, sorted(keys, key=str.encode))
    return there


async def _around(client: Client, bucket: str, place: str, keys: list[str]) -> set[str]:
    """What is listed of these keys, by record ids: a few pages for all of them, or fewer keys at a time.

    So a call where little is left; where much stays, no more for each key than a few.
    """
    stems = {_stem(key) for key in keys}
    last = keys[-1] if stems == {*keys} else ""
    at: Cursor | None = Cursor(bucket=bucket, prefix=max(place, _common(stems), key=len))
    met, pages = set[str](), 0
    while at is not None:
        if pages == FEW and len(stems) > 1:
            half = len(keys) // 2
            return met.union(*[await _around(client, bucket, place, part) for part in (keys[:half], keys[half:])])
        found, at = await page(client, at)
        met, pages = met | {version.id for version in found}, pages + 1
        if last and any(version.key.encode() > last.encode() for version in found):
            break
    return met


def _stem(key: str) -> str:
    """What is sure of a key: what comes before a character that a service keeps, sorts by, and cannot show."""
    return key.partition(REPLACED)[0]


def _common(texts: set[str]) -> str:
    """What all of these begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(min(texts), max(texts), strict=False))
    return "".join(same for same, _ in pairs)


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
