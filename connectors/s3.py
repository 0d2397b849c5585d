"""Amazon S3 and what speaks its language: a person's objects, found by key or tag, in every version.

S3 has no index of persons. Where a person's objects are is configured: key templates (`clients/{customer_id}/`) or
an object tag that carries an identifier. To search what is inside objects is a person's task.

In a bucket with versions, erasing means each version *and* each delete marker by its id: a plain DELETE only adds a
marker. What S3 has locked (legal hold, retention) is kept and told with its date; a governance lock could be
bypassed by who has the right to, and never is.

Beside its objects a place may hold uploads in parts that nobody finished: they are found, told and thrown away; whose
those are that lie where only tags tell, S3 does not say. Where S3 copies a bucket into another one, deleting a version
does not reach the copy: that is a person's task, unless an entry looks there. A sweep does not meet the copies.

Source: the S3 API reference (ListObjectVersions, HeadObject, DeleteObjects, PutObjectTagging) and botocore's model.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from connectors.connector import Ability, Connector, TryLater
from connectors.http import together
from connectors.object_config import ObjectStoreConfig
from connectors.object_places import Place, carried, category, owner, places
from connectors.s3_client import Addressing, Client, Credential
from connectors.s3_erasure import Erasure
from connectors.s3_errors import Gone
from connectors.s3_held import by_kind, held, upload_record
from connectors.s3_locks import Locks
from connectors.s3_replicas import Replica, Replicas, to_delete, to_restrict
from connectors.s3_tags import mark, tags, unmark, values
from connectors.s3_uploads import Upload, Uploads
from connectors.s3_versions import MOST, Cursor, Version, left, page, whole_keys
from connectors.s3_walk import Walk
from dsar.identity import Identity, Key
from dsar.records import Anchor, Exported, FileRef, Located, Lock, Outcome, OutcomeKind, Record, Sighting, Walked

CHUNK = 1 << 18
"""Bytes of a file in one piece."""


class S3(Connector):
    """Cloud storage that speaks S3."""

    class Config(ObjectStoreConfig):
        """An entry of systems.toml with `kind = "s3"`. For its secret see `s3_client.Credential`.

        Where a tag tells whose an object is, each object costs a call.
        """

        region: str = "us-east-1"
        addressing: Addressing | None = None
        """Where a URL names the bucket; unset: `virtual` at Amazon, `path` elsewhere."""
        page_size: int = Field(default=MOST, ge=1, le=MOST)
        unfinished: bool = True
        """Whether uploads in parts that nobody finished are looked for: a call a place. It takes the right
        `s3:ListBucketMultipartUploads`, and `s3:AbortMultipartUpload`."""
        replication: bool = True
        """Whether S3's copies in other buckets are asked for where something is found: a call. It takes the right
        `s3:GetReplicationConfiguration`."""
        replicas: tuple[str, ...] = ()
        """Buckets with copies that another entry looks into."""

        @field_validator("secret")
        @classmethod
        def _is_a_credential(cls, secret: SecretStr) -> SecretStr:
            """A broken secret is found when the worker starts, and is not quoted."""
            try:
                Credential.model_validate_json(secret.get_secret_value())
            except ValidationError:
                raise ValueError('the secret is JSON: {"access_key_id", "secret_access_key"}') from None
            return secret

    can = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.RESTRICT, Ability.WALK})

    def __init__(self, config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._entry = config
        self._now = now
        host = urlsplit(config.base_url).hostname or ""
        usual: Addressing = "virtual" if host.endswith((".amazonaws.com", ".amazonaws.com.cn")) else "path"
        self._client = Client(config, config.region, config.addressing or usual)
        self._locks = Locks(self._client, now)
        self._erasure = Erasure(self._client, self._locks, config.title)
        self._uploads = Uploads(self._client)
        looked_into = {bucket.name for bucket in config.buckets} | {*config.replicas}
        self._replicas = Replicas(self._client, looked_into if config.replication else None)
        unfinished = self._uploads if config.unfinished else None
        self._walk = Walk(self._client, config.buckets, config.tag, config.page_size, unfinished)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of ListObjectVersions: a record for each version and each delete marker of the person's keys.

        Beside the page it costs a HEAD for each version where the bucket can lock, and the tags where only they tell.
        Behind a place's versions come its unfinished uploads, a page at a time.
        """
        everywhere = places(self._entry.buckets, identity)
        if not everywhere:
            return Located()
        starts = [Cursor(bucket=place.bucket, prefix=place.prefix) for place in everywhere]
        at = Cursor.model_validate_json(cursor) if cursor else starts[0]
        number = starts.index(at.start)
        place = everywhere[number]
        if at.uploads:
            records, following = await self._unfinished(place, at, everywhere)
        else:
            records, following = await self._versions(place, at, everywhere, identity)
        if following is None and number + 1 < len(starts):
            following = starts[number + 1]
        return Located(records=tuple(records), cursor=following.model_dump_json() if following else None)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What S3 knows of each version, with its content as a file; a delete marker has none."""
        found = await together(self._exported(record) for record in records)
        return [exported for exported in found if exported]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream one version's content."""
        version = Version.model_validate_json(file.locator)
        try:
            async for chunk in self._client.stream(CHUNK, **version.address):
                yield chunk
        except Gone:
            raise TryLater(f"{self.config.title}: a file went away while it was exported") from None

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Mark each version by a tag beside those that it has; S3 allows that under a lock too."""
        return await together(map(self._restricted, records))

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take off the marks that were set for these records, as they were located, and no others."""
        return await together(map(self._restored, records))

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete each version and marker by its id; `RETAINED` where S3 has locked it. Uploads are aborted."""
        versions, uploads, replicas = by_kind(records)
        outcomes = await self._erasure.of(list(versions.values())) | await self._uploads.abort(list(uploads.values()))
        by_hand = {r.id: to_delete(r, replicas[r.id], self.config.name) for r in records if r.id in replicas}
        return [(outcomes | by_hand)[record.id] for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """List again where the records were; into copies that no entry names, nobody can look."""
        versions, uploads, replicas = by_kind(records)
        there = await left(self._client, list(versions.values())) | await self._uploads.left(list(uploads.values()))
        return [
            Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED)
            if record.id in replicas
            else _checked(record, still_there=record.id in there)
            for record in records
        ]

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of ListObjectVersions below all templates, at the same cost for each version as `locate`.

        What neither its key nor, under a shared prefix, its tag says to be anybody's carries no identifier.
        """
        seen, following = await self._walk.page(cursor)
        locks = await self._locks.among([each.held for each in seen if isinstance(each.held, Version)])
        versions = iter(locks)
        return Walked(
            sightings=tuple(
                Sighting(
                    record=self._record(each.held, each.kinds, next(versions), each.place)
                    if isinstance(each.held, Version)
                    else self._upload(each.held.model_copy(update={"place": each.place}), each.kinds),
                    identifiers=each.identity.identifiers,
                )
                for each in seen
            ),
            cursor=following,
        )

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _versions(
        self, place: Place, at: Cursor, everywhere: tuple[Place, ...], identity: Identity
    ) -> tuple[list[Record], Cursor | None]:
        """The person's among one page of versions, and what S3 copies of their categories."""
        found, following = await page(self._client, at, self._entry.page_size)
        if place.tagged:
            found, following = whole_keys(found, following)
        mine = [v for v in found if owner(v.key, v.bucket, everywhere) == place]
        kinds = await self._kinds(place, mine, everywhere, identity)
        persons = [version for version in mine if version.key in kinds]
        locks = await self._locks.among(persons)
        records = [
            self._record(version, kinds[version.key], lock, version.key if place.tagged else place.prefix)
            for version, lock in zip(persons, locks, strict=True)
        ]
        new = {record.category for record in records} - {*at.told}
        records += await self._replicas.copies(place.bucket, place.prefix, [r for r in records if r.category in new])
        if following is None:
            return records, at.behind if self._entry.unfinished and not place.tagged else None
        return records, following.model_copy(update={"told": tuple(sorted({*at.told, *new}))})

    async def _unfinished(
        self, place: Place, at: Cursor, everywhere: tuple[Place, ...]
    ) -> tuple[list[Record], Cursor | None]:
        found, following = await self._uploads.page(at, self._entry.page_size)
        mine = [upload for upload in found if owner(upload.key, upload.bucket, everywhere) == place]
        return [self._upload(each, carried(each.key, each.bucket, everywhere)) for each in mine], following

    async def _restricted(self, record: Record) -> Outcome:
        """What was not finished nobody can read: there is nothing to restrict."""
        match held(record):
            case Version() as version:
                return await mark(self._client, version)
            case Replica() as replica:
                return to_restrict(record, replica)
            case _:
                return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)

    async def _restored(self, record: Record) -> Outcome:
        version = held(record)
        if isinstance(version, Version):
            return await unmark(self._client, version)
        return Outcome(record_id=record.id, kind=OutcomeKind.RESTORED)

    async def _kinds(
        self, place: Place, found: Sequence[Version], everywhere: tuple[Place, ...], identity: Identity
    ) -> dict[str, frozenset[Key]]:
        """The keys that are the person's, each with the kinds of identifier it carries."""
        tag = self._entry.tag
        if not place.tagged or tag is None:
            return {version.key: carried(version.key, version.bucket, everywhere) for version in found}
        said = await values(self._client, found, tag.key)
        return {
            key: frozenset({tag.kind}) for key, each in said.items() if any(identity.knows(tag.kind, v) for v in each)
        }

    def _record(self, version: Version, kinds: frozenset[Key], lock: Lock | None, place: str) -> Record:
        state = version.model_copy(update={"place": place, "located": self._now().isoformat()})
        return Record(
            id=version.id,
            category=category(version.key, self._entry.rules, self._entry.default_category),
            matched=kinds,
            dates={Anchor.CREATED: version.modified.date()},
            lock=lock,
            label=f"{version.key} (delete marker)" if version.marker else version.key,
            state=state.model_dump(mode="json"),
        )

    def _upload(self, upload: Upload, kinds: frozenset[Key]) -> Record:
        return upload_record(upload, kinds, category(upload.key, self._entry.rules, self._entry.default_category))

    async def _exported(self, record: Record) -> Exported | None:
        match held(record):
            case Version() as version:
                return await self._content(record, version)
            case Upload() as upload:
                data = await self._uploads.told(upload)
            case replica:
                data = {"bucket": replica.bucket, "prefix": replica.prefix, "copies_in": replica.copies_in}
        if data is None:
            return None
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data)

    async def _content(self, record: Record, version: Version) -> Exported | None:
        data = {
            "bucket": version.bucket,
            "key": version.key,
            "version": version.version,
            "last_modified": version.modified.isoformat(),
            "delete_marker": version.marker,
        }
        if version.marker:
            return Exported(record_id=record.id, category=record.category, label=record.label, data=data)
        try:
            head = await self._client.call("head_object", "ETag", **version.address)
            data |= {"tags": await tags(self._client, version)}
        except Gone:
            return None
        media_type = head.get("ContentType", "application/octet-stream")
        data |= {"size": head["ContentLength"], "content_type": media_type, "metadata": head.get("Metadata", {})}
        name = version.key.rstrip("/").rpartition("/")[2] or version.key
        file = FileRef(name=name, locator=version.model_dump_json(), media_type=media_type)
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data, files=(file,))


def _checked(record: Record, *, still_there: bool) -> Outcome:
    if still_there:
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="S3 still lists this version")
    return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
