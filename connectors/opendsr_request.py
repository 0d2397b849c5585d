"""A request as a processor reads it: the same bytes each time, from what the record remembers."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

from connectors.opendsr_answers import Discovery
from connectors.opendsr_config import IDENTITY_TYPES, OpenDsrConfig
from dsar.identity import Identity, Key, normalise
from dsar.records import Record

Named = tuple[str, str, str]
"""How somebody is named to the processor: type, value, format."""

FORMATS: dict[str, Callable[[bytes], str]] = {
    "raw": lambda value: value.decode(),
    "sha256": lambda value: hashlib.sha256(value).hexdigest(),
    "sha1": lambda value: hashlib.sha1(value, usedforsecurity=False).hexdigest(),
    "md5": lambda value: hashlib.md5(value, usedforsecurity=False).hexdigest(),
}
"""The formats of the specification (5.2), the surest first."""

LONGEST = 254
"""No address is longer (RFC 5321), and no number of a customer should be."""


def named(config: OpenDsrConfig, identity: Identity, supports: Discovery) -> list[list[Named]]:
    """How the person is named, one list a request: a processor may refuse two values of one type in a request."""
    columns = []
    for kind in sorted(config.identity_types):
        offered = {each.identity_format for each in supports.supported_identities if each.identity_type == kind}
        form = next((form for form in FORMATS if form in offered), None)
        if form is not None:
            values = _values(identity, IDENTITY_TYPES[kind])
            columns.append([(kind, FORMATS[form](value.encode()), form) for value in values])
    return [[name for name in row if name is not None] for row in zip_longest(*columns)]


def matched(names: Sequence[Named]) -> frozenset[Key]:
    """The kinds of identifier that a request is about."""
    return frozenset(IDENTITY_TYPES[kind] for kind, _, _ in names)


def body(config: OpenDsrConfig, record: Record, kind: str, subject_request_id: str) -> bytes:
    """The body of `POST /requests` (7.1)."""
    request: dict[str, Any] = {
        "regulation": config.regulation,
        "subject_request_id": subject_request_id,
        "subject_request_type": kind,
        "submitted_time": record.state["submitted"],
        "subject_identities": [
            {"identity_type": kind, "identity_value": value, "identity_format": form}
            for kind, value, form in record.state["identities"]
        ],
        "api_version": "2.0",
    }
    if config.callback_url:
        request["status_callback_urls"] = [config.callback_url]
    return json.dumps(request).encode()


def moment(time: datetime) -> str:
    """As RFC 3339 has it, in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _values(identity: Identity, kind: Key) -> list[str]:
    """Each value once, in the form in which two are compared: hashes agree on nothing else."""
    values = dict.fromkeys(normalise(kind, value) for value in identity.values(kind))
    return [v for v in values if 0 < len(v) <= LONGEST and v.isprintable() and (kind is not Key.EMAIL or "@" in v)]
