"""Keyed hashes of identifiers: recognise a person again, without keeping who they are."""

import hashlib
import hmac
from collections.abc import Iterable

from dsar.identity import Identifier, normalise


def fingerprint(key: bytes, identifier: Identifier) -> str:
    """64 hex digits: the same for every way of writing the value, useless to whoever has not the key."""
    text = f"{identifier.kind}:{normalise(identifier.kind, identifier.value)}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def fingerprints(key: bytes, identifiers: Iterable[Identifier]) -> frozenset[str]:
    """Those of several identifiers."""
    return frozenset(fingerprint(key, identifier) for identifier in identifiers)
