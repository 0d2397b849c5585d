"""How a language writes dates and numbers: its language.toml."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from dsar.frozen import Frozen


class Language(Frozen):
    """One language's folder, beside its forms."""

    code: str
    """The folder's name, which is the language's tag: `en`, `pt-BR`."""
    direction: Literal["ltr", "rtl"]
    day: str
    """With `{day}`, `{month}` (its name), `{number}` (of the month) and `{year}`."""
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]
    thousands: str
    """What stands between groups of three digits."""

    @classmethod
    def read(cls, folder: Path) -> "Language":
        """The language of a folder.

        Raises:
            ValidationError: its language.toml is not whole.
        """
        said = tomllib.loads((folder / "language.toml").read_text(encoding="utf-8"))
        return cls(code=folder.name, **said)

    def date(self, day: date) -> str:
        """A day, as people write it."""
        return self.day.format(day=day.day, month=self.months[day.month - 1], number=day.month, year=day.year)

    def number(self, number: int) -> str:
        """A whole number, its digits in groups."""
        return f"{number:,}".replace(",", self.thousands)
