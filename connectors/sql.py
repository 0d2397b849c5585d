"""A database of the company's own: business records in the tables that its entry lists, and in no others.

Whose a row is, its own columns say, or the row that it belongs to. Each row is a record, with the category of its
table. Erasing deletes it, or gives it values that say nothing; which, the entry decides for each table.

What no call does: erase a row that others refer to (they go first, or a person decides); reach what the entry does not
list, copies and backups of the database among it. sql_config.py has an example of the entry.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from connectors.connector import Ability, Connector
from connectors.sql_changes import Changes
from connectors.sql_config import SqlConfig, address_of
from connectors.sql_database import Database, Work, meaning, opened
from connectors.sql_rows import Row, exported, held, page
from connectors.sql_schema import Known, Schema
from connectors.sql_search import asked_for
from dsar.correction import Field, Values
from dsar.frozen import Frozen
from dsar.identity import STRENGTH, Identity, Strength
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record, Sighting, Walked

T = TypeVar("T")

ALWAYS = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.WALK})


class Place(Frozen):
    """The cursor: behind which row of which table."""

    table: str
    after: tuple[int | str, ...] = ()


class Sql(Connector):
    """One database."""

    Config = SqlConfig
    config: SqlConfig

    def __init__(self, config: SqlConfig, database: Callable[..., Database] = opened) -> None:
        super().__init__(config)
        self.database = database(address_of(config.secret), config)
        self._schema: Schema | None = None
        tables = config.tables.values()
        also = {
            Ability.RECTIFY: any(rows.fields for rows in tables),
            Ability.RESTRICT: any(rows.restrict for rows in tables),
            Ability.SUPPRESS: any(rows.suppress for rows in tables),
        }
        self._can = ALWAYS | {ability for ability, has in also.items() if has}

    @property
    def can(self) -> frozenset[Ability]:
        """Corrections and marks where a table of the entry has columns for them."""
        return self._can

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """A page of rows that could be the person's, those kept that are: possibly none, with a cursor.

        Teaches what the entry says under `learns`, from rows that carry what only the person has.
        """

        def work(connection: Connection, schema: Schema) -> Located:
            known, place = _at(schema, cursor)
            lax = connection.dialect.name == "sqlite"
            asked = asked_for(known, schema, identity, lax=lax)
            if asked is None:
                return Located(cursor=_next(schema, known, []))
            where = [asked, *([known.is_after(place.after)] if place.after else [])]
            rows = page(connection, schema, known, where, self.config.page_size)
            hers = [(row, row.identifiers(self.config.name)) for row in rows]
            matched = [(row, {i.kind for i in said if identity.knows(i.kind, i.value)}, said) for row, said in hers]
            sure = [said for _, kinds, said in matched if any(STRENGTH[k] is Strength.UNIQUE for k in kinds)]
            learned = [i for said in sure for i in said if i.kind in self.config.learns]
            return Located(
                records=tuple(row.record(frozenset(kinds)) for row, kinds, _ in matched if kinds),
                learned=tuple(dict.fromkeys(learned)),
                cursor=_next(schema, known, rows if len(rows) == self.config.page_size else []),
            )

        return await self._read(work)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What the entry lists under `export` of each row."""

        def work(connection: Connection, schema: Schema) -> list[Exported]:
            rows = [(record, held(connection, schema, record)) for record in records]
            copies = [
                (record, exported(connection, row.known, row.key))
                for record, row in rows
                if row is not None and not row.is_anonymised
            ]
            return [
                Exported(record_id=record.id, category=record.category, label=record.label, data=data)
                for record, data in copies
                if data is not None
            ]

        return await self._read(work)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete or anonymise each row, all in one transaction."""
        return await self._write(lambda changes: changes.erase(records))

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether each row is gone, or says nothing of the person any more."""

        def seen(record: Record, row: Row | None) -> Outcome:
            if row is None:
                return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
            if row.is_anonymised:
                return Outcome(record_id=record.id, kind=OutcomeKind.ANONYMISED)
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the row is still there")

        return await self._read(lambda c, schema: [seen(record, held(c, schema, record)) for record in records])

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Set the column under `suppress`."""
        if Ability.SUPPRESS not in self.can:
            return await super().suppress(records)
        return await self._write(
            lambda c: [c.mark(r, lambda known: known.rows.suppress, OutcomeKind.SUPPRESSED) for r in records]
        )

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Set the column under `restrict`."""
        if Ability.RESTRICT not in self.can:
            return await super().restrict(records)
        return await self._write(
            lambda c: [c.mark(r, lambda known: known.rows.restrict, OutcomeKind.RESTRICTED) for r in records]
        )

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Give those columns the values that each row was found with."""
        if not self.can & {Ability.SUPPRESS, Ability.RESTRICT}:
            return await super().restore(records)
        return await self._write(lambda changes: [changes.restore(record) for record in records])

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What the columns under `fields` say."""
        if Ability.RECTIFY not in self.can:
            return await super().values(records, fields)

        def said(row: Row | None) -> Values | None:
            if row is None or row.is_anonymised:
                return None
            columns = {name: column for name, column in row.known.rows.fields.items() if name in fields}
            return {name: "" if row.own[c] is None else str(row.own[c]) for name, c in columns.items()}

        return await self._read(lambda c, schema: [said(held(c, schema, record)) for record in records])

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Write those columns, all in one transaction. What is too long, or against a rule, is a person's task."""
        if Ability.RECTIFY not in self.can:
            return await super().rectify(records, values)
        wished = list(zip(records, values, strict=True))
        return await self._write(lambda changes: [changes.correct(record, value) for record, value in wished])

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of one table's rows, whoever's they are; what is anonymised is nobody's, and is passed over."""

        def work(connection: Connection, schema: Schema) -> Walked:
            known, place = _at(schema, cursor)
            where = [known.is_after(place.after)] if place.after else []
            rows = page(connection, schema, known, where, self.config.page_size)
            said = [(row, row.identifiers(self.config.name)) for row in rows if not row.is_anonymised]
            return Walked(
                sightings=tuple(
                    Sighting(record=row.record(frozenset(i.kind for i in each)), identifiers=each) for row, each in said
                ),
                cursor=_next(schema, known, rows if len(rows) == self.config.page_size else []),
            )

        return await self._read(work)

    def manually(self, record: Record, what: str) -> str:
        """With the table and the key of the row."""
        rows = self.config.tables.get(str(record.state.get("table")))
        if rows is None:
            return super().manually(record, what)
        where = ", ".join(f"{name} = {value}" for name, value in zip(rows.key, record.state["key"], strict=False))
        return (
            f"{self.config.title}: the row of table {record.state['table']} with {where} ({record.category}).\n{what}"
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.database.close()

    async def _read(self, work: Callable[[Connection, Schema], T]) -> T:
        return await self._with_schema(self.database.read, work)

    async def _write(self, work: Callable[[Changes], list[Outcome]]) -> list[Outcome]:
        def writing(connection: Connection, schema: Schema) -> list[Outcome]:
            return work(Changes(connection, schema, self.manually))

        return await self._with_schema(self.database.write, writing)

    async def _with_schema(self, run: Callable[[Work[T]], Awaitable[T]], work: Callable[[Connection, Schema], T]) -> T:
        """Do it on the tables as they were seen; after any error they are looked at anew."""

        def looked(connection: Connection) -> T:
            if self._schema is None:
                self._schema = Schema.read(connection, self.config)
            return work(connection, self._schema)

        try:
            return await run(looked)
        except Exception as error:
            self._schema = None
            meant = meaning(error, self.config)
            if meant is None:
                raise
            raise meant from None


def _at(schema: Schema, cursor: str | None) -> tuple[Known, Place]:
    """The table where the cursor is, and the place in it."""
    place = Place.model_validate_json(cursor) if cursor else Place(table=next(iter(schema.tables)))
    if place.table not in schema.tables:  # the entry was changed meanwhile: from the beginning
        place = Place(table=next(iter(schema.tables)))
    return schema.tables[place.table], place


def _next(schema: Schema, known: Known, rows: Sequence[Row]) -> str | None:
    """Behind these rows, or at the next table when there are none."""
    if rows:
        return Place(table=known.name, after=tuple(rows[-1].key)).model_dump_json()
    names = list(schema.tables)
    rest = names[names.index(known.name) + 1 :]
    return Place(table=rest[0]).model_dump_json() if rest else None
