"""What Meta holds of a person, as records: leads, which can be seen, and what can only be assumed.

    lead:<lead>                    what somebody sent with a form
    member:<audience>:<hash>       an address that the company's own list says was uploaded to this audience
    members:<ad account>:<hash>    an address that may be in any audience of the account: nobody can look
    events:<pixel>:<hash>          an address for which events may have been sent: nobody can look

<hash> are the first 16 digits of the hash under which Meta knows the address.
"""

from collections.abc import Iterable, Sequence

from connectors.meta_answers import Lead
from connectors.meta_config import MetaConfig
from connectors.sent_lists import Sent, email_sha256
from dsar.identity import Identity, Key, normalise
from dsar.records import Anchor, Exported, Outcome, OutcomeKind, Record

HASH_DIGITS = 16


def is_lead(record: Record) -> bool:
    """Whether it can be seen."""
    return "lead" in record.state


def is_event(record: Record) -> bool:
    """Whether it stands for events of a pixel."""
    return "pixel" in record.state


def lead_record(config: MetaConfig, where: tuple[str, str, str], lead: Lead, identity: Identity) -> Record | None:
    """A lead of a form (its Page, number and name), if one of its answers is one of the person's identifiers."""
    page, form, name = where
    answers = [(config.questions[f.name], v) for f in lead.field_data if f.name in config.questions for v in f.values]
    matched = {key for key, value in answers if normalise(key, value) and identity.knows(key, value)}
    if not matched:
        return None
    day = lead.created_time.date()
    return Record(
        id=f"lead:{lead.id}",
        category=config.lead_category,
        matched=frozenset(matched),
        dates={Anchor.CREATED: day, Anchor.LAST_INTERACTION: day},
        label=f"Answers to lead form {name or form} of {day.isoformat()}",
        state={
            "lead": lead.id,
            "form": form,
            "page": page,
            "hashes": [email_sha256(value) for key, value in answers if key is Key.EMAIL and "@" in value],
        },
    )


def sent_record(config: MetaConfig, sent: Sent, *, excluded: bool) -> Record:
    """An address that was uploaded to an audience."""
    return Record(
        id=f"member:{sent.list_id}:{sent.email_sha256[:HASH_DIGITS]}",
        category=config.audience_category,
        matched=frozenset({Key.EMAIL}),
        dates={Anchor.CREATED: sent.sent_on, Anchor.LAST_INTERACTION: sent.sent_on},
        label=f"Custom audience {sent.list_id} (uploaded {sent.sent_on.isoformat()})",
        state={
            "audience": sent.list_id,
            "hashes": [sent.email_sha256],
            "sent_on": sent.sent_on.isoformat(),
            "excluded": excluded,
        },
    )


def assumed_record(config: MetaConfig, account: str, digest: str) -> Record:
    """An address, assumed to be in some audience of an ad account."""
    return Record(
        id=f"members:{account}:{digest[:HASH_DIGITS]}",
        category=config.audience_category,
        matched=frozenset({Key.EMAIL}),
        label=f"Custom audiences of ad account {account} (assumed: Meta does not say who is in them)",
        state={"account": account, "hashes": [digest]},
    )


def event_record(config: MetaConfig, pixel: str, digest: str) -> Record:
    """An address, assumed to have had events sent."""
    return Record(
        id=f"events:{pixel}:{digest[:HASH_DIGITS]}",
        category=config.event_category,
        matched=frozenset({Key.EMAIL}),
        label=f"Events of pixel {pixel} (assumed: Meta does not say whose they are)",
        state={"pixel": pixel, "hashes": [digest]},
    )


def exported_lead(record: Record, lead: Lead) -> Exported:
    """What was answered, when, and to which form."""
    data = {
        "id": lead.id,
        "form": record.state["form"],
        "advertisement": lead.ad_id,
        "sent_at": lead.created_time.isoformat(),
        "answers": {answer.name: list(answer.values) for answer in lead.field_data},
    }
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def exported_unseen(record: Record) -> Exported:
    """What was sent, by our own record; Meta shows nothing of it."""
    held = {name: record.state[name] for name in ("audience", "account", "pixel", "sent_on") if name in record.state}
    known = "by our own list of uploads" if "sent_on" in held else "not known: Meta does not show it, it is assumed"
    data = held | {"email_sha256": record.state["hashes"], "held": known}
    return Exported(record_id=record.id, category=record.category, label=record.label, data=data)


def hashes_in(records: Iterable[Record]) -> list[str]:
    """The hashes of all addresses in these records, each once."""
    return list(dict.fromkeys(digest for record in records for digest in record.state["hashes"]))


def all_of(records: Sequence[Record], kind: OutcomeKind) -> list[Outcome]:
    """The same of all."""
    return [Outcome(record_id=record.id, kind=kind) for record in records]
