"""Google Cloud Storage: a person's objects, found by name or custom metadata, in every generation.

It has no index of persons. Where a person's objects are is configured: name templates (`clients/{customer_id}/`) or a
key of the objects' custom metadata that carries an identifier. To search what is inside objects is a person's task.

Erasing deletes each generation by its number. In a bucket with a soft-delete policy (Google's default: seven days) that
only hides it: the bytes stay until `hardDeleteTime`, no call shortens that, and until then an erasure is `ACCEPTED`,
never `ERASED`. What was soft-deleted before anybody asked is found and told so; a walk passes it over, as it is on its
way out. What Google has locked (holds, retention) is kept and told with its date; an unlocked retention could be
overridden, and never is.

Source: Cloud Storage's JSON API v1 (discovery document storage.v1) and cloud.google.com/storage/docs/soft-delete.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from connectors.connector import Ability, Connector, NeedsPerson, TryLater
from connectors.gcs_erasure import Erasure
from connectors.gcs_generations import MOST, OBJECT, Cursor, Generation, Generations, Stored, whole_keys
from connectors.gcs_marks import mark, unmark
from connectors.google_calls import GoogleCalls
from connectors.http import together
from connectors.object_config import ObjectStoreConfig
from connectors.object_owners import Said, persons, said, whose
from connectors.object_places import category, places, roots
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.records import Anchor, Exported, FileRef, Located, Outcome, Record, Sighting, Walked

SCOPES = ("https://www.googleapis.com/auth/devstorage.full_control",)
"""`read_write` would do to delete; to mark what is kept is to change metadata, which takes this one."""


class GoogleCloudStorageConfig(ObjectStoreConfig):
    """An entry of systems.toml with `kind = "gcs"`; `secret` is a service account's key file (JSON).

    The account reads the buckets (storage.buckets.get), and lists, reads, updates and deletes their objects.
    """

    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    page_size: int = Field(default=MOST, ge=1, le=MOST)


class _File(Frozen):
    """What `open` needs: a generation, and how many bytes to expect (`None`: they are unpacked on the way)."""

    generation: Generation
    size: int | None


class GoogleCloudStorage(Connector):
    """The buckets of one entry."""

    Config = GoogleCloudStorageConfig
    can = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.RESTRICT, Ability.WALK})

    def __init__(
        self, config: GoogleCloudStorageConfig, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(config)
        self._entry = config
        self._now = now
        self._calls = GoogleCalls(config, config.token_url, SCOPES, now)
        self._generations = Generations(self._calls, now)
        self._erasure = Erasure(self._generations)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of a listing: a record for each generation of the person's objects, at no further cost.

        Each place is listed twice where its bucket has a soft-delete policy.
        """
        everywhere = places(self._entry.buckets, identity)
        if not everywhere:
            return Located()
        starts = [Cursor(bucket=place.bucket, prefix=place.prefix) for place in everywhere]
        at = Cursor.model_validate_json(cursor) if cursor else starts[0]
        place = everywhere[starts.index(Cursor(bucket=at.bucket, prefix=at.prefix))]
        found, tags, following = await self._page(at, starts, soft_too=True)
        kinds = persons((each.name for each in found), place, everywhere, identity, self._entry.tag, tags)
        return Located(
            records=tuple(
                self._record(each, kinds[each.name], each.name if place.tagged else place.prefix)
                for each in found
                if each.name in kinds
            ),
            cursor=following,
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What Google knows of each generation, with its content as a file."""
        found = await together(self._exported(record) for record in records)
        return [exported for exported in found if exported]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream one generation's content; what comes short, or is a proxy's page, is tried again."""
        wanted = _File.model_validate_json(file.locator)
        it = wanted.generation
        got = 0
        try:
            async for chunk in self._calls.stream(
                OBJECT, it.bucket, it.key, params={"alt": "media", "generation": it.generation}
            ):
                got += len(chunk)
                yield chunk
        except NeedsPerson:
            if await self._generations.get(it) is not None:
                raise
            raise TryLater(f"{self.config.title}: a file went away while it was exported") from None
        if wanted.size not in {None, got}:
            raise TryLater(f"{self.config.title}: a file came with {got} of {wanted.size} bytes")

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Mark each generation in its custom metadata, which Google allows under holds and retentions too."""
        return await together(mark(self._generations, _generation(record)) for record in records)

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take off the marks that were set for these records, as they were located, and no others."""
        return await together(unmark(self._generations, _generation(record)) for record in records)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete each generation by its number; `RETAINED` where Google has locked it, `ACCEPTED` while it is soft."""
        return await self._erasure.of([_generation(record) for record in records])

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Ask for each generation again, and whether it is still soft-deleted."""
        return await self._erasure.check([_generation(record) for record in records])

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of a listing below all templates.

        What neither its name nor, under a shared prefix, its metadata says to be anybody's carries no identifier.
        """
        starts = [Cursor(bucket=bucket, prefix=prefix) for bucket, prefix in roots(self._entry.buckets)]
        if not starts:
            return Walked()
        at = Cursor.model_validate_json(cursor) if cursor else starts[0]
        found, tags, following = await self._page(at, starts, soft_too=False)
        return Walked(sightings=tuple(self._sighting(each, tags) for each in found), cursor=following)

    async def close(self) -> None:
        """Release connections."""
        await self._calls.close()

    async def _page(self, at: Cursor, starts: list[Cursor], *, soft_too: bool) -> tuple[list[Stored], Said, str | None]:
        """One page, what its objects' metadata say, and where it goes on, if only at the next place."""
        found, following = await self._generations.page(at, self._entry.page_size)
        if self._entry.tag:
            found, following = whole_keys(found, following)
        if following is None:
            here = Cursor(bucket=at.bucket, prefix=at.prefix)
            later = starts[starts.index(here) + 1 :]
            if soft_too and not at.soft:
                later = [here.model_copy(update={"soft": True}), *later]
            following = next(iter(later), None)
        tags = said(self._entry.tag, ((each.name, each.metadata) for each in found))
        return found, tags, following.model_dump_json() if following else None

    def _sighting(self, stored: Stored, tags: Said) -> Sighting:
        found = whose(stored.name, stored.bucket, self._entry.buckets, self._entry.tag, tags)
        record = self._record(stored, found.kinds, found.place)
        return Sighting(record=record, identifiers=found.identity.identifiers)

    def _record(self, stored: Stored, kinds: frozenset[Key], place: str) -> Record:
        it = stored.itself
        state = it.model_copy(update={"place": place, "located": self._now().isoformat()})
        return Record(
            id=it.id,
            category=category(stored.name, self._entry.rules, self._entry.default_category),
            matched=kinds,
            dates={Anchor.CREATED: stored.timeCreated.date()},
            lock=stored.lock(self._now()),
            label=f"{stored.name} (soft-deleted)" if it.soft else stored.name,
            state=state.model_dump(mode="json"),
        )

    async def _exported(self, record: Record) -> Exported | None:
        it = _generation(record)
        stored = await self._generations.get(it, soft_deleted=it.soft)
        if stored is None:
            return None
        data: dict[str, Any] = {
            "bucket": stored.bucket,
            "name": stored.name,
            "generation": stored.generation,
            "created": stored.timeCreated.isoformat(),
            "size": stored.size,
            "content_type": stored.contentType,
            "metadata": stored.metadata,
        }
        if stored.hardDeleteTime:
            data["content"] = f"soft-deleted: Google deletes it for good after {stored.hardDeleteTime:%Y-%m-%d}"
            return Exported(record_id=record.id, category=record.category, label=record.label, data=data)
        locator = _File(generation=stored.itself, size=None if stored.contentEncoding else stored.size)
        file = FileRef(
            name=stored.name.rstrip("/").rpartition("/")[2] or stored.name,
            locator=locator.model_dump_json(),
            media_type=stored.contentType,
        )
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data, files=(file,))


def _generation(record: Record) -> Generation:
    return Generation.model_validate(record.state)
