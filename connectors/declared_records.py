"""What an object of a declared system is to a privacy request: a record, and whose it says it is."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from connectors.connector import TryLater
from connectors.declared_config import Thing
from connectors.declared_pointers import first, found, has
from dsar.correction import Field
from dsar.frozen import Frozen
from dsar.identity import Identifier, Key
from dsar.records import Record

NAMING = frozenset({Key.EMAIL, Key.PHONE, Key.NAME, Key.SOCIAL_ACCOUNT})
"""The kinds that say who somebody is to anybody who reads them."""

_TOKEN = re.compile(r"[\w.:-]{1,64}", re.ASCII)

NOT_AN_ID = frozenset({"", ".", ".."})


class FoundBy(Frozen):
    """How a record was found, to find it so again."""

    find: int
    value: str


def id_of(item: dict[str, Any], thing: Thing) -> str:
    """Its id; an object without one is no answer."""
    said = first(item, thing.id)
    if isinstance(said, bool) or not isinstance(said, (int, str)) or str(said) in NOT_AN_ID:
        raise TryLater(f"an answer has a record without a proper {thing.id}")
    return str(said)


def identifiers(item: dict[str, Any], thing: Thing, system: str) -> tuple[Identifier, ...]:
    """Whose it says it is."""
    return tuple(dict.fromkeys(_said(item, thing, system)))


def record_of(
    item: dict[str, Any], name: str, thing: Thing, matched: frozenset[Key], by: FoundBy | None = None
) -> Record:
    """The record; `by` is none on a walk, where `read` reads it again."""
    days = {anchor: _day(first(item, pointer)) for anchor, pointer in thing.dates.items()}
    label = first(item, thing.label) if thing.label else None
    number = id_of(item, thing)
    return Record(
        id=f"{name}:{number if _is_plain(number, item, thing) else _digest(number)}",
        category=thing.category,
        matched=matched,
        dates={anchor: day for anchor, day in days.items() if day},
        label=str(label) if isinstance(label, (str, int)) and str(label).strip() else name,
        state={
            "thing": name,
            "id": number,
            "by": by.model_dump() if by else None,
            "nulls": sorted(field for field, at in thing.fields.items() if has(item, at) and first(item, at) is None),
        },
    )


def said_by(item: dict[str, Any], thing: Thing) -> dict[Field, str]:
    """What it says in the fields that it has; one that is no text is left out, since a text could not put it back."""
    held = {field: first(item, at) for field, at in thing.fields.items() if has(item, at)}
    return {field: value or "" for field, value in held.items() if value is None or isinstance(value, str)}


def _said(item: dict[str, Any], thing: Thing, system: str) -> Iterator[Identifier]:
    for kind, pointers in thing.identifiers.items():
        for value in (value for pointer in pointers for value in found(item, pointer)):
            if isinstance(value, (str, int)) and not isinstance(value, bool) and (text := str(value).strip()):
                yield Identifier(kind=kind, value=text, source=system)


def _is_plain(number: str, item: dict[str, Any], thing: Thing) -> bool:
    """Whether an id can be shown: not where a system takes an address, or what else names somebody, for it."""
    named = {i.value.casefold() for i in identifiers(item, thing, "") if i.kind in NAMING}
    return bool(_TOKEN.fullmatch(number)) and number.casefold() not in named


def _digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()[:32]


def _day(value: Any) -> date | None:
    """The day of a date, a moment (in UTC), or seconds since 1970; what is none is left out, and a person decides."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC).date()
        moment = datetime.fromisoformat(str(value).strip())
    except (ValueError, OverflowError, OSError):
        return None
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
