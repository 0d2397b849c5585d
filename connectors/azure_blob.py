"""Azure Blob Storage: a person's blobs, found by name or index tag, with their versions and snapshots.

It has no index of persons. Where a person's blobs are is configured: name templates (`clients/{customer_id}/`) or an
index tag that carries an identifier. To search what is inside blobs is a person's task.

Erasing deletes versions and snapshots by their ids. Where the account has soft delete, that only hides them: the bytes
stay until its window ends, and until then an erasure is `ACCEPTED`, never `ERASED`. What was soft-deleted before
anybody asked is found and told so; a walk passes it over, as it is on its way out. What Azure has locked (legal holds,
immutability policies) is kept and told with its date, but for a container's own policy, whose date this interface does
not tell.

What no call can do here: mark what is kept. Metadata can't be written under a policy, and writing it makes another
version. Accounts with a hierarchical namespace keep no versions and refuse to list them: they are not supported.

Source: the Blob service's REST API, by Azure's own client (azure-storage-blob).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from azure.storage.blob import BlobProperties
from pydantic import Field, SecretStr, ValidationError, field_validator

from connectors.azure_blob_client import Client, Credential
from connectors.azure_blob_erasure import Erasure
from connectors.azure_blob_errors import Gone
from connectors.azure_blob_versions import MOST, Cursor, Version, Versions, ends, version_of
from connectors.connector import Ability, Connector, TryLater
from connectors.http import together
from connectors.object_config import ObjectStoreConfig
from connectors.object_owners import Said, persons, said, whose
from connectors.object_places import category, places, roots
from dsar.identity import Identity, Key
from dsar.records import Anchor, Exported, FileRef, Located, Outcome, Record, Sighting, Walked


class AzureBlobConfig(ObjectStoreConfig):
    """An entry of systems.toml with `kind = "azure_blob"`. For its secret see `azure_blob_client.Credential`.

    `base_url` is the account's: `https://<account>.blob.core.windows.net`. A bucket's name is a container's.
    """

    page_size: int = Field(default=1000, ge=1, le=MOST)

    @field_validator("secret")
    @classmethod
    def _is_a_credential(cls, secret: SecretStr) -> SecretStr:
        """A broken secret is found when the worker starts, and is not quoted."""
        try:
            Credential.model_validate_json(secret.get_secret_value())
        except ValidationError:
            raise ValueError('the secret is JSON: {"account_name", "account_key"} or {"sas_token"}') from None
        return secret


class AzureBlob(Connector):
    """The containers of one entry."""

    Config = AzureBlobConfig
    can = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.WALK})

    def __init__(self, config: AzureBlobConfig, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._entry = config
        self._client = Client(config)
        self._versions = Versions(self._client, now, tags=config.tag is not None)
        self._erasure = Erasure(self._client, self._versions, config.title)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of a listing: a record for each blob, version and snapshot of the person's, at no further cost."""
        everywhere = places(self._entry.buckets, identity)
        if not everywhere:
            return Located()
        starts = [Cursor(container=place.bucket, prefix=place.prefix) for place in everywhere]
        at = Cursor.model_validate_json(cursor) if cursor else starts[0]
        place = everywhere[starts.index(Cursor(container=at.container, prefix=at.prefix))]
        found, tags, following = await self._page(at, starts)
        kinds = persons((str(each.name) for each in found), place, everywhere, identity, self._entry.tag, tags)
        return Located(
            records=tuple(
                self._record(
                    at.container, each, kinds[str(each.name)], str(each.name) if place.tagged else place.prefix
                )
                for each in found
                if str(each.name) in kinds
            ),
            cursor=following,
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What Azure knows of each, with its content as a file; what is soft-deleted has none to give."""
        found = await together(self._exported(record) for record in records)
        return [exported for exported in found if exported]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream the content of one blob, version or snapshot."""
        it = Version.model_validate_json(file.locator)
        try:
            async for chunk in self._client.stream(it.container, it.key, **it.which):
                yield chunk
        except Gone:
            raise TryLater(f"{self.config.title}: a file went away while it was exported") from None

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete each by its id; `RETAINED` where Azure has locked it, `ACCEPTED` while it is soft-deleted."""
        return await self._erasure.of([_version(record) for record in records])

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """List again what there is of each name."""
        return await self._erasure.check([_version(record) for record in records])

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of a listing below all templates.

        What neither its name nor, under a shared prefix, its tag says to be anybody's carries no identifier.
        """
        starts = [Cursor(container=container, prefix=prefix) for container, prefix in roots(self._entry.buckets)]
        if not starts:
            return Walked()
        at = Cursor.model_validate_json(cursor) if cursor else starts[0]
        found, tags, following = await self._page(at, starts)
        seen = tuple(self._sighting(at.container, each, tags) for each in found if not each.deleted)
        return Walked(sightings=seen, cursor=following)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _page(self, at: Cursor, starts: list[Cursor]) -> tuple[list[BlobProperties], Said, str | None]:
        """One page, what tags say of its names, and where it goes on, if only at the next place.

        One tagged version tells of all of its name: names that go on beyond the page are asked about as a whole.
        """
        found, following = await self._versions.page(at, self._entry.page_size)
        around = ends(found, at, following) if self._entry.tag else ()
        more = await together(self._versions.of(at.container, key) for key in around)
        every = [*found, *(each for all_of_it in more for each in all_of_it)]
        tags = said(self._entry.tag, ((str(each.name), each.tags or {}) for each in every))
        if following is None:
            following = next(iter(starts[starts.index(Cursor(container=at.container, prefix=at.prefix)) + 1 :]), None)
        return found, tags, following.model_dump_json() if following else None

    def _sighting(self, container: str, found: BlobProperties, tags: Said) -> Sighting:
        who = whose(str(found.name), container, self._entry.buckets, self._entry.tag, tags)
        record = self._record(container, found, who.kinds, who.place)
        return Sighting(record=record, identifiers=who.identity.identifiers)

    def _record(self, container: str, found: BlobProperties, kinds: frozenset[Key], place: str) -> Record:
        it = version_of(container, found, place)
        return Record(
            id=it.id,
            category=category(it.key, self._entry.rules, self._entry.default_category),
            matched=kinds,
            dates={Anchor.CREATED: found.last_modified.astimezone(UTC).date()},
            lock=None if it.deleted else self._versions.lock(found),
            label=f"{it.key} (soft-deleted)" if it.deleted else it.key,
            state=it.model_dump(mode="json"),
        )

    async def _exported(self, record: Record) -> Exported | None:
        it = _version(record)
        data = {"container": it.container, "name": it.key, "version": it.version, "snapshot": it.snapshot}
        if it.deleted:
            seen = await self._erasure.check([it])
            data["content"] = seen[0].reason or "gone meanwhile"
            return Exported(record_id=record.id, category=record.category, label=record.label, data=data)
        try:
            found = await self._client.properties(it.container, it.key, **it.which)
        except Gone:
            return None
        media_type = found.content_settings.content_type or "application/octet-stream"
        known = {
            "last_modified": found.last_modified.isoformat(),
            "size": found.size,
            "content_type": media_type,
            "metadata": dict(found.metadata or {}),
        }
        name = it.key.rstrip("/").rpartition("/")[2] or it.key
        file = FileRef(name=name, locator=it.model_dump_json(), media_type=media_type)
        return Exported(
            record_id=record.id, category=record.category, label=record.label, data=data | known, files=(file,)
        )


def _version(record: Record) -> Version:
    return Version.model_validate(record.state)
