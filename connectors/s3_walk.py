"""Everything below the key templates, whoever's it is: a listing like a person's, with whose it is read from it."""

from collections.abc import Sequence

from connectors.object_places import Bucket, Tag, is_shared, named, owner, places, roots
from connectors.s3_client import Client
from connectors.s3_tags import values
from connectors.s3_uploads import Upload, Uploads
from connectors.s3_versions import Cursor, Version, page, whole_keys
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key


class Seen(Frozen):
    """A version or an unfinished upload, where whoever it belongs to would find it, and what it says of whose it is."""

    held: Version | Upload
    place: str
    identity: Identity

    @property
    def kinds(self) -> frozenset[Key]:
        """The kinds of identifier that it carries."""
        return frozenset(identifier.kind for identifier in self.identity.identifiers)


class Walk:
    """A page of one listing at a time; nothing is kept in between."""

    def __init__(
        self,
        client: Client,
        buckets: tuple[Bucket, ...],
        tag: Tag | None,
        page_size: int,
        uploads: Uploads | None,
    ) -> None:
        self._client = client
        self._buckets = buckets
        self._tag = tag
        self._page_size = page_size
        self._uploads = uploads
        self._starts = [Cursor(bucket=bucket, prefix=prefix) for bucket, prefix in roots(buckets)]

    async def page(self, cursor: str | None) -> tuple[list[Seen], str | None]:
        """Versions and markers of one bucket, then its unfinished uploads, and where it goes on."""
        if not self._starts:
            return [], None
        at = Cursor.model_validate_json(cursor) if cursor else self._starts[0]
        if at.uploads and self._uploads:
            begun, following = await self._uploads.page(at, self._page_size)
            seen = [self._one(upload, ()) for upload in begun]
        else:
            found, following = await page(self._client, at, self._page_size)
            if self._tag:
                found, following = whole_keys(found, following)
            if following is None and self._uploads:
                following = at.behind
            seen = await self._seen(found)
        if following is None:
            later = self._starts[self._starts.index(at.start) + 1 :]
            following = next(iter(later), None)
        return seen, following.model_dump_json() if following else None

    async def _seen(self, found: Sequence[Version]) -> list[Seen]:
        tagged = await self._tagged(found)
        return [self._one(version, tagged.get(version.key, ())) for version in found]

    def _one(self, held: Version | Upload, tagged: tuple[Identifier, ...]) -> Seen:
        """Whose the key says it is, and the tags. What the key says nothing of is looked for by the whole key."""
        identity = named(held.key, held.bucket, self._buckets)
        place = owner(held.key, held.bucket, places(self._buckets, identity))
        if place is None or place.tagged:
            return Seen(held=held, place=held.key, identity=Identity(identifiers=tagged))
        return Seen(held=held, place=place.prefix, identity=identity.widened(tagged))

    async def _tagged(self, found: Sequence[Version]) -> dict[str, tuple[Identifier, ...]]:
        """What tags say, by key; a call for each version that lies where tags tell."""
        tag = self._tag
        if tag is None:
            return {}
        shared = [version for version in found if is_shared(version.key, version.bucket, self._buckets)]
        said = await values(self._client, shared, tag.key)
        return {key: tuple(Identifier(kind=tag.kind, value=value) for value in each) for key, each in said.items()}
