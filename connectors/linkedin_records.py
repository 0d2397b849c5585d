"""What LinkedIn may hold of a person, as records: nobody can look, so each is what the company knows or assumes.

    segment:<segment>:<hash>   an address in a segment that people are streamed into
    file:<segment>:<hash>      an address in a segment that was uploaded as a file
    events:<tag>:<hash>        an address whose visits and conversions an Insight Tag may have reported

<hash> are the first 16 digits of the hash under which LinkedIn knows the address.
"""

from collections.abc import Sequence
from datetime import date

from connectors.linkedin_answers import Segment
from connectors.linkedin_segments import LinkedInConfig
from dsar.identity import Key
from dsar.records import Anchor, Exported, Outcome, OutcomeKind, Record

HASH_DIGITS = 16
STREAMED = "USER"
COMPANIES = "COMPANY"

FORGET = "Delete everything there that is about this person."
REPORT_NO_MORE = (
    "Report no more of this person. Done when that is so: our answer says that what LinkedIn has stays until it ends "
    "by itself, and how to object there."
)
GONE = (
    " Then delete this one (... > Delete); where people are streamed into it, delete it only if the call stays refused."
)
OBJECT_AT = "Settings & Privacy > Advertising data"
STAYS = (
    "no more is reported to LinkedIn about you, and what was reported before ends by itself (conversions after 180 "
    f"days); you can object there: {OBJECT_AT}"
)
"""What the person reads of the Insight Tag."""


def holds_people(segment: Segment) -> bool:
    """Whether a segment is of people; of companies it says nothing of anybody."""
    return not segment.type.startswith(COMPANIES)


def is_streamed(record: Record) -> bool:
    """Whether a call can take somebody out."""
    return str(record.state["kind"]) == "segment"


def segment_record(config: LinkedInConfig, segment: Segment, digest: str, sent_on: date | None) -> Record:
    """An address in a segment: known, where the company's own list says when it was sent."""
    kind = "segment" if segment.type == STREAMED else "file"
    known = f"uploaded {sent_on.isoformat()}" if sent_on else "assumed: LinkedIn does not say who is in it"
    return Record(
        id=f"{kind}:{segment.id}:{digest[:HASH_DIGITS]}",
        category=config.category,
        matched=frozenset({Key.EMAIL}),
        dates={Anchor.CREATED: sent_on, Anchor.LAST_INTERACTION: sent_on} if sent_on else {},
        label=f"Audience {segment.name or segment.id} ({known})",
        state={
            "kind": kind,
            "number": str(segment.id),
            "name": segment.name,
            "hash": digest,
            "sent_on": sent_on.isoformat() if sent_on else None,
        },
    )


def event_record(config: LinkedInConfig, tag: str, digest: str) -> Record:
    """An address, assumed to be known to an Insight Tag."""
    return Record(
        id=f"events:{tag}:{digest[:HASH_DIGITS]}",
        category=config.event_category,
        matched=frozenset({Key.EMAIL}),
        label=f"Insight Tag {tag} and its conversions (assumed: LinkedIn does not say whose they are)",
        state={"kind": "events", "number": tag, "name": "", "hash": digest, "sent_on": None},
    )


def exported(record: Record) -> Exported:
    """What was sent, by the company's own list; LinkedIn shows nothing of it."""
    known = "by our own list of uploads" if record.state["sent_on"] else "not known: LinkedIn does not show it"
    data = {name: record.state[name] for name in ("kind", "number", "name", "sent_on") if record.state[name]}
    data |= {"email_sha256": record.state["hash"], "held": known}
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def is_event(record: Record) -> bool:
    """Whether it is what an Insight Tag and conversions reported."""
    return str(record.state["kind"]) == "events"


def stays(record: Record) -> Outcome:
    """Of what was reported, once no more is: it is there, and no hand of ours takes it away."""
    return Outcome(record_id=record.id, kind=OutcomeKind.SUPPRESSED, reason=STAYS)


def task(record: Record, title: str, what: str = FORGET) -> Outcome:
    """What only a person can do."""
    what = REPORT_NO_MORE if what == FORGET and is_event(record) else what
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=to_do(record, title, what))


def refused(record: Record, title: str, status: int) -> Outcome:
    """One element of a batch that LinkedIn did not take, whatever it said of the batch."""
    what = f"LinkedIn refused to take this address out (status {status}). {FORGET}"
    return task(record, title, what)


def to_do(record: Record, title: str, what: str) -> str:
    """Where to go for a record, by LinkedIn's own menus; `what` is a sentence that says what is wanted."""
    if is_event(record):
        where = (
            f"No call and no menu deletes what Insight Tag {record.state['number']} and conversions reported of one "
            "person: it ends by itself (conversions after 180 days). Stop new reports: Campaign Manager > Data > "
            "Signals manager shows what the site and the server send; take the address out of it. The person can "
            f"object at LinkedIn: {OBJECT_AT}."
        )
    else:
        name = f"{record.state['name']!r} ({record.state['number']})"
        where = (
            f"Campaign Manager > Plan > Audiences > Matched > {name}. Nobody who is in it is shown, and a file that "
            "was uploaded is not changed: upload it again without the address as a new audience, and put that in the "
            f"place of this one in each campaign.{GONE if FORGET in what else ''} Take the address out of the list "
            "that the next upload is made from."
        )
    return f"{title}: {record.label}.\n{what}\n{where} The address is known there by the hash {record.state['hash']}."


def by_segment(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The records of each segment."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(str(record.state["number"]), []).append(record)
    return found
