"""What may stand in the ledger: short words of this program, nothing that could be a person's."""

import json
from collections.abc import Mapping

Fact = str | int | bool | None

LONGEST = 200
"""Characters in one text. What is longer is somebody's message, not a fact."""


class NotEvidence(ValueError):
    """A text does not belong in the ledger. Names the field, never what is in it."""


def checked(name: str, text: str) -> str:
    """A text, if it can stand in the ledger for years.

    Raises:
        NotEvidence: it is too long, holds an @, or is not one line of printable text.
    """
    if len(text) > LONGEST:
        raise NotEvidence(f"{name} is longer than {LONGEST} characters: the ledger keeps facts, the vault keeps texts")
    if "@" in text:
        raise NotEvidence(f"{name} holds an @: personal data goes into the vault, never into the ledger")
    if not text.isprintable():
        raise NotEvidence(f"{name} must be one line of printable text")
    return str(text)


def canonical(facts: Mapping[str, Fact]) -> str:
    """Facts as JSON, the same facts always as the same text.

    Raises:
        NotEvidence: a key or value cannot stand in the ledger.
    """
    checked_facts = {checked("a fact's name", name): _checked(name, value) for name, value in facts.items()}
    return json.dumps(checked_facts, sort_keys=True, separators=(",", ":"))


def _checked(name: str, value: Fact) -> Fact:
    match value:
        case str():
            return checked(name, value)
        case None | int():
            return value
        case _:
            raise NotEvidence(f"{name} must be text, a whole number, true, false or nothing")
