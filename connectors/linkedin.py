"""LinkedIn: matched audiences, which take removals and never say who is in them, and what the Insight Tag reported.

Nobody can be looked up, copied or seen to be gone. Where the company's own list of uploads is configured, a record is
made for each address on it, otherwise one is assumed for each segment of people, and its label says so. Taking an
address out of a segment is `ACCEPTED`, never `ERASED`, and only where LinkedIn says of this very address that it was: a
batch is answered with 200 also when it was refused in part. Segments that were uploaded as a file, the Insight Tag and
conversions have no call: a person's task. Nothing can be corrected, suppressed or walked through.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import ClassVar

from connectors.connector import Ability, Connector, SystemConfig
from connectors.http import together
from connectors.linkedin_answers import Segment
from connectors.linkedin_records import (
    by_segment,
    event_record,
    exported,
    holds_people,
    is_event,
    is_streamed,
    refused,
    segment_record,
    stays,
    task,
    to_do,
)
from connectors.linkedin_segments import DmpSegments, LinkedInConfig
from connectors.sent_lists import hashes_of, sent
from dsar.correction import Field
from dsar.identity import Identity
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record

DONE = frozenset({200, 201, 204})
"""Also where the address was not in the segment: LinkedIn does not tell."""


class LinkedIn(Connector):
    """`clock` says when a removal should be through."""

    Config: ClassVar[type[SystemConfig]] = LinkedInConfig
    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE})
    config: LinkedInConfig

    def __init__(self, config: LinkedInConfig, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._clock = clock
        self._segments = DmpSegments(config)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """The segments of one ad account, by the cursor; with the first of them, what the Insight Tags may know."""
        hashes = hashes_of(identity)
        if not hashes:
            return Located()
        number = int(cursor or 0)
        account = self.config.ad_accounts[number]
        segments = [segment async for segment in self._segments.of(account) if holds_people(segment)]
        records = await self._in(segments, hashes)
        if number == 0:
            records += [event_record(self.config, tag, each) for tag in self.config.insight_tags for each in hashes]
        more = number + 1 < len(self.config.ad_accounts)
        return Located(records=tuple(records), cursor=str(number + 1) if more else None)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What the company knows that it sent, where the segment is still there."""
        there = await self._there(records)
        return [exported(record) for record in records if record.state["number"] in there or is_event(record)]

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take the address out of each segment, and believe what is said of each; the rest is a person's task."""
        outcomes = {record.id: task(record, self.config.title) for record in records if not is_streamed(record)}
        for segment, some in by_segment([record for record in records if is_streamed(record)]).items():
            statuses = await self._segments.remove(segment, [str(record.state["hash"]) for record in some])
            outcomes |= {record.id: self._outcome(record, statuses) for record in some}
        return [outcomes[record.id] for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Nobody can look into a segment: LinkedIn's word stands, unless the whole segment is gone. Reports stay."""
        there = await self._there(records)
        return [stays(record) if is_event(record) else _seen(record, there) for record in records]

    def may_say(self, record: Record, field: Field) -> bool:
        """An audience has the hash of an address, and nothing else that could be corrected."""
        return field is Field.EMAIL and not is_event(record)

    def manually(self, record: Record, what: str) -> str:
        """By LinkedIn's own menus."""
        return to_do(record, self.config.title, what)

    async def close(self) -> None:
        """Close the connections."""
        await self._segments.close()

    async def _in(self, segments: Sequence[Segment], hashes: Sequence[str]) -> list[Record]:
        """The addresses in these segments, as far as the company knows, or all in all where it does not."""
        if self.config.sent_lists is None:
            return [segment_record(self.config, segment, each, None) for segment in segments for each in hashes]
        uploads: dict[str, list[tuple[str, date]]] = {}
        for each in await sent(self.config.sent_lists, hashes):
            uploads.setdefault(each.list_id, []).append((each.email_sha256, each.sent_on))
        return [
            segment_record(self.config, segment, digest, sent_on)
            for segment in segments
            for digest, sent_on in uploads.get(str(segment.id), [])
        ]

    async def _there(self, records: Sequence[Record]) -> set[str]:
        """The segments of these records that exist."""
        numbers = list(by_segment([record for record in records if not is_event(record)]))
        exist = await together(self._segments.exists(number) for number in numbers)
        return {number for number, there in zip(numbers, exist, strict=True) if there}

    def _outcome(self, record: Record, statuses: dict[str, int] | None) -> Outcome:
        if statuses is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        status = statuses[str(record.state["hash"])]
        if status not in DONE:
            return refused(record, self.config.title, status)
        due = self._clock() + self.config.recheck_after
        return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=due)


def _seen(record: Record, there: set[str]) -> Outcome:
    kind = OutcomeKind.ACCEPTED if record.state["number"] in there else OutcomeKind.ERASED
    return Outcome(record_id=record.id, kind=kind)
