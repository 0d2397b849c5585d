"""The people of the year, what is held of them where, and systems that are down for days, locked, or refuse us."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pydantic import SecretStr

from connectors.connector import Ability, Connector, NeedsPerson, SystemConfig, TryLater
from dsar.correction import Field, Values
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, Exported, FileRef, Located, Outcome, OutcomeKind, Record

PAGE = 2

ASK_AGAIN = timedelta(hours=11, minutes=47)

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Customer:
    """Somebody the company knows, or does not. Every word that could be found again begins with `canary`."""

    number: int

    @property
    def email(self) -> str:
        return f"canary.{self.number}@example.com"

    @property
    def name(self) -> str:
        return f"Canary Nightingale {self.number}"

    @property
    def customer_id(self) -> str:
        return f"canary-customer-{self.number}"


@dataclass
class Holding:
    """One record of one customer."""

    id: str
    owner: int
    category: str
    carries: Mapping[Key, str]
    dates: Mapping[Anchor, date] = field(default_factory=dict)
    fields: dict[Field, str] = field(default_factory=dict)
    gone_at: datetime | None = None
    """Accepted for erasure: from then on it is not there."""


class Archive(Connector):
    """A system that holds records of many people, in pages of two."""

    Config = SystemConfig
    can: frozenset[Ability] = frozenset()

    def __init__(
        self,
        name: str,
        can: frozenset[Ability],
        now: Callable[[], datetime],
        *,
        by_hand: bool = False,
        **config: object,
    ) -> None:
        given = {"kind": "archive", "base_url": "", "secret": SecretStr(""), "title": name.title(), **config}
        super().__init__(SystemConfig.model_validate({"name": name, **given}))
        self.can = can
        self.holdings: dict[str, Holding] = {}
        self.outages: list[Window] = []
        self.stuck: dict[int, Window] = {}
        """Whose records cannot be reached, and when: a mailbox being migrated, a file locked by its vendor."""
        self.refused: set[int] = set()
        """Whose records need a right that nobody has given us yet."""
        self.slow: set[int] = set()
        """Whose records go days after the system accepted their erasure."""
        self.suppressed: set[str] = set()
        self.restricted: set[str] = set()
        self._by_hand = by_hand
        self._now = now

    def is_down(self) -> bool:
        """Whether it answers nobody."""
        return any(start <= self._now() < end for start, end in self.outages)

    def is_stuck(self, owner: int) -> bool:
        """Whether it answers nothing about this one."""
        window = self.stuck.get(owner)
        return window is not None and window[0] <= self._now() < window[1]

    def keep(self, holding: Holding) -> None:
        """Hold a record."""
        self.holdings[holding.id] = holding

    def of(self, owner: int) -> list[Holding]:
        """All that is still there of somebody."""
        return [h for h in self.holdings.values() if h.owner == owner and self._there(h.id)]

    def erase_by_hand(self, instructions: str) -> int:
        """Do what a task says; how many records went."""
        return sum(self.holdings.pop(name, None) is not None for name in re.findall(r"<(.+?)>", instructions))

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        claims = {(i.kind, i.value) for i in identity.identifiers}
        found = [
            (holding, frozenset(kind for kind, value in holding.carries.items() if (kind, value) in claims))
            for holding in self.holdings.values()
        ]
        found = [(holding, matched) for holding, matched in found if matched and self._there(holding.id)]
        await self._may_answer({holding.owner for holding, _ in found})
        start = int(cursor or 0)
        page = found[start : start + PAGE]
        return Located(
            records=tuple(_record(holding, matched) for holding, matched in page),
            learned=tuple(
                Identifier(kind=kind, value=value)
                for holding, _ in page
                for kind, value in holding.carries.items()
                if kind in self.config.learns
            ),
            cursor=str(start + PAGE) if start + PAGE < len(found) else None,
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        await self._may_answer(self._owners(records))
        return [
            Exported(record_id=r.id, category=r.category, label=r.label, data={"id": r.id})
            for r in records
            if self._there(r.id)
        ]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        yield file.locator.encode()

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        return await self._each(records, OutcomeKind.SUPPRESSED, self.suppressed.add)

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        return await self._each(records, OutcomeKind.RESTRICTED, self.restricted.add)

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        def restored(name: str) -> None:
            self.suppressed.discard(name)
            self.restricted.discard(name)

        return await self._each(records, OutcomeKind.RESTORED, restored)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self._may_answer(self._owners(records))
        return [self._erase(record) for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        await self._may_answer(self._owners(records))
        seen = {True: OutcomeKind.REFUSED, False: OutcomeKind.ERASED}
        return [Outcome(record_id=r.id, kind=seen[self._there(r.id)]) for r in records]

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        await self._may_answer(self._owners(records))
        return [
            {f: v for f, v in self.holdings[r.id].fields.items() if f in fields} if self._there(r.id) else None
            for r in records
        ]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        await self._may_answer(self._owners(records))
        for record, new in zip(records, values, strict=True):
            self.holdings[record.id].fields.update(new)
        return [Outcome(record_id=r.id, kind=OutcomeKind.RECTIFIED) for r in records]

    async def _each(
        self, records: Sequence[Record], kind: OutcomeKind, done: Callable[[str], None]
    ) -> Sequence[Outcome]:
        await self._may_answer(self._owners(records))
        for record in records:
            done(record.id)
        return [Outcome(record_id=r.id, kind=kind) for r in records]

    def _erase(self, record: Record) -> Outcome:
        if not self._there(record.id):
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if self._by_hand:
            return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=f"delete <{record.id}>")
        holding = self.holdings[record.id]
        if holding.owner in self.slow:
            holding.gone_at = holding.gone_at or self._now() + timedelta(days=2)
            later = holding.gone_at + timedelta(days=1)
            return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=later)
        del self.holdings[record.id]
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)

    def _there(self, name: str) -> bool:
        holding = self.holdings.get(name)
        return holding is not None and (holding.gone_at is None or self._now() < holding.gone_at)

    def _owners(self, records: Sequence[Record]) -> set[int]:
        return {self.holdings[r.id].owner for r in records if r.id in self.holdings}

    async def _may_answer(self, owners: set[int]) -> None:
        await asyncio.sleep(0)
        if self.is_down() or any(map(self.is_stuck, owners)):
            raise TryLater("down", ASK_AGAIN)
        if owners & self.refused:
            raise NeedsPerson("answered 403", "ask the owner of the workspace for the right, then: done")


def _record(holding: Holding, matched: frozenset[Key]) -> Record:
    return Record(
        id=holding.id,
        category=holding.category,
        matched=matched,
        dates=dict(holding.dates),
        label=f"canary {holding.category}",
    )


class Town:
    """All systems, and who is known in them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        reads = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE})
        both = frozenset({Key.EMAIL, Key.CUSTOMER_ID})
        self.crm = Archive("crm", reads | {Ability.SUPPRESS, Ability.RESTRICT, Ability.RECTIFY}, now, learns=both)
        self.news = Archive("news", reads | {Ability.SUPPRESS, Ability.RESTRICT, Ability.RECTIFY}, now)
        self.books = Archive("books", reads | {Ability.RESTRICT}, now, needs=frozenset({Key.CUSTOMER_ID}))
        self.studio = Archive("studio", reads, now, by_hand=True)

    @property
    def systems(self) -> tuple[Archive, ...]:
        """In the order of the data map."""
        return (self.crm, self.news, self.books, self.studio)

    def known(self, customer: Customer) -> None:
        """A contact, a newsletter, an advertising audience, a workshop."""
        mail = {Key.EMAIL: customer.email}
        ids = {**mail, Key.CUSTOMER_ID: customer.customer_id}
        phone = {Field.PHONE: "+1 555 0100", Field.EMAIL: customer.email}
        for system, category, carries, fields in (
            (self.crm, "contact information and communications", ids, phone),
            (self.crm, "workshop attendance", mail, {}),
            (self.news, "marketing data", mail, phone),
            (self.news, "marketing campaign data", mail, {}),
        ):
            self._keep(system, customer, category, carries, fields=dict(fields))

    def invoiced(self, customer: Customer, created: date) -> None:
        """An invoice, which tax law keeps for seven years."""
        carries = {Key.CUSTOMER_ID: customer.customer_id}
        dates = {Anchor.CREATED: created}
        self._keep(self.books, customer, "financial records and invoices", carries, dates=dates)

    def designed_for(self, customer: Customer) -> None:
        """A design file: a person decides what becomes of it, and only a person can delete it."""
        self._keep(self.studio, customer, "design files and assets", {Key.EMAIL: customer.email})

    def named(self, customer: Customer) -> None:
        """A design file that has nothing of theirs but a name."""
        self._keep(self.studio, customer, "project communications", {Key.NAME: customer.name})

    def _keep(
        self,
        system: Archive,
        customer: Customer,
        category: str,
        carries: Mapping[Key, str],
        *,
        dates: Mapping[Anchor, date] | None = None,
        fields: dict[Field, str] | None = None,
    ) -> None:
        number = len(system.holdings)
        name = f"canary-{customer.number}-{number}"
        system.keep(Holding(name, customer.number, category, carries, dates or {}, fields or {}))
