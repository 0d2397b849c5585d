"""What a Mailchimp contact is to a privacy request: a record, and whose it says it is."""

from collections.abc import Mapping
from datetime import date, datetime

from connectors.mailchimp_answers import Member
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Record, Sighting

CATEGORY = "marketing data"


def record_of(member: Member, matched: frozenset[Key] = frozenset({Key.EMAIL})) -> Record:
    """The contact id is in the record's id and not the hash: a hash of an address can be guessed back."""
    days = {
        Anchor.CREATED: _day(member.timestamp_signup or member.timestamp_opt),
        Anchor.LAST_INTERACTION: _day(member.last_changed),
    }
    return Record(
        id=f"contact:{member.list_id}:{member.contact_id}",
        category=CATEGORY,
        matched=matched,
        dates={anchor: day for anchor, day in days.items() if day},
        label=f"{member.email_address} in audience {member.list_id}",
        state={
            "list_id": member.list_id,
            "hash": member.id,
            "email_address": member.email_address,
            "status": member.status,
        },
    )


def sighting_of(member: Member, tags: Mapping[Key, str], system: str) -> Sighting:
    """The contact as it is met on a walk."""
    address = Identifier(kind=Key.EMAIL, value=member.email_address, source=system)
    identifiers = (address, *numbers_of(member, tags, system))
    return Sighting(record=record_of(member, frozenset(i.kind for i in identifiers)), identifiers=identifiers)


def numbers_of(member: Member, tags: Mapping[Key, str], system: str) -> tuple[Identifier, ...]:
    """What the contact's merge fields say beside its address."""
    held = [(key, member.merge_fields.get(tag)) for key, tag in tags.items()]
    said = dict.fromkeys((key, str(value).strip()) for key, value in held if value is not None)
    return tuple(Identifier(kind=key, value=value, source=system) for key, value in said if value)


def contact_of(record: Record) -> tuple[str, str]:
    """The audience and the contact id: where the contact is, also when its address is another by now."""
    audience, _, contact = record.id.removeprefix("contact:").partition(":")
    return audience, contact


def subscriber_of(record: Record) -> tuple[str, str]:
    """The audience and the hash of the address that the contact was found with."""
    return str(record.state["list_id"]), str(record.state["hash"])


def _day(stamp: str) -> date | None:
    try:
        return datetime.fromisoformat(stamp).date()
    except ValueError:
        return None
