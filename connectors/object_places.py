"""Where in an object store a person's objects are: key templates, filled with what the person is known by; and back."""

import re
import unicodedata
from collections import defaultdict
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from typing import Annotated

from pydantic import AfterValidator

from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key, normalise

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

LONGEST_KEY = 1024
"""Bytes. The stores refuse to search for a longer one, and nothing can be there."""


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
    """A bucket (Azure: a container) to look in, and where in it."""

    name: str
    prefixes: tuple[Annotated[str, AfterValidator(_sound)], ...]
    """Key templates: `clients/{customer_id}/`. One without a placeholder (`shared/`, or `""` for the whole bucket)
    is everybody's: there only the configured object tag says whose an object is."""


class Tag(Frozen):
    """An object tag (Google: custom metadata) whose value is an identifier of the person the object belongs to."""

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


def roots(buckets: tuple[Bucket, ...]) -> tuple[tuple[str, str], ...]:
    """Bucket and prefix of everything below the templates, whoever's it is; none lies within another."""
    begins: defaultdict[str, set[str]] = defaultdict(set)
    for bucket in buckets:
        begins[bucket.name] |= {template.partition("{")[0] for template in bucket.prefixes}
    return tuple(
        (bucket, prefix)
        for bucket, prefixes in begins.items()
        for prefix in sorted(prefixes)
        if not any(prefix != other and prefix.startswith(other) for other in prefixes)
    )


def is_shared(key: str, bucket: str, buckets: tuple[Bucket, ...]) -> bool:
    """Whether the key lies under a prefix that is many people's, where tags tell."""
    everybodys = (prefix for each in buckets if each.name == bucket for prefix in each.prefixes if "{" not in prefix)
    return any(key.startswith(prefix) for prefix in everybodys)


def named(key: str, bucket: str, buckets: tuple[Bucket, ...]) -> Identity:
    """What a key itself says of whose it is: the segments that stand where the templates have placeholders."""
    templates = (template for each in buckets if each.name == bucket for template in each.prefixes)
    found = (match.groupdict() for template in templates if (match := _pattern(template).match(key)))
    pairs = dict.fromkeys((Key(kind), value) for each in found for kind, value in each.items() if _is_segment(value))
    return Identity(identifiers=tuple(Identifier(kind=kind, value=value) for kind, value in pairs))


def category(key: str, rules: tuple[Rule, ...], default: str) -> str:
    """The category of the retention schedule that an object with this key belongs to."""
    return next((rule.category for rule in rules if fnmatchcase(key, rule.pattern)), default)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What every key under a template looks like; a placeholder that comes again stands for the same value."""
    pattern, end, known = "", 0, set[str]()
    for found in PLACEHOLDER.finditer(template):
        kind = found[1]
        pattern += re.escape(template[end : found.start()])
        pattern += f"(?P={kind})" if kind in known else f"(?P<{kind}>[^/]+)"
        end = found.end()
        known.add(kind)
    return re.compile(pattern + re.escape(template[end:]), re.DOTALL)


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
