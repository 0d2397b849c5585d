"""A system that speaks JSON over HTTP, described by its entry alone: no code of its own.

The entry says how a person is found, where the records are in the answer, how one is read, copied, erased and
corrected, and which answers mean gone. What it does not describe is not done, and a person's task where it is needed.
declared_config.py has an example of the entry.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.connector import Ability, Connector
from connectors.declared_acts import Acts, Clock
from connectors.declared_config import DeclaredConfig
from connectors.declared_pointers import without
from connectors.declared_records import id_of, identifiers, record_of, said_by
from connectors.declared_requests import Place, Requests, Thingy
from connectors.declared_search import Search, must_move
from connectors.http import together
from dsar.correction import Field, Values
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record, Sighting, Walked


class Step(Frozen):
    """The cursor of a walk: which kind of record, and where in it."""

    thing: int = 0
    place: Place = None
    first: str = ""


class Declared(Connector):
    """One system."""

    Config = DeclaredConfig
    config: DeclaredConfig

    def __init__(self, config: DeclaredConfig, now: Clock = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._requests = Requests(config)
        self._search = Search(config, self._requests)
        self._acts = Acts(config.things, self._requests, self.manually, now)
        things = config.things.values()
        also = {
            Ability.ERASE: any(thing.erase for thing in things),
            Ability.RECTIFY: any(thing.correct for thing in things),
            Ability.WALK: all(thing.list and thing.read for thing in things),
        }
        self._can = frozenset({Ability.LOCATE, Ability.EXPORT} | {ability for ability, has in also.items() if has})

    @property
    def can(self) -> frozenset[Ability]:
        """Finding and copying; erasing and correcting where any kind of record can be, a walk where all have one."""
        return self._can

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """What one request finds. Teaches what the entry says under `learns`, from records that are surely theirs."""
        return await self._search.page(identity, cursor)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """Each record as the system holds it, or what `export` says of it, without what `left_out` names."""
        asked = [record for record in records if self._acts.thing(record).export]
        copies = dict(zip([r.id for r in asked], await together(map(self._acts.copy, asked)), strict=True))
        others = [record for record in records if record.id not in copies]
        copies |= await self._held(others)
        exported = ((record, copies.get(record.id)) for record in records)
        return [self._exported(record, copy) for record, copy in exported if copy is not None]

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Erase each; believed when it is looked for again."""
        if Ability.ERASE not in self.can:
            return await super().erase(records)
        return await together(self._acts.erase(record) for record in records)

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Look for each again: by its id where the entry has `read`, otherwise by what it was found by."""
        if Ability.ERASE not in self.can:
            return await super().check(records)
        held = await self._held(records)
        return [_checked(record, held.get(record.id)) for record in records]

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What each record says in the entry's `fields`."""
        if Ability.RECTIFY not in self.can:
            return await super().values(records, fields)
        held = await self._held(records)
        said = [None if (item := held.get(r.id)) is None else said_by(item, self._acts.thing(r)) for r in records]
        return [None if each is None else {f: v for f, v in each.items() if f in fields} for each in said]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Change each; what the system refuses, or says otherwise afterwards, is a person's task."""
        if Ability.RECTIFY not in self.can:
            return await super().rectify(records, values)
        pairs = zip(records, values, strict=True)
        return await together(self._acts.correct(record, wished) for record, wished in pairs)

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of one kind of record, whoever's they are."""
        if Ability.WALK not in self.can:
            return await super().walk(cursor)
        step = Step.model_validate_json(cursor) if cursor else Step()
        name, thing = list(self.config.things.items())[step.thing]
        if thing.list is None:
            return Walked()
        page = await self._requests.page(thing.list, {}, step.place)
        shown = id_of(page.records[0], thing) if page.records else ""
        must_move(self.config.title, shown, step.first, thing.list.path)
        said = [(item, identifiers(item, thing, self.config.name)) for item in page.records]
        following = (
            Step(thing=step.thing + 1)
            if page.next is None
            else step.model_copy(update={"place": page.next, "first": shown})
        )
        return Walked(
            sightings=tuple(
                Sighting(record=record_of(item, name, thing, frozenset(i.kind for i in each)), identifiers=each)
                for item, each in said
            ),
            cursor=following.model_dump_json() if following.thing < len(self.config.things) else None,
        )

    async def close(self) -> None:
        """Release the connections."""
        await self._requests.http.close()

    async def _held(self, records: Sequence[Record]) -> dict[str, Thingy | None]:
        """The records as they are now, by their ids; what is gone is `None`, or left out."""
        by_id = [record for record in records if self._acts.thing(record).read]
        read = await together(self._acts.read(record) for record in by_id)
        held: dict[str, Thingy | None] = {r.id: item for r, item in zip(by_id, read, strict=True)}
        return held | await self._search.again([record for record in records if record.id not in held])

    def _exported(self, record: Record, copy: dict[str, Any]) -> Exported:
        for pointer in self._acts.thing(record).left_out:
            copy = without(copy, pointer)
        return Exported(record_id=record.id, category=record.category, label=record.label, data=copy)


def _checked(record: Record, held: Thingy | None) -> Outcome:
    if held is None:
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
    return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the record is still there")
