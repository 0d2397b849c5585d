"""Erasing for good: believed only when the system, asked again, finds nothing, or nothing that says who."""

from collections.abc import Sequence

from connectors.connector import Connector, TryLater
from dsar.records import Outcome, OutcomeKind, Record

DONE = frozenset({OutcomeKind.ERASED, OutcomeKind.ANONYMISED})
"""What a system says it did, and is asked about once more: what it did not do yet it is asked about later."""


async def erased(connector: Connector, records: Sequence[Record]) -> dict[str, Outcome]:
    """Erase these records, and look again; the outcome of each, by its id.

    Raises:
        TryLater: the system still has what it said is gone, or what it said to be nobody's still says whose it was.
            Erasing twice equals once, so it is simply repeated.
    """
    if not records:
        return {}
    outcomes = {outcome.record_id: outcome for outcome in await connector.erase(records)}
    gone = [record for record in records if outcomes[record.id].kind in DONE]
    seen = await connector.check(gone) if gone else []
    still = sum(outcome.kind is OutcomeKind.REFUSED for outcome in seen)
    if still:
        raise TryLater(f"{connector.config.title} still holds {still} records after erasing them")
    return outcomes
