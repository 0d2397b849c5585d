"""A postal address in a vendor's parts, and as people write it, in a line.

A vendor names its six parts in this order: street, second line, city, state, postal code, country.
"""

import re
from collections.abc import Mapping, Sequence

_COUNTRY = re.compile(r"[A-Z]{2}")
_STATE_AND_ZIP = re.compile(r"([A-Z]{2}) (\d{5}(?:-\d{4})?)")


def in_line(parts: Mapping[str, object], names: Sequence[str]) -> str:
    """The parts that are filled, in their order: `12 Main St, Springfield, IL, 62701, US`."""
    filled = [str(parts.get(name) or "").strip() for name in names]
    return ", ".join(part for part in filled if part)


def in_parts(line: str, names: Sequence[str]) -> dict[str, str] | None:
    """Each part; what is not there is empty.

    `None` where it cannot be told which is which: only the second line and the country, two letters, may be left out.
    """
    pieces = [piece.strip() for piece in re.split(r"[,\n]", line) if piece.strip()]
    country = pieces.pop() if pieces and _COUNTRY.fullmatch(pieces[-1]) else ""
    if pieces and (both := _STATE_AND_ZIP.fullmatch(pieces[-1])):
        pieces[-1:] = both.groups()
    if len(pieces) == len(names) - 2:
        pieces.insert(1, "")
    if len(pieces) != len(names) - 1 or not any(letter.isdigit() for letter in pieces[-1]):
        return None
    return dict(zip(names, [*pieces, country], strict=True))


def changed(held: Mapping[str, object], wished: str, names: Sequence[str]) -> dict[str, str] | None:
    """The parts that say what is wished; all empty for nothing.

    `None` where it cannot be told which is which, or where the text of what is `held` could not bring it back.
    """
    before = {name: str(held.get(name) or "") for name in names}
    if any(before.values()) and in_parts(in_line(held, names), names) != before:
        return None
    return in_parts(wished, names) if wished else dict.fromkeys(names, "")
