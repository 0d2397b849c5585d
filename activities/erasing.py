"""Erasing for good: believed only when the system, asked again, finds nothing."""

from collections.abc import Sequence

from connectors.connector import Connector, TryLater
from dsar.records import Outcome, OutcomeKind, Record


async def erased(connector: Connector, records: Sequence[Record]) -> dict[str, Outcome]:
    """Erase these records, and look again; the outcome of each, by its id.

    Raises:
        TryLater: the system still has what it said is gone. Erasing twice equals once, so it is simply repeated.
    """
    if not records:
        return {}
    outcomes = {outcome.record_id: outcome for outcome in await connector.erase(records)}
    gone = [record for record in records if outcomes[record.id].kind is OutcomeKind.ERASED]
    seen = await connector.check(gone) if gone else []
    still = sum(outcome.kind is OutcomeKind.REFUSED for outcome in seen)
    if still:
        raise TryLater(f"{connector.config.title} still holds {still} records after erasing them")
    return outcomes
