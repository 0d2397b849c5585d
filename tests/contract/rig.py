"""What the contract suite needs to know about a connector: how to set its system up, and how to break it.

A rig may also declare, and its docstring then says why:

    impossible: frozenset[str]   the faults that this vendor cannot show; for these, and for no others, `fault` raises
                                 NotImplementedError. Default: none.
    exempt: dict[str, str]       the rules of the suite that such a system cannot keep, by the test's name, each with
                                 its reason. The test still runs, and has to fail. Default: none.
    named_again              async (record) -> None: makes a record that `erase` anonymised say again whose it is. A rig
                                 of a connector that anonymises has to have it.
    hint: timedelta              the wait that its RATE_LIMIT answer asks for. Default: a second, as standins/faults.py
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from connectors.connector import Connector
from dsar.identity import Identity
from dsar.records import Record


class Fault:
    """A way in which a vendor misbehaves, switched on at its stand-in."""

    RATE_LIMIT = "rate_limit"
    RATE_LIMIT_WITHOUT_HINT = "rate_limit_without_hint"
    SERVER_ERROR = "server_error"
    OVERLOADED_529 = "overloaded_529"
    HTML = "html"
    TIMEOUT = "timeout"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"


class Rig(Protocol):
    """One connector with its system, seeded. A fresh one for each test."""

    name: str
    lossy: bool
    """The vendor cannot be asked whether a record is gone (GA4): `check` says `ACCEPTED`."""

    def start(self) -> AbstractAsyncContextManager[None]:
        """Run the system, empty."""

    @property
    def connector(self) -> Connector:
        """The connector, pointed at the running system."""

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` records of this person, more than one page when `count` says so; their record ids."""

    async def snapshot(self) -> object:
        """All that the system holds, comparable with `==`: proof that reading did not write."""

    async def present(self, record: Record) -> bool:
        """Whether the system still holds this record's content, asked behind the connector's back."""

    async def fault(self, kind: str, times: int = 1) -> None:
        """Make the next `times` answers go wrong; `NotImplementedError` where the vendor cannot fail so."""


def impossible(rig: Rig) -> frozenset[str]:
    """The faults that this vendor cannot show."""
    declared: frozenset[str] = getattr(rig, "impossible", frozenset())
    return declared


def exempt(rig: Rig) -> dict[str, str]:
    """The rules that this kind of system cannot keep, and why."""
    declared: dict[str, str] = getattr(rig, "exempt", {})
    return declared


def hint(rig: Rig) -> timedelta:
    """The wait that the vendor's 429 asks for."""
    declared: timedelta = getattr(rig, "hint", timedelta(seconds=1))
    return declared


def named_again(rig: Rig) -> Callable[[Record], Awaitable[None]] | None:
    """What writes a person back into a record; `None` where nothing is anonymised."""
    declared: Callable[[Record], Awaitable[None]] | None = getattr(rig, "named_again", None)
    return declared
