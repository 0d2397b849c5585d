"""What a request says beyond its right."""

from enum import StrEnum

from pydantic import Field

from dsar.correction import Change
from dsar.frozen import Frozen


class Detail(StrEnum):
    """How much a request to know asks for (Cal. Civ. Code 1798.110(a); 11 CCR 7001)."""

    CATEGORIES = "categories"
    SPECIFIC = "specific"
    """The specific pieces: a copy."""


class Wish(Frozen):
    """What a request says beyond its right. Personal data: sealed with the case."""

    detail: Detail = Detail.SPECIFIC
    """KNOW: how much."""
    consents: tuple[str, ...] = ()
    """WITHDRAW: the entries of the policy's `[consents]` that are taken back."""
    changes: tuple[Change, ...] = ()
    """CORRECT: what records should say."""
    statement: str = Field(default="", max_length=4_000)
    """OBJECT, RESTRICT, APPEAL, COMPLAINT: the person's own words, for the person who decides."""
    about: str = Field(default="", max_length=64)
    """APPEAL: the id of the request whose answer is appealed."""
