"""The mark on what is kept: an object tag beside those that are there already."""

from collections import defaultdict
from collections.abc import Sequence

from connectors.http import together
from connectors.s3_client import Client
from connectors.s3_errors import Gone
from connectors.s3_versions import Version
from dsar.records import Outcome, OutcomeKind

MARK = "habeas-restricted"
"""Kept for one purpose only. Its value is the moment at which the request that set it located the version: only that
request takes it off again, and its restriction outlives another request's change of mind."""
MOST = 10
"""S3 keeps no more tags on a version."""


async def tags(client: Client, version: Version) -> dict[str, str]:
    """The tags of a version, in S3's order. Raises `Gone` when it is not there."""
    answer = await client.call("get_object_tagging", "TagSet", **version.address)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


async def values(client: Client, versions: Sequence[Version], name: str) -> dict[str, tuple[str, ...]]:
    """What a tag says, by key: one tagged version tells of all of its key. A marker can't be tagged, but names it."""
    contents = [version for version in versions if not version.marker]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for version, value in zip(contents, await together(_value(client, v, name) for v in contents), strict=True):
        if value:
            found[version.key].add(value)
    return {key: tuple(sorted(said)) for key, said in found.items()}


async def mark(client: Client, version: Version) -> Outcome:
    """Put the mark on a version; one that is there already stays.

    A delete marker has no content that could be used, and takes no tag: there is nothing to restrict.
    """
    if version.marker:
        return Outcome(record_id=version.id, kind=OutcomeKind.NOT_FOUND)
    try:
        now = await tags(client, version)
        if MARK not in now and len(now) >= MOST:
            return Outcome(record_id=version.id, kind=OutcomeKind.NEEDS_PERSON, instructions=_full(version))
        if MARK not in now:
            await _put(client, version, {**now, MARK: version.located})
    except Gone:
        return Outcome(record_id=version.id, kind=OutcomeKind.NOT_FOUND)
    return Outcome(record_id=version.id, kind=OutcomeKind.RESTRICTED)


async def unmark(client: Client, version: Version) -> Outcome:
    """Take the mark off again, if this request set it: it is then as it was located."""
    try:
        now = {} if version.marker else await tags(client, version)
        if now.get(MARK) == version.located:
            await _put(client, version, {key: value for key, value in now.items() if key != MARK})
    except Gone:
        return Outcome(record_id=version.id, kind=OutcomeKind.NOT_FOUND)
    return Outcome(record_id=version.id, kind=OutcomeKind.RESTORED)


async def _value(client: Client, version: Version, name: str) -> str | None:
    try:
        return (await tags(client, version)).get(name)
    except Gone:
        return None


async def _put(client: Client, version: Version, wanted: dict[str, str]) -> None:
    if wanted:
        tag_set = [{"Key": key, "Value": value} for key, value in wanted.items()]
        await client.call("put_object_tagging", **version.address, Tagging={"TagSet": tag_set})
    else:
        await client.call("delete_object_tagging", **version.address)


def _full(version: Version) -> str:
    return (
        f"The object {version.key} (version {version.version}) in the bucket {version.bucket} has {MOST} tags, the "
        f"most that S3 allows. Remove one that is not needed and add the tag {MARK}, then mark this task done."
    )
