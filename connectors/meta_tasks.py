"""What a person does at Meta where no call does it, by Meta's own menus."""

from collections.abc import Sequence

from connectors.meta_records import is_event, is_lead
from dsar.records import Outcome, OutcomeKind, Record

FORGET = "Delete everything there that is about this person."
SEND_NO_MORE = "Send no more events about this person."
CLEARED_AT = (
    "Accounts Centre > Your information and permissions > Your activity off Meta technologies > Clear previous activity"
)
STAYS = f"no more is sent to Meta about you, and what it was sent before only you can clear: {CLEARED_AT}"
"""What the person reads of events."""


def to_do(record: Record, title: str, what: str) -> str:
    """Where to go for a record; `what` is a sentence that says what is wanted."""
    if is_lead(record):
        where = (
            f"Meta Business Suite > All tools > Instant forms > form {record.state['form']} > Download leads, or the "
            f"Leads centre, and look for lead {record.state['lead']} (kept there for 90 days)."
        )
    elif is_event(record):
        return f"{title}: {record.label}.\n{what}\n{_events(record)}"
    else:
        where = (
            f"Ads Manager > All tools > Audiences. Meta shows nobody who is in an audience: "
            f"{record.label or record.id}, under the hash {', '.join(record.state['hashes'])}."
        )
    return f"{title}: {where}\n{what}"


def task(record: Record, title: str, what: str = FORGET) -> Outcome:
    """What only a person can do."""
    if what == FORGET and is_event(record):
        what = f"{SEND_NO_MORE} Done when that is so: our answer says that what Meta has stays, and how to clear it."
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=to_do(record, title, what))


def flagged(record: Record, title: str, audiences: Sequence[str]) -> Outcome:
    """Audiences whose members cannot be removed."""
    instructions = (
        f"{title} has flagged these audiences and lets nobody be removed from them: {', '.join(audiences)}. Go to Ads "
        "Manager > All tools > Audiences, open the audience and request a review of its restriction; when it is "
        "lifted, retry. Or delete the audience there (select it > Delete): its members go with it. The address is "
        f"known there by the hash {', '.join(record.state['hashes'])}."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def stays(record: Record) -> Outcome:
    """Of events, once nothing more is sent: what was sent is there, and no hand of ours takes it away."""
    return Outcome(record_id=record.id, kind=OutcomeKind.SUPPRESSED, reason=STAYS)


def _events(record: Record) -> str:
    return (
        "No call and no menu deletes the events of one person. Stop new ones: take the address out of what the site "
        f"and the server send (Events Manager > Data sources > {record.state['pixel']} > Settings shows how it gets "
        'there; an event about somebody who opted out carries data_processing_options ["LDU"] or opt_out). What Meta '
        f"keeps for the person, they clear themselves: {CLEARED_AT}. If the dataset is no longer needed, remove it in "
        "Business settings > Data sources > Datasets."
    )
