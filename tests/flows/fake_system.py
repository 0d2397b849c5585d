"""A system of record in memory, and a letter box: what flows are tried against, given through constructors."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import SecretStr

from activities.letter_forms.flowed import unflowed
from connectors.connector import Ability, Connector, SystemConfig, TryLater
from dsar.correction import Field, Values
from dsar.identity import Identifier, Identity
from dsar.records import Exported, FileRef, Located, Outcome, OutcomeKind, Record, Sighting, Walked

PAGE = 2


class FakeSystem(Connector):
    """Holds records, in pages of two; can be told to fail, to lock, to accept only, or to need a person."""

    Config = SystemConfig
    can: ClassVar[frozenset[Ability]] = frozenset(Ability)

    def __init__(self, name: str, records: Sequence[Record] = (), **config: object) -> None:
        given = {"kind": "fake", "base_url": "", "secret": SecretStr(""), "title": name.title(), **config}
        super().__init__(SystemConfig.model_validate({"name": name, **given}))
        self.records = {r.id: r for r in records}
        self.fields: dict[str, dict[Field, str]] = {}
        self.carries: dict[str, tuple[Identifier, ...]] = {}
        self.suppressed: set[str] = set()
        self.restricted: set[str] = set()
        self.teaches: tuple[Identifier, ...] = ()
        self.asked_with: list[Identity] = []
        self.failing: dict[str, list[Exception]] = {}
        self.down = False
        self.down_for: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}
        self.tried: set[str] = set()
        self.accepts_for: timedelta | None = None
        self.by_hand = False
        self.erased_calls = 0

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        await self._may_fail("locate")
        self.asked_with.append(identity)
        start = int(cursor or 0)
        records = list(self.records.values())[start : start + PAGE]
        more = start + PAGE < len(self.records)
        return Located(records=tuple(records), learned=self.teaches, cursor=str(start + PAGE) if more else None)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        await self._may_fail("export")
        return [
            Exported(
                record_id=r.id,
                category=r.category,
                label=r.label,
                data={"id": r.id},
                files=(FileRef(name=f"{r.id}.txt", locator=r.id, media_type="text/plain"),),
            )
            for r in records
            if r.id in self.records
        ]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        yield f"file of {file.locator}".encode()

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self._may_fail("suppress")
        self.suppressed |= {r.id for r in records}
        return [Outcome(record_id=r.id, kind=OutcomeKind.SUPPRESSED) for r in records]

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        self.restricted |= {r.id for r in records}
        return [Outcome(record_id=r.id, kind=OutcomeKind.RESTRICTED) for r in records]

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self._may_fail("restore")
        self.suppressed -= {r.id for r in records}
        self.restricted -= {r.id for r in records}
        return [Outcome(record_id=r.id, kind=OutcomeKind.RESTORED) for r in records]

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self._may_fail("erase")
        self.erased_calls += 1
        return [self._erase(r) for r in records]

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        await self._may_fail("values")
        return [
            {f: v for f, v in self.fields.get(r.id, {}).items() if f in fields} if r.id in self.records else None
            for r in records
        ]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        await self._may_fail("rectify")
        there = [record.id in self.records for record in records]
        for record, new, is_there in zip(records, values, there, strict=True):
            if is_there:
                self.fields.setdefault(record.id, {}).update(new)
        kinds = [OutcomeKind.RECTIFIED if is_there else OutcomeKind.NOT_FOUND for is_there in there]
        return [Outcome(record_id=r.id, kind=kind) for r, kind in zip(records, kinds, strict=True)]

    async def walk(self, cursor: str | None = None) -> Walked:
        await self._may_fail("walk")
        start = int(cursor or 0)
        everything = list(self.records.values())
        page = everything[start : start + PAGE]
        met = tuple(Sighting(record=r, identifiers=self.carries.get(r.id, ())) for r in page)
        return Walked(sightings=met, cursor=str(start + PAGE) if start + PAGE < len(everything) else None)

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self._may_fail("check")
        still = OutcomeKind.REFUSED
        return [Outcome(record_id=r.id, kind=still if r.id in self.records else OutcomeKind.ERASED) for r in records]

    def _erase(self, record: Record) -> Outcome:
        if record.id not in self.records:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if self.by_hand:
            words = f"delete {record.id} by hand"
            return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=words)
        if self.accepts_for is not None:
            later = datetime.now(UTC) + self.accepts_for
            return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=later)
        del self.records[record.id]
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)

    async def _may_fail(self, act: str) -> None:
        self.tried.add(act)
        if act in self.gates:
            await self.gates[act].wait()
        if self.down or act in self.down_for:
            raise TryLater("down", timedelta(hours=6))
        if self.failing.get(act):
            raise self.failing[act].pop(0)
        await asyncio.sleep(0)


class LetterBox:
    """Mail that arrives here, but for addresses whose letters are refused."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str, str]] = []
        self.refusing: dict[str, Exception] = {}

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        if to in self.refusing:
            raise self.refusing[to]
        self.letters.append((to, subject, unflowed(text)))

    def to(self, address: str) -> list[tuple[str, str]]:
        """Subject and body of each letter to an address."""
        return [(subject, body) for to, subject, body in self.letters if to == address]
