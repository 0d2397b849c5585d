"""What a person says is wrong, and what it should say instead (Cal. Civ. Code 1798.106; GDPR 16)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import Field as Constrained

from dsar.frozen import Frozen
from dsar.identity import Key


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
