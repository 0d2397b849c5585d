"""How our own people sign what they decide: in the journal, for as long as it is kept."""

from typing import Annotated

from pydantic import AfterValidator

LONGEST = 80


def signed(name: str) -> str:
    """A name that can stand in the journal. Raises `ValueError` for an address, and for more than one short line."""
    if len(name) > LONGEST or "@" in name or not name.isprintable():
        raise ValueError(f"sign with a name of at most {LONGEST} letters, not with an address")
    return name


StaffName = Annotated[str, AfterValidator(signed)]
