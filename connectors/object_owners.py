"""Whose the objects of a listing are, where the listing itself brings what their metadata or tags say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from connectors.object_places import Bucket, Place, Tag, carried, is_shared, named, owner, places
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key

Said = Mapping[str, frozenset[str]]
"""What the configured tag says, by object key: one version tells of all of its key."""


class Whose(Frozen):
    """What an object carries of whose it is, and the place where its owner would find it."""

    place: str
    identity: Identity

    @property
    def kinds(self) -> frozenset[Key]:
        """The kinds of identifier that it carries."""
        return frozenset(identifier.kind for identifier in self.identity.identifiers)


def said(tag: Tag | None, objects: Iterable[tuple[str, Mapping[str, str]]]) -> Said:
    """What the tag says of each key."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, tags in objects:
        if tag and tags.get(tag.key):
            found[key].add(tags[tag.key])
    return {key: frozenset(values) for key, values in found.items()}


def persons(
    keys: Iterable[str], place: Place, everywhere: tuple[Place, ...], identity: Identity, tag: Tag | None, tags: Said
) -> dict[str, frozenset[Key]]:
    """Of the keys listed at a place, those that are the person's, each with the kinds of identifier it carries."""
    mine = [key for key in dict.fromkeys(keys) if owner(key, place.bucket, everywhere) == place]
    if not place.tagged:
        return {key: carried(key, place.bucket, everywhere) for key in mine}
    if tag is None:
        return {}
    theirs = (key for key in mine if any(identity.knows(tag.kind, value) for value in tags.get(key, ())))
    return {key: frozenset({tag.kind}) for key in theirs}


def whose(key: str, bucket: str, buckets: tuple[Bucket, ...], tag: Tag | None, tags: Said) -> Whose:
    """What a key and, under a shared prefix, its tag say. What says nothing is looked for by the whole key."""
    values = tags.get(key, frozenset()) if tag and is_shared(key, bucket, buckets) else frozenset()
    tagged = tuple(Identifier(kind=tag.kind, value=value) for value in sorted(values)) if tag else ()
    identity = named(key, bucket, buckets)
    place = owner(key, bucket, places(buckets, identity))
    if place is None or place.tagged:
        return Whose(place=key, identity=Identity(identifiers=tagged))
    return Whose(place=place.prefix, identity=identity.widened(tagged))
