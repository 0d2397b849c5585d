"""What a person says is wrong, and what it should say instead (Cal. Civ. Code 1798.106; GDPR 16)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import Field as Constrained

from dsar.frozen import Frozen
from dsar.identity import Key, normalise


class Field(StrEnum):
    """What can be corrected. Which of them a system holds, and where, its connector knows."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    ADDRESS = "address"
    COMPANY = "company"


Values = Mapping[Field, str]
"""What a record says: only the fields that it has. Personal data."""


class Change(Frozen):
    """One correction: from now on, this field says this. Personal data."""

    field: Field
    value: str = Constrained(min_length=1, max_length=500)


def wanted(changes: Sequence[Change]) -> dict[Field, str]:
    """What records should say afterwards; of two changes of one field the later counts."""
    return {change.field: change.value for change in changes}


def disputed(changes: Sequence[Change]) -> frozenset[Key]:
    """The kinds of identifier that may not prove who asks: what is disputed proves nothing (11 CCR 7060(g))."""
    named = {change.field for change in changes}
    if named & {Field.FIRST_NAME, Field.LAST_NAME}:
        named.add(Field.NAME)
    return frozenset(Key(field) for field in named if field in {Field.EMAIL, Field.NAME, Field.PHONE})


def says(field: Field, found: str, wished: str) -> bool:
    """Whether a system that says `found` says what the person wants it to say.

    Systems write one value in ways of their own: an address in parts, with a country; a number with other spaces.
    """
    match field:
        case Field.EMAIL:
            return normalise(Key.EMAIL, found) == normalise(Key.EMAIL, wished)
        case Field.PHONE:
            return _digits(found) == _digits(wished)
        case Field.ADDRESS:
            left = iter(_words(found))
            return all(word in left for word in _words(wished))
        case _:
            return _spaced(found) == _spaced(wished)


def _digits(value: str) -> list[str]:
    """The digits of a number; what has none is compared as it is."""
    return re.findall(r"\d", value) or [value.strip()]


def _spaced(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).split())


def _words(value: str) -> list[str]:
    """The words of an address, in order; nothing but marks is one word of its own."""
    return re.findall(r"\w+", unicodedata.normalize("NFC", value).casefold()) or [value.strip()]
