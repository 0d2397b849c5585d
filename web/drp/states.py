"""Where a request stands, in the protocol's states (3.02, 3.03)."""

from datetime import UTC, datetime, time

from pydantic import BaseModel

from dsar.case import Ending, State
from dsar.status import STATE_IN_WORDS
from ledger.partners import PartnerRequest
from web.standing import Stand

State_ = tuple[str, str | None, str]
"""Status, reason, and words for the person."""

_OPEN: dict[State, str] = {
    State.RECEIVED: "open",
    State.AWAITING_PROOF: "in_progress",
    State.IN_PROGRESS: "in_progress",
    State.ON_HOLD: "in_progress",
}

_ENDED: dict[Ending, State_] = {
    Ending.COMPLIED: ("fulfilled", None, "Done. The answer went to the person's own address."),
    Ending.PARTLY: ("fulfilled", None, "Done in part; the answer to the person says what is kept, and why."),
    Ending.PLANNED: ("fulfilled", None, "Done."),
    Ending.NOTHING_FOUND: ("denied", "no_match", "Nothing was found."),
    Ending.DENIED_UNVERIFIED: (
        "denied",
        "insuf_verification",
        "The code that was sent to the person was never entered.",
    ),
    Ending.REFUSED: ("denied", "other", "Refused; the answer to the person gives the reasons."),
    Ending.FRAUDULENT: ("denied", "suspected_fraud", "The person says that they gave no permission for this."),
    Ending.CANCELLED: ("revoked", None, "Taken back."),
}

REVOKED: State_ = ("revoked", None, "Taken back.")

FINAL = frozenset({"fulfilled", "revoked", "denied", "expired"})


class StatusObject(BaseModel):
    """The Exercise Status object. No personal data."""

    request_id: str
    status: str
    reason: str | None = None
    received_at: str
    expected_by: str | None = None
    processing_details: str
    agent_request_id: str | None = None


def state_of(asked: PartnerRequest, stands: Stand) -> State_:
    """Status, reason and words."""
    if asked.withdrawn_at is not None:
        return REVOKED
    if stands.ending is not None:
        return _ENDED[stands.ending]
    return _OPEN.get(stands.state, "fulfilled"), None, STATE_IN_WORDS[stands.state]


def status_object(asked: PartnerRequest, stands: Stand, note: str = "") -> StatusObject:
    """What an agent is told."""
    status, reason, words = state_of(asked, stands)
    return StatusObject(
        request_id=asked.ref,
        status=status,
        reason=reason,
        received_at=asked.received_at.isoformat(timespec="seconds"),
        expected_by=None if status in FINAL else expected_by(stands),
        processing_details=f"{words} {note}".strip(),
        agent_request_id=asked.partner_ref,
    )


def expected_by(stands: Stand) -> str:
    """The legal date, as a moment."""
    return datetime.combine(stands.due, time(0), UTC).isoformat()
