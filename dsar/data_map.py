"""The systems that hold personal data, as far as rules and saga need to know them."""

from enum import StrEnum

from dsar.frozen import Frozen
from dsar.identity import Identity, Key


class Ability(StrEnum):
    """What a system's vendor lets us do there."""

    LOCATE = "locate"
    EXPORT = "export"
    ERASE = "erase"
    SUPPRESS = "suppress"
    """Take out of use, reversibly, ahead of the erasure: unsubscribe, move to the trash."""
    RESTRICT = "restrict"
    """Keep, but mark so that it is used for nothing else, reversibly: what is retained gets this."""
    RECTIFY = "rectify"
    """Read and change what a record says of the person."""
    WALK = "walk"
    """List every record of anybody: how data past its time is found, and what was erased and came back."""


class System(Frozen):
    """One entry of the data map, pinned in a request when it starts."""

    name: str
    title: str
    can: frozenset[Ability]
    learns: frozenset[Key] = frozenset()
    needs: frozenset[Key] = frozenset()

    def can_search(self, identity: Identity) -> bool:
        """Whether the identity is known well enough to look here."""
        return not self.needs or any(identity.values(key) for key in self.needs)
