"""How a file is looked through: in stages, each with bytes in and bytes out, none with more in memory than a window.

What has to be known of a whole file before its first byte leaves (may it leave at all?) is found out by going through
it twice: the first time to decide, the second time to write.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from dsar.redaction import Screen

MAX_DEPTH = 5
"""Archives in archives."""
MAX_MEMBERS = 20_000
"""Files in one file, all archives in it taken together."""
MAX_EXPANDED = 2 * 1024**3
"""Bytes that one file may unpack to."""
MAX_RATIO = 200
"""How many times larger than packed; counted from `FREE` on."""
FREE = 32 * 1024**2


class Reason(StrEnum):
    """Why a file is not sent, as the person reads it."""

    FORBIDDEN = "it holds something that is never sent, which cannot be taken out of this kind of file"
    OTHERS = "it holds another person's data, which cannot be taken out of this kind of file"
    LOCKED = "it is encrypted, and we cannot see whose data is in it"
    UNREADABLE = "its text cannot be read by a machine, and we cannot see whose data is in it"
    UNKNOWN = "it is packed in a way that we cannot open, and we cannot see whose data is in it"
    TOO_LARGE = "it is too large to be looked through by a machine"
    UNPACKS_TOO_LARGE = "unpacked it would be far larger than it is, as harmful files are"
    DAMAGED = "it is damaged, and we cannot see whose data is in it"


class Withheld(Exception):
    """A file may not leave as it is."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Bomb(Withheld):
    """The whole file may not leave, however deep in it this was met."""


@dataclass
class Budget:
    """What one file may cost, all that is packed in it taken together."""

    expanded: int = 0
    packed: int = 0
    members: int = 0

    def unpacked(self, size: int, taken: int) -> None:
        """Count bytes that came out of packed ones.

        Raises:
            Bomb: too much.
        """
        self.expanded += size
        self.packed += taken
        if self.expanded > MAX_EXPANDED or self.expanded > FREE + MAX_RATIO * self.packed:
            raise Bomb(Reason.UNPACKS_TOO_LARGE)

    def member(self) -> None:
        """Count a file in the file.

        Raises:
            Bomb: too many.
        """
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise Bomb(Reason.UNPACKS_TOO_LARGE)


@dataclass(frozen=True)
class Look:
    """One look at one file, or at one within it."""

    screen: Screen
    deciding: bool
    """The first time: what is withheld is written down. The second time it is looked up."""
    inner: dict[tuple[int, ...], Reason] = field(default_factory=dict)
    """The files within the file that are withheld, by their place: the third in the second is (1, 2)."""
    budget: Budget = field(default_factory=Budget)
    place: tuple[int, ...] = ()
    spreadsheet: bool = False
    """A part of one: a cell does not know what its column is called."""

    def within(self, number: int, *, spreadsheet: bool = False) -> "Look":
        """A look at a file within this one.

        Raises:
            Bomb: too deep.
        """
        if len(self.place) >= MAX_DEPTH:
            raise Bomb(Reason.UNPACKS_TOO_LARGE)
        self.budget.member()
        return Look(self.screen, self.deciding, self.inner, self.budget, (*self.place, number), spreadsheet)


class Stage(Protocol):
    """Something that bytes go through. Both raise `Withheld`."""

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; what can leave by now out."""

    def close(self) -> bytes:
        """The rest, after the last bytes."""


Opener = Callable[[Look], Stage]
"""Makes the stage of a file that nothing is known of yet."""


class AsItIs:
    """Nothing is looked at, nothing is changed."""

    def feed(self, data: bytes) -> bytes:
        """The same bytes."""
        return data

    def close(self) -> bytes:
        """Nothing."""
        return b""


class Whole:
    """A file that is looked at in one piece."""

    def __init__(self, done: Callable[[bytes], bytes], largest: int) -> None:
        self._done = done
        self._largest = largest
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Nothing leaves before all is there."""
        self._held += data
        if len(self._held) > self._largest:
            raise Withheld(Reason.TOO_LARGE)
        return b""

    def close(self) -> bytes:
        """All of it, looked at."""
        return self._done(bytes(self._held))
