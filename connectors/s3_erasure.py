"""Erasing versions and delete markers by id, and reading what DeleteObjects says of each: it answers 200 either way."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.connector import NeedsPerson, TryLater
from connectors.http import together
from connectors.s3_client import Client
from connectors.s3_errors import ABSENT, BUSY, Gone
from connectors.s3_locks import Locks
from connectors.s3_versions import MOST, Version
from dsar.records import Lock, Outcome, OutcomeKind

NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What XML 1.0 can't carry, or (a carriage return) not unchanged: such keys are deleted singly, named in the URL."""


class Erasure:
    """Erases versions in one S3 service; never asks to bypass a governance lock."""

    def __init__(self, client: Client, locks: Locks, title: str) -> None:
        self._client = client
        self._locks = locks
        self._title = title

    async def of(self, versions: Sequence[Version]) -> dict[str, Outcome]:
        """What became of each version, by its record id. Raises `TryLater` when S3 was too busy for some of them."""
        outcomes: dict[str, Outcome] = {}
        by_bucket: defaultdict[str, list[Version]] = defaultdict(list)
        for version in versions:
            if NOT_XML.search(version.key):
                outcomes[version.id] = await self._alone(version)
            else:
                by_bucket[version.bucket].append(version)
        for bucket, there in by_bucket.items():
            for start in range(0, len(there), MOST):
                for outcome in await self._at_once(bucket, there[start : start + MOST]):
                    outcomes[outcome.record_id] = outcome
        return outcomes

    async def _at_once(self, bucket: str, versions: Sequence[Version]) -> list[Outcome]:
        objects = [{"Key": v.key, "VersionId": v.version} for v in versions]
        answer = await self._client.call("delete_objects", Bucket=bucket, Delete={"Objects": objects, "Quiet": False})
        deleted, refused = _deleted(answer), _refused(answer)
        unsaid = {(v.key, v.version) for v in versions} - deleted - refused.keys()
        if unsaid or BUSY.intersection(refused.values()):
            raise TryLater(f"{self._title}: delete_objects did not delete everything it was asked to")
        return await together(self._outcome(v, refused.get((v.key, v.version))) for v in versions)

    async def _outcome(self, version: Version, code: str | None) -> Outcome:
        if code is None:
            return Outcome(record_id=version.id, kind=OutcomeKind.ERASED)
        if code in ABSENT:
            return Outcome(record_id=version.id, kind=OutcomeKind.NOT_FOUND)
        try:
            lock = None if version.marker else await self._locks.on(version)
        except Gone:
            return Outcome(record_id=version.id, kind=OutcomeKind.NOT_FOUND)
        return _retained(version, lock) if lock else self._by_hand(version, code)

    async def _alone(self, version: Version) -> Outcome:
        try:
            await self._client.call("delete_object", **version.address)
        except Gone:
            return Outcome(record_id=version.id, kind=OutcomeKind.NOT_FOUND)
        except NeedsPerson:
            if version.marker or not (lock := await self._locks.on(version)):
                raise
            return _retained(version, lock)
        return Outcome(record_id=version.id, kind=OutcomeKind.ERASED)

    def _by_hand(self, version: Version, code: str) -> Outcome:
        instructions = (
            f"{self._title} refused to delete the object {version.key} (version {version.version}) in the bucket "
            f"{version.bucket}, and no lock is on it ({code}). See what forbids it there (a bucket policy, MFA delete, "
            "a missing right to delete versions), delete this version, then mark this task done."
        )
        return Outcome(record_id=version.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _retained(version: Version, lock: Lock) -> Outcome:
    return Outcome(record_id=version.id, kind=OutcomeKind.RETAINED, until=lock.until, basis=lock.basis)


def _deleted(answer: dict[str, Any]) -> set[tuple[str, str]]:
    """What S3 says it deleted. For a marker some services name only the marker's own id; without versions, none."""
    return {
        (entry["Key"], entry.get("VersionId") or entry.get("DeleteMarkerVersionId") or "null")
        for entry in _entries(answer, "Deleted")
    }


def _refused(answer: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (entry["Key"], entry.get("VersionId") or "null"): str(entry.get("Code", ""))
        for entry in _entries(answer, "Errors")
    }


def _entries(answer: dict[str, Any], member: str) -> Iterable[dict[str, Any]]:
    entries: list[dict[str, Any]] = answer.get(member, [])
    return entries
