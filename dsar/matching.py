"""Whether a record is the person's: one unique identifier or two strong ones, otherwise a person decides."""

from collections.abc import Set as AbstractSet
from enum import StrEnum

from dsar.identity import STRENGTH, Key, Strength


class Belonging(StrEnum):
    """What the identifiers that a record carries say about whose it is."""

    YES = "yes"
    AMBIGUOUS = "ambiguous"
    """Something matches, but nothing that only one person has: a namesake, a shared phone."""


def belonging(matched: AbstractSet[Key]) -> Belonging:
    """Judge a record by the kinds of the person's identifiers found in it.

    A name never counts: it is public, and two people can share it.
    """
    strengths = [STRENGTH[key] for key in matched]
    if Strength.UNIQUE in strengths or strengths.count(Strength.STRONG) >= 2:
        return Belonging.YES
    return Belonging.AMBIGUOUS
