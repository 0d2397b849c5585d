"""Where a request stands, in the protocol's four states (8)."""

from datetime import UTC, datetime

from dsar.case import Ending, State
from dsar.zones import end_of_day
from ledger.partners import PartnerRequest
from web.standing import Stand

PENDING = "pending"
CANCELLED = "cancelled"
COMPLETED = "completed"
FINAL = frozenset({CANCELLED, COMPLETED})

_NOT_DONE = frozenset({Ending.CANCELLED, Ending.DENIED_UNVERIFIED, Ending.REFUSED, Ending.FRAUDULENT})
"""The protocol has no word for a refusal. What was not fulfilled is not called completed."""


def state_of(asked: PartnerRequest, stands: Stand) -> str:
    """One of the four."""
    if asked.withdrawn_at is not None or stands.ending in _NOT_DONE:
        return CANCELLED
    if stands.ending is not None or stands.state in {State.ANSWERED, State.CLOSED}:
        return COMPLETED
    return PENDING if stands.state in {State.RECEIVED, State.AWAITING_PROOF} else "in_progress"


def expected(stands: Stand, zone: str) -> str:
    """By when it is done, if all goes as it should: the legal date's end, where the company is."""
    return rfc3339(end_of_day(stands.due, (zone,)))


def rfc3339(moment: datetime) -> str:
    """In UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
