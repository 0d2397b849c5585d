"""What a Klaviyo profile is to a privacy request: a record, and whose it says it is."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from connectors.klaviyo_account import quoted
from connectors.klaviyo_answers import Profile
from connectors.klaviyo_config import KlaviyoConfig
from dsar.identity import Identifier, Identity, Key, normalise
from dsar.records import Anchor, Record, Sighting

CATEGORY = "marketing data"
LONGEST_ADDRESS = 100
"""Klaviyo: no profile has a longer one."""
LONGEST_ID = 255


class Question(NamedTuple):
    """One condition that profiles are asked for by."""

    field: str
    value: str

    @property
    def condition(self) -> str:
        """As Klaviyo filters: https://developers.klaviyo.com/en/docs/filtering_."""
        return f"equals({self.field},{quoted(self.value)})"


def questions(identity: Identity, config: KlaviyoConfig) -> list[Question]:
    """By address, by the company's own id, and by phone number, which alone proves nothing."""
    return list(dict.fromkeys(_questions(identity, config)))


def _questions(identity: Identity, config: KlaviyoConfig) -> Iterator[Question]:
    for value in identity.values(Key.EMAIL):
        for address in (normalise(Key.EMAIL, value), value.strip()):
            if "@" in address[1:-1] and _is_sane(address, LONGEST_ADDRESS):
                yield Question("email", address)
    for value in identity.values(config.external_key) if config.external_key else ():
        if _is_sane(value.strip(), LONGEST_ID):
            yield Question("external_id", value.strip())
    for value in identity.values(Key.PHONE):
        if (number := international(value)) is not None:
            yield Question("phone_number", number)


def international(value: str) -> str | None:
    """A number as Klaviyo takes it (E.164), `None` where the country's code is not said."""
    number = normalise(Key.PHONE, value)
    digits = number.removeprefix("+")
    is_whole = number.startswith("+") and digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15
    return number if is_whole and len(value) <= 2 * len(number) else None


def known_by(profile: Profile, config: KlaviyoConfig) -> tuple[Identifier, ...]:
    """What a profile carries."""
    said = profile.attributes
    held = ((Key.EMAIL, said.email), (config.external_key, said.external_id), (Key.PHONE, said.phone_number))
    return tuple(Identifier(kind=k, value=v.strip(), source=config.name) for k, v in held if k and v and v.strip())


def matched(profile: Profile, identity: Identity, config: KlaviyoConfig) -> frozenset[Key]:
    """The kinds of the person's identifiers that the profile carries."""
    return frozenset(i.kind for i in known_by(profile, config) if identity.knows(i.kind, i.value))


def record_of(profile: Profile, keys: frozenset[Key]) -> Record:
    """A profile, and whether it gets mail as it is found."""
    said = profile.attributes
    days = {Anchor.CREATED: _day(said.created), Anchor.LAST_INTERACTION: _day(said.last_event_date or said.updated)}
    return Record(
        id=f"profile:{profile.id}",
        category=CATEGORY,
        matched=keys,
        dates={anchor: day for anchor, day in days.items() if day},
        label=f"Profile of {said.email or said.phone_number or profile.id}",
        state={"suppressed": bool(profile.suppressed_for)},
    )


def sighting_of(profile: Profile, config: KlaviyoConfig) -> Sighting:
    """A profile as it is met on a walk."""
    identifiers = known_by(profile, config)
    return Sighting(record=record_of(profile, frozenset(i.kind for i in identifiers)), identifiers=identifiers)


def profile_of(record: Record) -> str:
    """Klaviyo's own id."""
    return record.id.removeprefix("profile:")


def _is_sane(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and value.isprintable()


def _day(stamp: str | None) -> date | None:
    try:
        return datetime.fromisoformat(stamp or "").date()
    except ValueError:
        return None
