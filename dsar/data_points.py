"""Data points: what a person can tell us that we hold already, and that others hardly know (11 CCR 7060(c), 7062).

Nothing is compared in clear. What the person enters becomes a keyed hash at the door, what systems hold becomes one
where it is read; the key is made for one comparison and destroyed after it.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from enum import StrEnum

from dsar.correction import Field, Values
from dsar.frozen import Frozen


class Point(StrEnum):
    """What can be asked for. A name, a city and an address that one writes from are public: they are not among them."""

    CUSTOMER_ID = "customer_id"
    LAST_INVOICE = "last_invoice"
    """The month of the last invoice."""
    PROJECT = "project"
    """The name of a project."""
    PHONE = "phone"
    COMPANY = "company"
    POSTAL_CODE = "postal_code"


IN_SIGNATURES = frozenset({Point.PHONE, Point.COMPANY, Point.POSTAL_CODE})
"""What stands under many a mail, and in directories: all of these together are one point, never two."""

FIELDS: dict[Field, Point] = {
    Field.PHONE: Point.PHONE,
    Field.COMPANY: Point.COMPANY,
    Field.ADDRESS: Point.POSTAL_CODE,
}
"""The fields of records that hold a point."""

Tags = Mapping[Point, str]
"""Keyed hashes, 64 hexadecimal digits, one of each point that was given."""

DECLARATION = (
    "I declare under penalty of perjury under the laws of the State of California that I am the person whose personal "
    "information is the subject of the request {request}, made to {controller}, and that what I told to prove it is "
    "true. Signed by {name} on {day}."
)
"""What is signed (11 CCR 7062(c); Cal. Code Civ. Proc. 2015.5). Where it is signed in other words, those are kept."""

LONGEST = 200

_FORMS_OF_COMPANIES = frozenset(
    {
        "ag",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "kg",
        "limited",
        "llc",
        "llp",
        "ltd",
        "plc",
        "sa",
    }
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PHONE_DIGITS = 7
_BRITISH = re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b")
_NUMBERS = re.compile(r"\b\d{4,6}\b")


class Signature(Frozen):
    """What a person signs with, and what they sign. Personal data."""

    name: str
    """As it was typed."""
    text: str
    """The whole wording, as it stood before them."""


class Declaration(Signature):
    """What a person signed under penalty of perjury. Personal data, kept sealed as evidence (11 CCR 7062(c))."""

    signed_at: datetime
    by: str
    """`the person`, or who of ours took it down."""
    salt: str
    """Random: the hash of so short a text could otherwise be guessed back."""

    @property
    def digest(self) -> str:
        """What the journal keeps of it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def entered(point: Point, text: str) -> str | None:
    """The form in which what a person typed is compared; `None`: it cannot be such a thing."""
    return next(iter(forms(point, text[:LONGEST])), None)


def forms(point: Point, text: str) -> tuple[str, ...]:
    """The forms in which a held value is compared: several, where it is a part of a longer text."""
    match point:
        case Point.PHONE:
            digits = "".join(c for c in text if c in "0123456789")
            found = [digits[-_PHONE_DIGITS:]] if len(digits) >= _PHONE_DIGITS else []
        case Point.POSTAL_CODE:
            plain = " ".join(_plain(text).split())
            found = [each.replace(" ", "") for each in _BRITISH.findall(plain)] or _NUMBERS.findall(plain)
        case Point.LAST_INVOICE:
            found = [month] if (month := _month(text)) else []
        case Point.COMPANY:
            words = _words(text)
            found = ["".join(w for w in words if w not in _FORMS_OF_COMPANIES) or "".join(words)]
        case Point.PROJECT | Point.CUSTOMER_ID:
            found = ["".join(_words(text))]
    return tuple(dict.fromkeys(each for each in found if each))


def tag(key: bytes, point: Point, form: str) -> str:
    """The keyed hash of one form, hexadecimal."""
    return hmac.new(key, f"{point}:{form}".encode(), hashlib.sha256).hexdigest()


def tags(key: bytes, given: Mapping[Point, str]) -> dict[Point, str]:
    """What the saga learns of what was entered: a hash for each point, also for what is empty, or no such thing."""
    return {point: tag(key, point, entered(point, given.get(point, "")) or "\0nothing") for point in Point}


def agreeing(given: Tags, held: Iterable[tuple[Point, str]]) -> frozenset[Point]:
    """The points of which something that was given is something that is held. All are compared, each to its end."""
    found: set[Point] = set()
    for point, known in held:
        if hmac.compare_digest(given.get(point, "").encode(), known.encode()):
            found.add(point)
    return frozenset(found)


def counted(points: AbstractSet[Point]) -> int:
    """How many data points these are."""
    return len(points - IN_SIGNATURES) + bool(points & IN_SIGNATURES)


def said_in(values: Values) -> Iterator[tuple[Point, str]]:
    """The points that a record's fields hold."""
    for field, point in FIELDS.items():
        for form in forms(point, values.get(field, "")):
            yield point, form


def month_of(day: date) -> str:
    """The form of the month of a day."""
    return f"{day:%Y-%m}"


def _month(text: str) -> str | None:
    """`2026-05`, `5/2026`, `May 2026`."""
    plain = _plain(text)
    year = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", plain)
    if year is None:
        return None
    rest = plain[: year.start()] + " " + plain[year.end() :]
    number = re.search(r"(?<!\d)\d{1,2}(?!\d)", rest)
    if number:
        month = int(number[0])
    else:
        month = next((n for n, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}", rest)), 0)
    return f"{year[0]}-{month:02}" if 1 <= month <= 12 else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _plain(text))
