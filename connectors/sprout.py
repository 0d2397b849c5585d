"""Sprout Social: what somebody wrote to the company on Instagram, YouTube, LinkedIn and elsewhere, and the cases of it.

Authors are known by their account on the network, never by an address. By its id in Sprout (`ytpr:1234`) messages are
filtered; by a handle (`instagram:ada.l`, where the network has such) or a name, which proves nothing, the inbox is read
whole. Everything can be copied, and nothing changed or deleted: Sprout's interface has no call for it, and what was
written is on the network. So an erasure is a person's task, with the link to each post; that it is gone is looked for.

Not searched: mentions of the person in others' messages, staff's replies and notes, and networks that Sprout may not
pass on (reviews of Yelp and others; Google's after 30 days).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from connectors.connector import Ability, Connector, NeedsPerson, SystemConfig
from connectors.sprout_answers import Case, Message
from connectors.sprout_inbox import Inbox, Spot, SproutConfig, moment
from connectors.sprout_person import Wanted
from connectors.sprout_records import (
    case_record,
    exported_case,
    exported_message,
    is_case,
    message_record,
    seen,
    task,
    to_do,
)
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record

SEARCH_BY_HAND = (
    "Sprout knows people by their account on the network, not by an address. Ask the person for it and add it to the "
    "request (social_account, as instagram:ada.l), or look for their name in Sprout: Inbox > Advanced search."
)


class Place(Frozen):
    """The cursor: where in the inbox, up to when it is read, and which cases were met."""

    spot: Spot = Spot()
    end: str
    cases: tuple[str, ...] = ()


class Sprout(Connector):
    """`clock` says up to when the inbox is read."""

    Config: ClassVar[type[SystemConfig]] = SproutConfig
    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE})
    config: SproutConfig

    def __init__(self, config: SproutConfig, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._clock = clock
        self._inbox = Inbox(config)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """A page of the inbox, and the cases that the person's messages on it belong to."""
        wanted = Wanted(identity, by_name=self.config.by_name)
        if not (wanted.needs_reading or wanted.guids):
            if any(value.strip() for key in (Key.EMAIL, Key.PHONE) for value in identity.values(key)):
                raise NeedsPerson("Sprout cannot be searched by address", SEARCH_BY_HAND)
            return Located()
        place = Place.model_validate_json(cursor) if cursor else Place(end=moment(self._clock()))
        messages, spot = await self._inbox.page(place.spot, place.end, () if wanted.needs_reading else wanted.guids)
        hers = [(message, keys) for message in messages if (keys := wanted.matched(message))]
        cases = await self._cases_of(hers, place.cases)
        records = [message_record(self.config.category, message, keys) for message, keys in hers]
        records += [case_record(self.config.category, case, keys) for case, keys in cases]
        met = (*place.cases, *(case.case_id for case, _ in cases))
        following = Place(spot=spot, end=place.end, cases=met) if spot else None
        return Located(records=tuple(records), cursor=following.model_dump_json() if following else None)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What was written, with its link; and what was noted of each case."""
        messages, cases = await self._held(records)
        exported = []
        for record in records:
            if is_case(record) and (case := cases.get(record.state["case"])):
                exported.append(exported_case(record, case))
            elif not is_case(record) and (message := messages.get(record.state["message"])):
                exported.append(exported_message(record, message))
        return exported

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """A person's task each, unless it is gone already."""
        there = await self._there(records)
        return [
            task(record, self.config.title)
            if record.id in there
            else Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
            for record in records
        ]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether each is gone from Sprout."""
        there = await self._there(records)
        return [seen(record, present=record.id in there) for record in records]

    def manually(self, record: Record, what: str) -> str:
        """On the network, and then in Sprout."""
        return to_do(record, self.config.title, what)

    async def close(self) -> None:
        """Close the connections."""
        await self._inbox.close()

    async def _cases_of(
        self, messages: Sequence[tuple[Message, frozenset[Key]]], known: Sequence[str]
    ) -> list[tuple[Case, frozenset[Key]]]:
        """The cases of these messages that were not met before, each with what makes its message the person's."""
        keys = {message.case_id: keys for message, keys in messages if message.case_id and message.case_id not in known}
        found = await self._inbox.cases([number for number in keys if number])
        return [(case, keys[number]) for number, case in found.items() if number in keys]

    async def _held(self, records: Sequence[Record]) -> tuple[dict[str, Message], dict[str, Case]]:
        messages = await self._inbox.messages([str(r.state["message"]) for r in records if not is_case(r)])
        cases = await self._inbox.cases([str(r.state["case"]) for r in records if is_case(r)])
        return messages, cases

    async def _there(self, records: Sequence[Record]) -> set[str]:
        messages, cases = await self._held(records)
        return {f"message:{guid}" for guid in messages} | {f"case:{number}" for number in cases}
