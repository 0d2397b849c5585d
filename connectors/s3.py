"""Amazon S3 and what speaks its language: a person's objects, found by key or tag, in every version.

S3 has no index of persons. Where a person's objects are is configured: key templates (`clients/{customer_id}/`) or
an object tag that carries an identifier. To search what is inside objects is a person's task.

In a bucket with versions, erasing means each version *and* each delete marker by its id: a plain DELETE only adds a
marker. What S3 has locked (legal hold, retention) is kept and told with its date; a governance lock could be
bypassed by who has the right to, and never is.

Source: the S3 API reference (ListObjectVersions, HeadObject, DeleteObjects, PutObjectTagging) and botocore's model.
"""

from collections import defaultdict
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
from connectors.s3_locks import Locks
from connectors.s3_tags import mark, tags, unmark, values
from connectors.s3_versions import MOST, Cursor, Version, page, whole_keys
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
        self._walk = Walk(self._client, config.buckets, config.tag, config.page_size)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of ListObjectVersions: a record for each version and each delete marker of the person's keys.

        Beside the page it costs a HEAD for each version where the bucket can lock, and the tags where only they tell.
        """
        everywhere = places(self._entry.buckets, identity)
        if not everywhere:
            return Located()
        starts = [Cursor(bucket=place.bucket, prefix=place.prefix) for place in everywhere]
        at = Cursor.model_validate_json(cursor) if cursor else starts[0]
        number = starts.index(Cursor(bucket=at.bucket, prefix=at.prefix))
        place = everywhere[number]
        found, following = await page(self._client, at, self._entry.page_size)
        if place.tagged:
            found, following = whole_keys(found, following)
        if following is None and number + 1 < len(starts):
            following = starts[number + 1]
        mine = [v for v in found if owner(v.key, v.bucket, everywhere) == place]
        kinds = await self._kinds(place, mine, everywhere, identity)
        persons = [version for version in mine if version.key in kinds]
        locks = await self._locks.among(persons)
        return Located(
            records=tuple(
                self._record(version, kinds[version.key], lock, version.key if place.tagged else place.prefix)
                for version, lock in zip(persons, locks, strict=True)
            ),
            cursor=following.model_dump_json() if following else None,
        )

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
        return await together(mark(self._client, _version(record)) for record in records)

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take off the marks that were set for these records, as they were located, and no others."""
        return await together(unmark(self._client, _version(record)) for record in records)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete each version and marker by its id; `RETAINED` where S3 has locked it."""
        outcomes = await self._erasure.of([_version(record) for record in records])
        return [outcomes[record.id] for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """List again where the records were."""
        wanted: defaultdict[Cursor, set[str]] = defaultdict(set)
        for version in map(_version, records):
            wanted[Cursor(bucket=version.bucket, prefix=version.place)].add(version.id)
        left: set[str] = set()
        for start in wanted:
            at: Cursor | None = start
            while at is not None:
                found, at = await page(self._client, at)
                left |= {version.id for version in found}
        return [_checked(record, still_there=record.id in left) for record in records]

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of ListObjectVersions below all templates, at the same cost for each version as `locate`.

        What neither its key nor, under a shared prefix, its tag says to be anybody's carries no identifier.
        """
        seen, following = await self._walk.page(cursor)
        locks = await self._locks.among([each.version for each in seen])
        return Walked(
            sightings=tuple(
                Sighting(
                    record=self._record(each.version, each.kinds, lock, each.place),
                    identifiers=each.identity.identifiers,
                )
                for each, lock in zip(seen, locks, strict=True)
            ),
            cursor=following,
        )

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

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

    async def _exported(self, record: Record) -> Exported | None:
        version = _version(record)
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


def _version(record: Record) -> Version:
    return Version.model_validate(record.state)


def _checked(record: Record, *, still_there: bool) -> Outcome:
    if still_there:
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="S3 still lists this version")
    return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
