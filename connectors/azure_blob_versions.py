"""The blobs, versions and snapshots of a container: how Azure lists them, and what it has locked or soft-deleted."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from azure.storage.blob import BlobProperties

from connectors.azure_blob_client import Client
from dsar.frozen import Frozen
from dsar.records import Lock

MOST = 5000
"""The most that a page of a listing holds."""
INCLUDE = ["snapshots", "versions", "deleted", "metadata", "legalhold", "immutabilitypolicy"]


class Version(Frozen):
    """What a `Record.state` holds: a blob, one of its versions, or a snapshot of it."""

    container: str
    key: str
    version: str = ""
    snapshot: str = ""
    deleted: bool = False
    """Whether it was soft-deleted already when it was located."""
    place: str = ""
    """The prefix under which a search finds it."""

    @property
    def id(self) -> str:
        """The record's locator. It stands in journals and logs, so the name, which names persons, is a digest."""
        which = f"?snapshot={self.snapshot}" if self.snapshot else f"?versionid={self.version}" if self.version else ""
        return f"azure:{self.container}/{sha256(self.key.encode()).hexdigest()[:32]}{which}"

    @property
    def which(self) -> dict[str, str]:
        """Which of the blob's versions, as Azure's client takes it; nothing means the blob itself."""
        if self.snapshot:
            return {"snapshot": self.snapshot}
        return {"version_id": self.version} if self.version else {}


class Cursor(Frozen):
    """Where the next page starts: a place, and Azure's own marker there."""

    container: str
    prefix: str
    marker: str | None = None


class Versions:
    """All that one storage account holds under given prefixes."""

    def __init__(self, client: Client, now: Callable[[], datetime], *, tags: bool) -> None:
        self._client = client
        self.now = now
        self._include = [*INCLUDE, "tags"] if tags else INCLUDE

    async def page(self, at: Cursor, size: int) -> tuple[list[BlobProperties], Cursor | None]:
        """One page below a prefix, and where the next one starts, `None` after the last."""
        found, marker = await self._client.page(at.container, at.prefix, self._include, size, at.marker)
        following = at.model_copy(update={"marker": marker}) if marker else None
        return [each for each in found if str(each.name).startswith(at.prefix)], following

    async def of(self, container: str, key: str) -> list[BlobProperties]:
        """All that there is of one name: the names that it begins come after it in the listing."""
        at: Cursor | None = Cursor(container=container, prefix=key)
        found: list[BlobProperties] = []
        while at is not None:
            page, at = await self.page(at, MOST)
            found += [each for each in page if each.name == key]
            if page and page[-1].name != key:
                break
        return found

    def lock(self, found: BlobProperties) -> Lock | None:
        """Why Azure refuses to delete it. A hold has no end; a policy that has passed locks nothing."""
        if found.has_legal_hold:
            return Lock(basis="Azure legal hold")
        policy = found.immutability_policy
        until: datetime | None = policy.expiry_time if policy else None
        if until is None or until <= self.now():
            return None
        mode = str(policy.policy_mode or "").rpartition(".")[2].lower()
        return Lock(basis=f"Azure immutability policy ({mode})", until=until.astimezone(UTC).date())

    def gone_on(self, found: BlobProperties) -> datetime:
        """When something soft-deleted is gone for good: Azure tells whole days only, so the day after."""
        return self.now() + timedelta(days=(found.remaining_retention_days or 0) + 1)

    def overdue(self, found: BlobProperties) -> bool:
        """Whether nothing is left of its window. Of the shortest windows nothing is left from their first day on."""
        since: datetime | None = found.deleted_time
        return not found.remaining_retention_days and since is not None and self.now() - since > timedelta(days=2)


def version_of(container: str, found: BlobProperties, place: str = "") -> Version:
    """What an entry of a listing is."""
    return Version(
        container=container,
        key=str(found.name),
        version="" if found.snapshot else (found.version_id or ""),
        snapshot=found.snapshot or "",
        deleted=bool(found.deleted),
        place=place,
    )


def ends(found: Sequence[BlobProperties], at: Cursor, following: Cursor | None) -> tuple[str, ...]:
    """The names of a page that may go on before or after it."""
    if not found:
        return ()
    first = (str(found[0].name),) if at.marker else ()
    last = (str(found[-1].name),) if following else ()
    return tuple(dict.fromkeys(first + last))
