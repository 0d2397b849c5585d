"""Finds in text what never leaves (11 CCR 7024(d)): by its own check digits, or by the word that stands before it.

What stands near no word that names it, and has no check digit, cannot be found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsar import checksums
from dsar.forbidden_keys import kind_of
from dsar.forbidden_kinds import Forbidden, marker
from dsar.forbidden_words import DASHES, RULES, says_something, value_of

__all__ = ["REACH", "Forbidden", "Hit", "find", "marker"]

REACH = 6_000
"""Characters: a find and all that it depends on are no further apart, so that a text can be looked through in parts."""
LONGEST_PAIR = 4_000
"""Characters of a value that is found by its key in a text."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a text that is not shown."""

    start: int
    end: int
    kind: str
    """A `Forbidden`, or who else's data it is."""
    shown: str
    """What stands there instead."""


_SOMETHING = re.compile(r"\d\d|pass|pw|pin|kennwort|://|secret|security|maiden|\"\s?:", re.IGNORECASE)
_SSN = re.compile(rf"(?<![0-9A-Za-z{DASHES}])(?<!\d\.)\d{{3}}([{DASHES}])\d{{2}}\1\d{{4}}(?![0-9A-Za-z{DASHES}]|\.\d)")
_CARD = re.compile(
    r"(?<![\d@])(?=(?P<grouped>\d{4}(?P<by>[ \-.\u00a0\u2011\u2013])"
    r"(?:\d{4}(?P=by)\d{4}(?P=by)\d{4}(?:(?P=by)\d{3}(?!\d))?|\d{6}(?P=by)\d{4,5}))(?!\d)"
    r"|(?<![0-9A-Za-z+])(?<!\d\.)(?P<plain>\d{14,16})(?![0-9A-Za-z]))"
)
_MAYBE_CARD = re.compile(r"\d{4}[ \-.\u00a0\u2011\u2013]\d{4}|\d{14}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?=(?P<v>[A-Za-z]{2}\d{2}[ \u00a0-]?(?:[A-Za-z0-9][ \u00a0-]?){11,30}))")
_UUID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE)
_PAIR = re.compile(
    r'"(?P<key>[^"\\\n]{2,80})"\s{0,8}:\s{0,8}'
    rf'(?:"(?P<text>(?:[^"\\]|\\.){{1,{LONGEST_PAIR}}})"|(?P<bare>-?\d[\d.]{{0,30}}))'
)


def find(text: str, *, of_a_machine: bool = False) -> list[Hit]:
    """What must not be shown of a text, in no order; finds may overlap.

    Args:
        text: what is looked through.
        of_a_machine: it is the value of an id or a time: a plain row of digits in it is no card's.
    """
    if not _SOMETHING.search(text):
        return []
    ids = [match.span() for match in _UUID.finditer(text)] if "-" in text else []
    checked = (*_cards(text, of_a_machine), *_accounts(text))
    numbers = [hit for hit in checked if not any(start <= hit.start and hit.end <= end for start, end in ids)]
    return [*_named(text), *_numbers(text), *numbers, *_paired(text)]


def _hit(start: int, end: int, kind: Forbidden) -> Hit:
    return Hit(start, end, kind, marker(kind))


def _named(text: str) -> Iterator[Hit]:
    """What a word before it names."""
    low = text.lower()
    if len(low) != len(text):  # a letter that is two in lower case: places would not be the same
        low = "".join(char.lower() if char.isascii() else char for char in text)
    for rule in RULES:
        for word in rule.words:
            at = low.find(word)
            while at >= 0:
                match = rule.pattern.match(text, at)
                if match and rule.holds(match):
                    yield _hit(*value_of(match), rule.kind)
                at = low.find(word, at + 1)


def _numbers(text: str) -> Iterator[Hit]:
    for match in _SSN.finditer(text):
        digits = _digits(match[0])
        if checksums.social_security_number(digits):
            yield _hit(match.start(), match.end(), Forbidden.SSN)
        elif checksums.taxpayer_number(digits):
            yield _hit(match.start(), match.end(), Forbidden.GOVERNMENT)


def _cards(text: str, of_a_machine: bool) -> Iterator[Hit]:
    for match in _CARD.finditer(text) if _MAYBE_CARD.search(text) else ():
        number = match["plain"] or match["grouped"]
        if match["plain"] and of_a_machine:
            continue
        shorter = number.rpartition(match["by"])[0] if match["by"] and number.count(match["by"]) == 4 else ""
        for each in (number, shorter):  # three more digits are the rest of a long number, or the code beside it
            if checksums.payment_card(_digits(each)):
                start = match.start("plain") if match["plain"] else match.start("grouped")
                yield _hit(start, start + len(each), Forbidden.ACCOUNT)
                break


def _accounts(text: str) -> Iterator[Hit]:
    for match in _IBAN.finditer(text):
        length = checksums.iban_length(match["v"][:2].upper())
        places = [place for place, char in enumerate(match["v"], start=1) if char.isalnum()]
        if length and len(places) >= length:
            start, end = match.start("v"), match.start("v") + places[length - 1]
            if not text[end : end + 1].isalnum() and checksums.iban(text[start:end]):
                yield _hit(start, end, Forbidden.ACCOUNT)


def _paired(text: str) -> Iterator[Hit]:
    """What a key of JSON names, where the JSON is too large to be read whole, or stands within another text."""
    for match in _PAIR.finditer(text) if '"' in text else ():
        kind = kind_of(match["key"])
        if kind and match["text"] and says_something(match["text"]):
            yield _hit(*match.span("text"), kind)
        elif kind and match["bare"]:
            yield Hit(*match.span("bare"), kind, f'"{marker(kind)}"')


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")
