"""Keeping in mind whose data must not come back into use."""

from temporalio import activity

from dsar.fingerprints import fingerprints
from dsar.frozen import Frozen
from dsar.identity import STRENGTH, Identifier, Strength
from dsar.suppression import Scope
from ledger.facts import Fact
from ledger.ledger import Ledger

PROVEN_ONLY = frozenset({Scope.ERASED, Scope.RESTRICTED})
"""What keeps others' records from them, or them from erasure, is kept in mind for what is surely the person's."""


class Suppress(Frozen):
    """Order: know these identifiers again.

    Only unique ones are kept: others share a name or a phone. Of who is to stay erased only proven ones: a mere claim
    may name somebody else, whose records would be erased from then on.
    """

    request_id: str
    scope: Scope
    identifiers: tuple[Identifier, ...]


class Suppressions:
    """The suppression list, as the saga writes to it."""

    def __init__(self, ledger: Ledger, subject_key: bytes) -> None:
        self._ledger = ledger
        self._subject_key = subject_key

    @activity.defn
    async def suppress(self, order: Suppress) -> None:
        """Put the person on the list, by keyed hashes."""
        unique = [
            i
            for i in order.identifiers
            if STRENGTH[i.kind] is Strength.UNIQUE and (i.proven or order.scope not in PROVEN_ONLY)
        ]
        known_by = fingerprints(self._subject_key, unique)
        await self._ledger.suppressions.add(order.request_id, order.scope, known_by)

    @activity.defn
    async def end_suppression(self, order: Suppress) -> None:
        """Take off the list what this request had put on it: its reason is over."""
        count = await self._ledger.suppressions.forget(order.request_id, order.scope)
        facts: dict[str, Fact] = {"scope": str(order.scope), "identifiers": count}
        await self._ledger.journal.append(
            order.request_id, f"unsuppressed:{order.scope}", "kept in mind no more", facts
        )
