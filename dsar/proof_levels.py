"""How surely we must know who asks: the levels of 11 CCR 7060-7062, and what each of them takes."""

from enum import StrEnum


class Demand(StrEnum):
    """How surely we must know who asks. The order is that of strength."""

    NONE = "none"
    CODE = "code"
    """A code sent to the address on file."""
    REASONABLE = "reasonable"
    """Two data points: the code is one (11 CCR 7062(b))."""
    REASONABLY_HIGH = "reasonably high"
    """Three data points, and a declaration signed under penalty of perjury (11 CCR 7062(c))."""

    @property
    def points(self) -> int:
        """How many data points it takes, the code counted as one."""
        return list(Demand).index(self)

    @property
    def beyond_code(self) -> int:
        """How many things that we hold the person has to tell us, once the code is entered."""
        return max(self.points - 1, 0)

    @property
    def declared(self) -> bool:
        """Whether a signed declaration is part of it."""
        return self is Demand.REASONABLY_HIGH
