"""Erasing blobs, versions and snapshots, and telling deleted from soft-deleted by looking again."""

from collections import defaultdict
from collections.abc import Sequence

from azure.storage.blob import BlobProperties

from connectors.azure_blob_client import Client
from connectors.azure_blob_errors import Gone, Refused
from connectors.azure_blob_versions import Version, Versions, version_of
from connectors.http import together
from dsar.records import Lock, Outcome, OutcomeKind

IMMUTABLE = Lock(basis="Azure immutability policy or legal hold of the whole container")
"""The interface of the data does not say until when: that stands in the container's policy, in the portal."""

Found = dict[str, BlobProperties]
Names = dict[tuple[str, str], list[Version]]


class Erasure:
    """Erases in one storage account, snapshots before the blobs that they are of."""

    def __init__(self, client: Client, versions: Versions, title: str) -> None:
        self._client = client
        self._versions = versions
        self._title = title

    async def of(self, wanted: Sequence[Version]) -> list[Outcome]:
        """What became of each."""
        done = await together(self._name(each) for each in _by_name(wanted).values())
        outcomes = {outcome.record_id: outcome for each in done for outcome in each}
        return [outcomes[each.id] for each in wanted]

    async def check(self, wanted: Sequence[Version]) -> list[Outcome]:
        """What is seen of each now."""
        names = _by_name(wanted)
        seen = dict(zip(names, await together(self._seen(*name) for name in names), strict=True))
        return [self._checked(each, seen[each.container, each.key]) for each in wanted]

    async def _name(self, versions: list[Version]) -> list[Outcome]:
        """All that is asked of one name: one after the other, because a blob waits for its snapshots."""
        said: dict[str, Outcome | None] = {}
        for each in sorted(versions, key=lambda version: not version.snapshot):
            said[each.id] = None if each.deleted else await self._deleted(each)
        unsaid = [each for each in versions if said[each.id] is None]
        seen = await self._seen(versions[0].container, versions[0].key) if unsaid else {}
        return [said[each.id] or self._as_seen(each, seen) for each in versions]

    async def _deleted(self, it: Version) -> Outcome | None:
        """Delete one; an outcome only where there is nothing left to see."""
        try:
            if lock := await self._hidden(it):
                return _retained(it, lock)
            await self._client.delete(it.container, it.key, **it.which)
        except Gone:
            seen = (await self._seen(it.container, it.key)).get(it.id)
            return None if seen else Outcome(record_id=it.id, kind=OutcomeKind.NOT_FOUND)
        except Refused as refused:
            return await self._refused(it, refused.code)
        return None

    async def _hidden(self, it: Version) -> Lock | None:
        """A blob's current version can't be deleted by its id: first it has to become an earlier one.

        Azure would let that happen to one that is locked too, and so hide what has to be kept: hence the look before.
        """
        if not it.version:
            return None
        found = await self._client.properties(it.container, it.key, **it.which)
        lock = self._versions.lock(found)
        if lock is None and found.is_current_version:
            await self._client.delete(it.container, it.key, etag=found.etag)
        return lock

    async def _refused(self, it: Version, code: str) -> Outcome:
        seen = await self._seen(it.container, it.key)
        if code == "SnapshotsPresent":
            others = [each for each in seen.values() if each.snapshot and not each.deleted]
            lock = next((found for each in others if (found := self._versions.lock(each))), None)
            return _retained(it, lock) if lock else self._by_hand(it, "has snapshots that came since it was looked up")
        if code == "LeaseIdMissing":
            return self._by_hand(it, "is leased by a program: break the lease")
        if code == "OperationNotAllowedOnRootBlob":
            return self._by_hand(it, "was made the current version meanwhile")
        lock = self._versions.lock(seen[it.id]) if it.id in seen else None
        return _retained(it, lock or IMMUTABLE)

    async def _seen(self, container: str, key: str) -> Found:
        """All that there is of a name, by record id."""
        return {version_of(container, each).id: each for each in await self._versions.of(container, key)}

    def _as_seen(self, it: Version, seen: Found) -> Outcome:
        found = seen.get(it.id)
        if found is None:
            return Outcome(record_id=it.id, kind=OutcomeKind.ERASED)
        if not found.deleted:
            reason = "Azure still lists it"
            return Outcome(record_id=it.id, kind=OutcomeKind.REFUSED, reason=reason)
        until = self._versions.gone_on(found)
        reason = f"soft-deleted: Azure can restore it until {until:%Y-%m-%d} and deletes it for good then"
        return Outcome(record_id=it.id, kind=OutcomeKind.ACCEPTED, check_after=until, reason=reason)

    def _checked(self, it: Version, seen: Found) -> Outcome:
        found = seen.get(it.id)
        if found is not None and found.deleted and self._versions.overdue(found):
            reason = "soft-deleted: its window should be over, and Azure still has it"
            return Outcome(record_id=it.id, kind=OutcomeKind.REFUSED, reason=reason)
        return self._as_seen(it, seen)

    def _by_hand(self, it: Version, why: str) -> Outcome:
        which = "".join(f" ({name} {value})" for name, value in it.which.items())
        instructions = (
            f"{self._title} did not delete the blob {it.key}{which} in the container {it.container}: it {why}. "
            "Delete it there, with its snapshots, then mark this task done."
        )
        return Outcome(record_id=it.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _by_name(wanted: Sequence[Version]) -> Names:
    names: defaultdict[tuple[str, str], list[Version]] = defaultdict(list)
    for each in wanted:
        names[each.container, each.key].append(each)
    return names


def _retained(it: Version, lock: Lock) -> Outcome:
    return Outcome(record_id=it.id, kind=OutcomeKind.RETAINED, until=lock.until, basis=lock.basis)
