"""What a Mailchimp contact says of a person, and making it say something else.

Nothing is written that could not be put back by its text alone: a person does that. So a whole name is written only
where each of its parts is one word, and an address only where its parts can be told from its text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.http import Answer
from connectors.mailchimp_account import GONE, MEMBER, Account
from connectors.mailchimp_address import HOME, PARTS, in_line, in_parts
from connectors.mailchimp_answers import Member, Refusal
from connectors.mailchimp_records import contact_of
from dsar.correction import Field, Values, says
from dsar.records import Outcome, OutcomeKind, Record

OR_REFUSED = frozenset({200, 400, GONE})
SUBSCRIBED = "subscribed"
"""Mailchimp: "You can only update email addresses for members with a status of 'subscribed'"."""

NAMES = frozenset({Field.NAME, Field.FIRST_NAME, Field.LAST_NAME})

Tags = Mapping[Field, str]
ByHand = Callable[[Record, str], str]
"""A record, and what is wanted of a person there -> their instructions."""


@dataclass
class Change:
    """What is sent to Mailchimp, and what only a person can do."""

    new: Values
    """What the contact does not say yet."""
    body: dict[str, Any] = field(default_factory=dict)
    by_hand: dict[Field, str] = field(default_factory=dict)
    """Why, in words, by the field."""

    @property
    def sent(self) -> Values:
        """What Mailchimp is asked to do."""
        return {name: value for name, value in self.new.items() if name not in self.by_hand}


class Correction:
    """Reads and corrects one contact at a time, by its contact id: the address that it is found by may be wrong."""

    def __init__(self, account: Account, tags: Tags, by_hand: ByHand) -> None:
        self._account = account
        self._tags = tags
        self._by_hand = by_hand

    async def said(self, record: Record) -> dict[Field, str] | None:
        """All that a contact says; `None` when it is gone."""
        member = await self._account.contact(*contact_of(record))
        return None if member is None else said_by(member, self._tags)

    async def make(self, record: Record, wished: Values) -> Outcome:
        """Make a contact say these values."""
        member = await self._account.contact(*contact_of(record))
        if member is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        change = await self._planned(member, wished)
        answer = await self._sent(record, change) if change.body else None
        if answer is not None and answer.status == GONE:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        by_hand = change.by_hand if answer is None else change.by_hand | _left(answer, change.sent, self._tags)
        if not by_hand:
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED)
        lines = [f"Set {name.replace('_', ' ')} to {wished[name]!r}: {why}" for name, why in by_hand.items()]
        instructions = self._by_hand(record, "\n".join(lines))
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)

    async def _sent(self, record: Record, change: Change) -> Answer:
        where = contact_of(record)
        validated = {"skip_merge_validation": "true"}  # what else is required there and missing is not our matter
        return await self._account.http.request(
            "PATCH", MEMBER, *where, ok=OR_REFUSED, params=validated, json=change.body
        )

    async def _planned(self, member: Member, wished: Values) -> Change:
        held = said_by(member, self._tags)
        new = {name: value for name, value in wished.items() if name in held and held[name] != value}
        in_address_parts = await self._address_in_parts(member) if Field.ADDRESS in new else False
        return planned(member, new, self._tags, in_address_parts=in_address_parts)

    async def _address_in_parts(self, member: Member) -> bool:
        """Whether the tag of the address holds parts; an empty one does not show it."""
        tag = self._tags[Field.ADDRESS]
        value = member.merge_fields.get(tag)
        return isinstance(value, dict) or (not value and tag in await self._account.address_tags(member.list_id))


def said_by(member: Member, tags: Tags) -> dict[Field, str]:
    """All that a contact says, in the fields that its audience has."""
    said = {Field.EMAIL: member.email_address}
    said |= {name: _text(member.merge_fields[tag]) for name, tag in tags.items() if tag in member.merge_fields}
    if Field.NAME not in tags and said.keys() & {Field.FIRST_NAME, Field.LAST_NAME}:
        said[Field.NAME] = _whole_name(said)
    return said


def planned(member: Member, new: Values, tags: Tags, *, in_address_parts: bool) -> Change:
    """How these values, which the contact does not say yet, come to stand there."""
    change = Change(new)
    names, why = _names(said_by(member, tags), new, tags)
    merge_fields: dict[str, Any] = {tags[name]: value for name, value in names.items()}
    if why:
        change.by_hand[Field.NAME] = why
    for name in sorted(new.keys() - NAMES):
        if name is Field.EMAIL:
            if member.status == SUBSCRIBED:
                change.body["email_address"] = new[name]
            else:
                change.by_hand[name] = f"Mailchimp does this for subscribed contacts only, this one is {member.status}."
        elif name is Field.ADDRESS and in_address_parts:
            if (parts := _address(member.merge_fields[tags[name]], new[name])) is None:
                change.by_hand[name] = "which part of it is what Mailchimp asks for cannot be told, now or before."
            else:
                merge_fields[tags[name]] = parts
        else:
            merge_fields[tags[name]] = new[name]
    if merge_fields:
        change.body["merge_fields"] = merge_fields
    return change


def _names(said: Values, new: Values, tags: Tags) -> tuple[Values, str]:
    """What is written of the names, and why the whole name is not."""
    names = {name: new[name] for name in (Field.FIRST_NAME, Field.LAST_NAME) if name in new}
    if Field.NAME not in new:
        return names, ""
    if Field.NAME in tags:
        return {**names, Field.NAME: new[Field.NAME]}, ""
    if _whole_name({**said, **names}) == new[Field.NAME]:
        return names, ""
    if not names and _two_words(new[Field.NAME]) and _two_words(said[Field.NAME], said):
        first, _, last = new[Field.NAME].partition(" ")
        parts = {Field.FIRST_NAME: first, Field.LAST_NAME: last}
        if parts.keys() <= said.keys():
            return parts, ""
    return names, "which part of it is the first name and which the last cannot be told, now or before."


def _two_words(name: str, said: Values | None = None) -> bool:
    """Whether a name is at most a first and a last name of one word each, and is kept so."""
    first, _, last = name.partition(" ")
    kept = said is None or (said.get(Field.FIRST_NAME), said.get(Field.LAST_NAME)) == (first, last)
    return name == " ".join(name.split()) and " " not in last and kept


def _whole_name(said: Values) -> str:
    return f"{said.get(Field.FIRST_NAME, '')} {said.get(Field.LAST_NAME, '')}".strip()


def _address(held: Any, wished: str) -> dict[str, str] | str | None:
    """The wished address in Mailchimp's parts; `None` where it has none, or where the old one could not be put back."""
    old = {name: str(held.get(name) or "") for name in PARTS} if isinstance(held, dict) else {}
    if old and _parts(in_line(old)) != old:
        return None
    if not wished:
        return ""
    parts = in_parts(wished)
    if parts is None or (not parts["country"] and old.get("country", HOME) != HOME):
        return None
    return _parts(wished)


def _parts(line: str) -> dict[str, str] | None:
    parts = in_parts(line)
    return None if parts is None else parts | {"country": parts["country"] or HOME}


def _left(answer: Answer, wished: Values, tags: Tags) -> dict[Field, str]:
    """What Mailchimp did not do of what it was asked for."""
    if answer.status == 400:
        refused = answer.read(Refusal)
        return dict.fromkeys(wished, f"Mailchimp refuses it ({refused.words}).")
    now = said_by(answer.read(Member), tags)
    kept = "Mailchimp keeps something else."
    return {name: kept for name, value in wished.items() if name in now and not says(name, now[name], value)}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return in_line(value)
    return "" if value is None else str(value)
