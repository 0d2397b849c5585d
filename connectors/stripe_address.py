"""A postal address as Stripe keeps it, in parts, and as people write it, in a line."""

import re
from collections.abc import Mapping

PARTS = ("line1", "line2", "city", "state", "postal_code", "country")

_COUNTRY = re.compile(r"[A-Z]{2}")
_STATE_AND_ZIP = re.compile(r"([A-Z]{2}) (\d{5}(?:-\d{4})?)")


def in_line(parts: Mapping[str, object]) -> str:
    """The parts that are filled, in their order: `12 Main St, Springfield, IL, 62701, US`."""
    filled = [str(parts.get(name) or "").strip() for name in PARTS]
    return ", ".join(part for part in filled if part)


def in_parts(line: str) -> dict[str, str] | None:
    """Street, a second line, city, state, postal code and the country's two letters; what is not there is empty.

    `None` where it cannot be told which is which: all but the second line and the country have to be there.
    """
    pieces = [piece.strip() for piece in re.split(r"[,\n]", line) if piece.strip()]
    country = pieces.pop() if pieces and _COUNTRY.fullmatch(pieces[-1]) else ""
    if pieces and (both := _STATE_AND_ZIP.fullmatch(pieces[-1])):
        pieces[-1:] = both.groups()
    if len(pieces) == len(PARTS) - 2:
        pieces.insert(1, "")
    if len(pieces) != len(PARTS) - 1 or not any(letter.isdigit() for letter in pieces[-1]):
        return None
    return dict(zip(PARTS, [*pieces, country], strict=True))
