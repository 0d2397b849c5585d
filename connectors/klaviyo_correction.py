"""What a Klaviyo profile says of a person, and making it say something else.

Nothing is written that could not be put back by its text alone: a whole name only where each of its parts is one word,
an address only where its parts can be told from its text, a number only with its country.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.http import Answer
from connectors.klaviyo_account import GONE, Account, is_there
from connectors.klaviyo_answers import One, Profile, Refusal
from connectors.klaviyo_records import international, profile_of
from connectors.postal import changed, in_line
from dsar.correction import Field, Values, says
from dsar.records import Outcome, OutcomeKind, Record

TEXTS = {
    Field.EMAIL: "email",
    Field.FIRST_NAME: "first_name",
    Field.LAST_NAME: "last_name",
    Field.PHONE: "phone_number",
    Field.COMPANY: "organization",
}
PARTS = ("address1", "address2", "city", "region", "zip", "country")
DUPLICATE = "duplicate_profile"

ByHand = Callable[[Record, str], str]
"""A record, and what is wanted of a person there -> their instructions."""


@dataclass
class Change:
    """What is sent to Klaviyo, and what only a person can do."""

    sent: dict[Field, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    by_hand: dict[Field, str] = field(default_factory=dict)
    """Why, in words, by the field."""


class Correction:
    """Reads and corrects one profile at a time, by its id: the address that it is found by may be wrong."""

    def __init__(self, account: Account, by_hand: ByHand) -> None:
        self._account = account
        self._by_hand = by_hand

    async def said(self, record: Record) -> dict[Field, str] | None:
        """All that a profile says; `None` when it is gone."""
        profile = await self._account.profile(profile_of(record))
        return None if profile is None else said_by(profile)

    async def make(self, record: Record, wished: Values) -> Outcome:
        """Make a profile say these values."""
        profile = await self._account.profile(profile_of(record))
        if profile is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        held = said_by(profile)
        change = planned(profile, {k: v for k, v in wished.items() if k in held and held[k] != v})
        by_hand = change.by_hand
        if change.attributes:
            answer = await self._account.correct(profile.id, change.attributes)
            if answer.status == GONE and not is_there(answer):
                return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
            by_hand = by_hand | self._left(answer, change.sent)
        if not by_hand:
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED)
        lines = [f"Set {name.replace('_', ' ')} to {wished[name]!r}: {why}" for name, why in by_hand.items()]
        instructions = self._by_hand(record, "\n".join(lines))
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)

    def _left(self, answer: Answer, wished: Values) -> dict[Field, str]:
        """What Klaviyo did not do of what it was asked for."""
        if answer.status == 200:
            now = said_by(answer.read(One).data)
            kept = "Klaviyo keeps something else."
            return {name: kept for name, value in wished.items() if not says(name, now[name], value)}
        refused = answer.read(Refusal)
        if answer.status == 409 and refused.errors[0].code != DUPLICATE:
            raise self._account.http.refusal(answer)
        return dict.fromkeys(wished, f"Klaviyo refuses it ({refused.words}).")


def said_by(profile: Profile) -> dict[Field, str]:
    """All that a profile says; a name is its two parts."""
    attributes = profile.attributes
    said = {name: str(getattr(attributes, attribute) or "") for name, attribute in TEXTS.items()}
    said[Field.NAME] = _whole_name(said)
    return said | {Field.ADDRESS: in_line(attributes.location or {}, PARTS)}


def planned(profile: Profile, new: Values) -> Change:
    """How these values, which the profile does not say yet, come to stand there."""
    change = Change()
    said = said_by(profile)
    texts = {name: value for name, value in new.items() if name in TEXTS}
    if Field.NAME in new and _whole_name({**said, **texts}) != new[Field.NAME]:
        if (names := _name_in_parts(said, new)) is None:
            change.by_hand[Field.NAME] = "which part of it is the first name and which the last cannot be told."
        else:
            texts |= names
    for name, value in texts.items():
        text = international(value) if name is Field.PHONE and value else value
        if text is None:
            change.by_hand[name] = "Klaviyo takes a number only with its country's code, as in +12025550143."
        else:
            change.sent[name] = value
            change.attributes[TEXTS[name]] = text or None
    if Field.ADDRESS in new:
        parts = changed(profile.attributes.location or {}, new[Field.ADDRESS], PARTS)
        if parts is None:
            change.by_hand[Field.ADDRESS] = "which part of it is what Klaviyo asks for cannot be told, now or before."
        else:
            change.sent[Field.ADDRESS] = new[Field.ADDRESS]
            change.attributes["location"] = {part: value or None for part, value in parts.items()}
    return change


def _name_in_parts(said: Values, new: Values) -> dict[Field, str] | None:
    """First and last name, where both are one word at most, now and before, and nothing else is wished of them."""
    if {Field.FIRST_NAME, Field.LAST_NAME} & new.keys() or _two(said[Field.NAME]) != _parts(said):
        return None
    first, last = _two(new[Field.NAME])
    is_plain = " " not in last and f"{first} {last}".strip() == new[Field.NAME]
    return {Field.FIRST_NAME: first, Field.LAST_NAME: last} if is_plain else None


def _two(name: str) -> tuple[str, str]:
    first, _, last = name.partition(" ")
    return first, last


def _parts(said: Mapping[Field, str]) -> tuple[str, str]:
    return said[Field.FIRST_NAME], said[Field.LAST_NAME]


def _whole_name(said: Mapping[Field, str]) -> str:
    return " ".join(_parts(said)).strip()
