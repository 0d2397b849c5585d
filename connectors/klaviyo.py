"""Klaviyo, the email platform: profiles, with what they did, what lists they are on, and what may be sent to them.

A profile is found by its address, by the company's own id (`external_id`) or by its phone number, which alone proves
nothing. Klaviyo keeps addresses in small letters; it is asked for them as they were given, too. klaviyo_config.py has
an example of the entry.

An order to delete is answered with a promise and no number: what is gone at once is said to be gone, the rest is looked
for again later. Klaviyo keeps the deleted address on its own list, so that it can prove the deletion.

What no call can do: take back an unsubscription, a complaint or a bounce; say how far a deletion is; change events.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from connectors.connector import Ability, Connector
from connectors.http import together
from connectors.klaviyo_account import Account
from connectors.klaviyo_config import KlaviyoConfig
from connectors.klaviyo_correction import Correction
from connectors.klaviyo_records import known_by, matched, profile_of, questions, record_of, sighting_of
from connectors.klaviyo_suppression import Suppressing
from dsar.correction import Field, Values
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record, Walked


class Place(Frozen):
    """The cursor of a search: which question, from where on, and whom the earlier ones found."""

    question: int = 0
    after: str = ""
    found: tuple[str, ...] = ()


class Klaviyo(Connector):
    """One Klaviyo account."""

    Config = KlaviyoConfig
    can: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.SUPPRESS, Ability.RECTIFY, Ability.WALK}
    )
    config: KlaviyoConfig

    def __init__(self, config: KlaviyoConfig) -> None:
        super().__init__(config)
        self._account = Account(config)
        self._correction = Correction(self._account, self.manually)
        self._suppressing = Suppressing(self._account, self.manually)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """A page of profiles: one request. Teaches the company's own id."""
        place = Place.model_validate_json(cursor) if cursor else Place()
        asked = questions(identity, self.config)
        if place.question >= len(asked):
            return Located()
        profiles, after = await self._account.profiles(asked[place.question].condition, place.after)
        fresh = [(p, matched(p, identity, self.config)) for p in profiles if p.id not in place.found]
        hers = [(profile, keys) for profile, keys in fresh if keys]
        learned = [i for p, _ in hers for i in known_by(p, self.config) if i.kind is self.config.external_key]
        following = Place(
            question=place.question if after else place.question + 1,
            after=after or "",
            found=(*place.found, *(profile.id for profile, _ in hers)),
        )
        return Located(
            records=tuple(record_of(profile, keys) for profile, keys in hers),
            learned=tuple(dict.fromkeys(learned)),
            cursor=following.model_dump_json() if following.question < len(asked) else None,
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """Each profile with consent and predictions, events and what kinds they are, lists and segments."""
        exported = await together(self._exported(record) for record in records)
        return [each for each in exported if each is not None]

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Keep the addresses from every mailing."""
        return await self._suppressing.suppress(records)

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take back what `suppress` did; who went by their own act meanwhile is `REFUSED`."""
        return await self._suppressing.restore(records)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Order the deletion, and look at once: `ERASED` if it is gone, otherwise `ACCEPTED`."""
        return await together(self._erased(record) for record in records)

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether each profile is gone."""
        return await together(self._checked(record) for record in records)

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What each profile says; a name is its two parts."""
        said = await together(self._correction.said(record) for record in records)
        return [None if each is None else {f: v for f, v in each.items() if f in fields} for each in said]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Change profiles. An address or number that another profile has is a person's task: they may be merged."""
        return await together(
            self._correction.make(record, wished) for record, wished in zip(records, values, strict=True)
        )

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of all profiles, by their ids: one request."""
        profiles, following = await self._account.profiles("", cursor or "")
        return Walked(sightings=tuple(sighting_of(each, self.config) for each in profiles), cursor=following)

    def manually(self, record: Record, what: str) -> str:
        """With the address at which Klaviyo shows the profile."""
        return f"{super().manually(record, what)}\nhttps://www.klaviyo.com/profile/{profile_of(record)}"

    async def close(self) -> None:
        """Release the connections."""
        await self._account.http.close()

    async def _exported(self, record: Record) -> Exported | None:
        held = await self._account.holdings(profile_of(record))
        if held is None:
            return None
        return Exported(record_id=record.id, category=record.category, label=record.label, data=held)

    async def _erased(self, record: Record) -> Outcome:
        profile = profile_of(record)
        if await self._account.profile(profile) is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        await self._account.delete(profile)
        if await self._account.profile(profile) is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
        after = datetime.now(UTC) + self.config.deletion_takes
        return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=after)

    async def _checked(self, record: Record) -> Outcome:
        if await self._account.profile(profile_of(record)) is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="Klaviyo still has the profile")
