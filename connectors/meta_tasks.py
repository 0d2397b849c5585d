"""What a person does at Meta where no call does it, by Meta's own menus."""

from collections.abc import Sequence

from connectors.meta_records import is_event, is_lead
from dsar.records import Outcome, OutcomeKind, Record

FORGET = "Delete everything there that is about this person."
SEND_NO_MORE = "Send no more events about this person."


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


def _events(record: Record) -> str:
    return (
        "No call and no menu deletes the events of one person. Stop new ones: take the address out of what the site "
        f"and the server send (Events Manager > Data sources > {record.state['pixel']} > Settings shows how it gets "
        'there; an event about somebody who opted out carries data_processing_options ["LDU"] or opt_out). Tell the '
        "person how to clear what Meta keeps for them: Accounts Centre > Your information and permissions > Your "
        "activity off Meta technologies > Clear previous activity. If the dataset is no longer needed, remove it in "
        "Business settings > Data sources > Datasets."
    )
