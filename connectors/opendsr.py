"""A processor that takes requests by OpenDSR 2.0: it is asked for a copy, or for erasure, and says when it is done.

Nobody can be looked for there. Locating gives a record for everybody who can be named: it means "ask", not "holds".
So the plan goes on, policy decides by the entry's category, and the processor answers: what it holds nothing of is
`completed` at once. The record remembers the two ids under which the processor is asked, so that an act that is
repeated repeats its request, and whoever asks again later asks about the same.

What no call can do there: suppress, restrict, correct, and list everybody.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import uuid4

from connectors.connector import Ability, Connector, NeedsPerson, SystemConfig, TryLater
from connectors.http import together
from connectors.opendsr_answers import CANCELLED, COMPLETED, Standing
from connectors.opendsr_config import OpenDsrConfig
from connectors.opendsr_processor import Processor
from connectors.opendsr_request import body, matched, moment, named
from dsar.identity import Identity
from dsar.records import Exported, FileRef, Located, Outcome, OutcomeKind, Record

ERASURE, COPIES = "erasure", ("access", "portability")
"""The types of request; a copy is asked for in the first way that the processor has."""

SOONEST, LATEST = timedelta(minutes=5), timedelta(hours=6)
"""How often a processor that makes a copy is asked whether it is there, whatever it expects."""

OVERDUE, LONGEST = timedelta(hours=1), timedelta(days=100)
"""When a processor is asked again that should have finished by now, and one that expects to take longer than any law
gives us."""


class OpenDsr(Connector):
    """`now` says when a request was made, and whether certificates are valid."""

    Config: ClassVar[type[SystemConfig]] = OpenDsrConfig
    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE})
    config: OpenDsrConfig

    def __init__(self, config: OpenDsrConfig, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._now = now
        self._processor = Processor(config, now)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """What to ask the processor; nothing when the person is not known by anything that it can search by."""
        names = named(self.config, identity, await self._processor.discover())
        submitted = moment(self._now())
        return Located(
            records=tuple(
                Record(
                    id=f"request:{number}",
                    category=self.config.category,
                    matched=matched(each),
                    label=self.config.title,
                    state={
                        "erasure": str(uuid4()),
                        "access": str(uuid4()),
                        "submitted": submitted,
                        "identities": [list(name) for name in each],
                    },
                )
                for number, each in enumerate(names, 1)
            )
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """The copy, once the processor has made it; until then `TryLater`. What it found nothing for is left out."""
        exported = await together(self._exported(record) for record in records)
        return [each for each in exported if each is not None]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """The copy. Its address is asked for anew: it may be good for a short time only."""
        standing = await self._processor.standing(file.locator)
        if standing is None or standing.results_url is None:
            raise TryLater(f"{self.config.title} does not say any more where the copy is")
        async for piece in self._processor.results(standing.results_url):
            yield piece

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Ask for erasure, and look at once: `ACCEPTED`, unless it is done already."""
        return await together(self._erased(record) for record in records)

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """What the processor says of the erasure; `REFUSED` when it was never asked for it."""
        return await together(self._checked(record) for record in records)

    async def close(self) -> None:
        """Close the connections."""
        await self._processor.close()

    async def _exported(self, record: Record) -> Exported | None:
        copy = str(record.state["access"])
        standing = await self._processor.standing(copy, signed_no=False)
        if standing is None:
            kind = await self._takes(*COPIES)
            if kind is None:
                raise self._theirs("takes no requests for a copy", "a copy of what it holds of this person")
            await self._ordered(record, copy, kind)
            standing = await self._processor.standing(copy, signed_no=False)
        if standing is None or standing.request_status not in {COMPLETED, CANCELLED}:
            expected = standing.expected_completion_time if standing else self._now()
            wait = min(max(expected - self._now(), SOONEST), LATEST)
            raise TryLater(f"{self.config.title} has not made the copy yet", wait)
        if standing.request_status == CANCELLED:
            raise self._theirs("cancelled the request for a copy", "a copy of what it holds")
        if standing.results_url is None:
            if standing.results_count:
                raise self._theirs("made a copy, and does not say where it is", "that copy")
            return None
        return self._copy(record, FileRef(name=self._named_like(standing.results_url), locator=copy), standing)

    def _named_like(self, url: str) -> str:
        """A file's name; how it ends says what opens it, and nothing else of the address is kept."""
        last = url.partition("://")[2].partition("/")[2].partition("?")[0].rpartition("/")[2]
        ending = re.search(r"\.[a-z0-9]{1,5}$", last.lower(), re.ASCII)
        return f"{self.config.name}-results" + (ending.group() if ending else "")

    def _copy(self, record: Record, file: FileRef, standing: Standing) -> Exported:
        return Exported(
            record_id=record.id,
            category=record.category,
            label=record.label,
            data={"processor": self.config.processor_domain, "results_count": standing.results_count},
            files=(file,),
        )

    async def _erased(self, record: Record) -> Outcome:
        erasure = str(record.state["erasure"])
        standing = await self._processor.standing(erasure, signed_no=False)
        if standing is not None:
            return self._outcome(record, standing)
        if not await self._takes(ERASURE):
            instructions = self.manually(record, "Ask them to erase all that they hold of this person.")
            return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)
        expected = await self._ordered(record, erasure, ERASURE)
        standing = await self._processor.standing(erasure, signed_no=False)  # the receipt is enough for a promise
        return self._outcome(record, standing) if standing else self._accepted(record, expected)

    async def _checked(self, record: Record) -> Outcome:
        standing = await self._processor.standing(str(record.state["erasure"]))
        if standing is None and await self._takes(ERASURE):
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="no erasure is known there")
        if standing is None:  # a person wrote to them: that word stands
            return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED)
        return self._outcome(record, standing)

    async def _takes(self, *kinds: str) -> str | None:
        """The first of these types of request that the processor takes."""
        supported = (await self._processor.discover()).supported_subject_request_types
        return next((kind for kind in kinds if kind in supported), None)

    async def _ordered(self, record: Record, subject_request_id: str, kind: str) -> datetime:
        """When the processor expects to have done it."""
        asked = body(self.config, record, kind, subject_request_id)
        return (await self._processor.order(subject_request_id, asked)).expected_completion_time

    def _outcome(self, record: Record, standing: Standing) -> Outcome:
        match standing.request_status:
            case "completed":
                return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
            case "cancelled":
                why = "the processor cancelled the erasure"
                return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason=why)
            case _:
                return self._accepted(record, standing.expected_completion_time)

    def _accepted(self, record: Record, expected: datetime) -> Outcome:
        due = min(max(expected, self._now() + OVERDUE), self._now() + LONGEST)
        return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=due)

    def _theirs(self, why: str, wanted: str) -> NeedsPerson:
        title = self.config.title
        return NeedsPerson(f"{title} {why}", f"Ask the people of {title} for {wanted}, and keep what they answer.")

    def manually(self, record: Record, what: str) -> str:
        """By writing to its people, as it is known to whom."""
        who = ", ".join(
            f'{kind.replace("_", " ")} "{value}"' + ("" if form == "raw" else f" ({form})")
            for kind, value, form in record.state["identities"]
        )
        return f"Write to the people of {self.config.title} about {who}.\n{what}"
