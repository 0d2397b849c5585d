"""Where in S3 a person's objects are: key templates, filled with what the person is known by."""

import re
import unicodedata
from fnmatch import fnmatchcase
from itertools import product
from typing import Annotated

from pydantic import AfterValidator

from dsar.frozen import Frozen
from dsar.identity import Identity, Key, normalise

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

LONGEST_KEY = 1024
"""Bytes. S3 refuses to search for a longer one, and nothing can be there."""


def _sound(template: str) -> str:
    """A template that can't reach a neighbour's objects: whole folders, known kinds, one placeholder a segment."""
    if template and not template.endswith("/"):
        raise ValueError("a prefix ends in '/': 'clients/42' would match 'clients/421' too")
    for segment in template.split("/"):
        kinds = PLACEHOLDER.findall(segment)
        if len(kinds) > 1:
            raise ValueError("two placeholders in one segment can't be told apart")
        if not set(kinds) <= set(Key):
            raise ValueError(f"a placeholder is one of {', '.join(sorted(Key))}")
        if "{" in (rest := PLACEHOLDER.sub("", segment)) or "}" in rest:
            raise ValueError("a brace without its other half")
    return template


class Bucket(Frozen):
    """A bucket to look in, and where in it."""

    name: str
    prefixes: tuple[Annotated[str, AfterValidator(_sound)], ...]
    """Key templates: `clients/{customer_id}/`. One without a placeholder (`shared/`, or `""` for the whole bucket)
    is everybody's: there only the configured object tag says whose an object is."""


class Tag(Frozen):
    """An object tag whose value is an identifier of the person the object belongs to."""

    key: str
    kind: Key


class Rule(Frozen):
    """Objects whose key matches `pattern` (`*` matches anything, `/` too) belong to a category; the first rule wins."""

    pattern: str
    category: str


class Place(Frozen):
    """A prefix of one bucket, and the kinds of identifier that its keys carry; none where only tags tell."""

    bucket: str
    prefix: str
    kinds: frozenset[Key]

    @property
    def tagged(self) -> bool:
        """Whether the objects here are many people's."""
        return not self.kinds


def places(buckets: tuple[Bucket, ...], identity: Identity) -> tuple[Place, ...]:
    """Every prefix where objects of this person may be, the person's own before the shared ones.

    A template is used when all its placeholders are known. A value that can't be one segment of a path names no
    folder: it is left out.
    """
    found: dict[tuple[str, str], frozenset[Key]] = {}
    for bucket in buckets:
        for template in bucket.prefixes:
            kinds = [Key(kind) for kind in dict.fromkeys(PLACEHOLDER.findall(template))]
            for values in product(*(_segments(identity, kind) for kind in kinds)):
                prefix = template.format(**dict(zip(map(str, kinds), values, strict=True)))
                if len(prefix.encode()) < LONGEST_KEY:
                    found[bucket.name, prefix] = found.get((bucket.name, prefix), frozenset()) | frozenset(kinds)
    every = [Place(bucket=bucket, prefix=prefix, kinds=kinds) for (bucket, prefix), kinds in found.items()]
    return tuple(sorted(every, key=lambda place: place.tagged))


def owner(key: str, bucket: str, among: tuple[Place, ...]) -> Place | None:
    """The place that reports this key, where prefixes lie within each other: the first, so that none does twice."""
    return next((p for p in among if p.bucket == bucket and key.startswith(p.prefix)), None)


def carried(key: str, bucket: str, among: tuple[Place, ...]) -> frozenset[Key]:
    """The kinds of the person's identifiers that this key carries."""
    here = (p.kinds for p in among if p.bucket == bucket and key.startswith(p.prefix))
    return frozenset[Key]().union(*here)


def category(key: str, rules: tuple[Rule, ...], default: str) -> str:
    """The category of the retention schedule that an object with this key belongs to."""
    return next((rule.category for rule in rules if fnmatchcase(key, rule.pattern)), default)


def _segments(identity: Identity, kind: Key) -> list[str]:
    """The values of a kind, as given and as compared, that can be one segment of a path."""
    values = [form for value in identity.values(kind) for form in (value.strip(), normalise(kind, value))]
    return [value for value in dict.fromkeys(values) if _is_segment(value)]


def _is_segment(value: str) -> bool:
    return (
        value not in {"", "."}
        and ".." not in value
        and not any(c in "/\\" or unicodedata.category(c) in {"Cc", "Cs"} for c in value)
    )
