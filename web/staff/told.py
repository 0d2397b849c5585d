"""What a page says on top of itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from web.person.form import Mistake


@dataclass(frozen=True)
class Told:
    """What a page says on top, and the status that it comes with."""

    status: int = 200
    alert: str = ""
    """A key of the words under `alert`."""
    said: str = ""
    """Why the desk refused, in its own words."""
    note: str = ""
    """A key of the words under `note`: it was done."""
    mistakes: Sequence[Mistake] = ()


AS_IT_IS = Told()
PRESS_AGAIN = Told(403, alert="press_again")
