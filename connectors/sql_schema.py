"""The tables of an entry as they are in the database: looked at before anything is asked of them.

A name of the entry reaches a statement only after the database has shown a table or a column with exactly this name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Inspector,
    Integer,
    LargeBinary,
    Numeric,
    String,
    TableClause,
    Uuid,
    and_,
    bindparam,
    column,
    inspect,
    table,
    tuple_,
)
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import NullType, TypeEngine

from connectors.connector import NeedsPerson
from connectors.sql_config import Content, Rows, SqlConfig, chain
from dsar.frozen import Frozen

Keys = Sequence[int | str]


class Reference(NamedTuple):
    """A table that refers to rows of another, in the database's own words or by a `via` of the entry."""

    title: str
    table: TableClause
    """Who refers."""
    referred: TableClause
    columns: tuple[tuple[str, str], ...]
    """There, and what it is here."""
    is_own: bool
    """Whether the rows are of the same table."""


@dataclass(frozen=True)
class Known:
    """A table of the entry that the database has."""

    name: str
    rows: Rows
    table: TableClause
    types: Mapping[str, TypeEngine[Any]]
    lengths: Mapping[str, int]
    """How long the database takes a text, where it says so."""
    led: tuple[str, ...]
    """This table, and those that its `via` leads to."""
    references: tuple[Reference, ...]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.rows.title or self.name

    def bound(self, name: str, value: object) -> ColumnElement[Any]:
        """A value for this column, sent beside the statement and never in it."""
        kind = self.types[name]
        if isinstance(kind, Uuid) and isinstance(value, str):
            value = UUID(value)
        return bindparam(None, value, type_=kind)

    def is_row(self, key: Keys) -> ColumnElement[bool]:
        """The row with this key."""
        return and_(*(self.table.c[c] == self.bound(c, v) for c, v in zip(self.rows.key, key, strict=True)))

    def is_after(self, key: Keys) -> ColumnElement[bool]:
        """The rows behind this key."""
        bound = [self.bound(c, v) for c, v in zip(self.rows.key, key, strict=True)]
        if len(bound) == 1:
            return self.table.c[self.rows.key[0]] > bound[0]
        return tuple_(*(self.table.c[c] for c in self.rows.key)) > tuple_(*bound)


class Mistake(Frozen):
    """Something that the entry says and the database does not have."""

    field: str
    says: str


@dataclass(frozen=True)
class Schema:
    """All tables of the entry, those that refer to others first."""

    tables: Mapping[str, Known]

    @classmethod
    def read(cls, connection: Connection, config: SqlConfig) -> "Schema":
        """Look at the database.

        Raises:
            NeedsPerson: the entry names what is not there; the instructions say each field.
        """
        looked = _Look(connection, config)
        if mistakes := list(looked.mistakes()):
            lines = "\n".join(f"[{config.name}] {each.field}: {each.says}" for each in mistakes)
            raise NeedsPerson(
                f"{config.title}: the entry and the database do not fit ({len(mistakes)} mistakes)",
                f"Correct systems.toml, restart worker and web, then retry.\n{lines}",
            )
        return cls({known.name: known for known in looked.tables()})


class _Look:
    def __init__(self, connection: Connection, config: SqlConfig) -> None:
        self._config = config
        self._inspector: Inspector = inspect(connection)
        self._lax = connection.dialect.name == "sqlite"
        """SQLite takes any value in any column, and what a column is called decides nothing."""
        self._there = set(self._inspector.get_table_names(schema=config.database_schema))
        wanted = [name for name in config.tables if name in self._there]
        self._columns = {
            name: {each["name"]: each for each in self._inspector.get_columns(name, schema=config.database_schema)}
            for name in wanted
        }

    def mistakes(self) -> Iterator[Mistake]:
        for name, rows in self._config.tables.items():
            place = f"tables.{name}"
            if name not in self._there:
                yield Mistake(field=place, says="the database has no table with exactly this name")
                continue
            missing = sorted(rows.columns - self._columns[name].keys())
            if missing:
                yield Mistake(field=place, says=f"the table has no column {', '.join(missing)}")
            else:
                yield from (Mistake(field=f"{place}.{where}", says=says) for where, says in self._unfit(name, rows))

    def _unfit(self, name: str, rows: Rows) -> Iterator[tuple[str, str]]:
        columns = self._columns[name]
        if not self._is_unique(name, rows.key):
            yield "key", "is not the table's primary key, and not unique either"
        for each in rows.empty:
            if not columns[each]["nullable"]:
                yield "empty", f"{each} may not be NULL: give it a value under `anonymise`"
        for each in rows.export:
            if isinstance(columns[each]["type"], LargeBinary):
                yield "export", f"{each} holds bytes, which no report can show"
        for each in rows.changed | set(rows.fields.values()):
            if columns[each].get("computed"):
                yield "anonymise", f"{each} is computed by the database"
        if not self._lax:
            yield from _ill_typed(rows, {each: columns[each]["type"] for each in rows.columns})

    def _is_unique(self, name: str, key: Sequence[str]) -> bool:
        schema = self._config.database_schema
        primary = self._inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]
        if set(primary) == set(key):
            return True
        unique = [each["column_names"] for each in self._inspector.get_unique_constraints(name, schema=schema)]
        nullable = any(self._columns[name][each]["nullable"] for each in key)
        return not nullable and any(set(columns) == set(key) for columns in unique)

    def tables(self) -> Iterator[Known]:
        references = list(self._references())
        for name in self._in_order(references):
            rows, columns = self._config.tables[name], self._columns[name]
            types = {each: NullType() if self._lax else columns[each]["type"] for each in rows.columns}
            yield Known(
                name=name,
                rows=rows,
                table=_table(name, self._config.database_schema, types),
                types=types,
                lengths={each: n for each in rows.columns if (n := getattr(columns[each]["type"], "length", None))},
                led=chain(name, self._config.tables),
                references=tuple(reference for referred, reference in references if referred == name),
            )

    def _references(self) -> Iterator[tuple[str, Reference]]:
        """The table referred to, and who does: of tables that the entry does not list no more is asked than whether."""
        ours, listed = self._config.database_schema, self._config.tables
        same = (
            {ours, self._inspector.default_schema_name}
            if ours in {None, self._inspector.default_schema_name}
            else {ours}
        )
        for (schema, name), foreign in self._foreign_keys():
            for each in foreign:
                if each["referred_table"] in listed and each["referred_schema"] in same:
                    columns = tuple(zip(each["constrained_columns"], each["referred_columns"], strict=True))
                    yield each["referred_table"], self._reference(name, schema, each["referred_table"], columns)
        for name, rows in listed.items():
            if rows.via:
                columns = ((rows.via.column, listed[rows.via.table].key[0]),)
                yield rows.via.table, self._reference(name, ours, rows.via.table, columns)

    def _reference(
        self, name: str, schema: str | None, referred: str, columns: tuple[tuple[str, str], ...]
    ) -> Reference:
        ours, listed = self._config.database_schema, self._config.tables
        key = listed[referred].key
        is_own = (name, schema) == (referred, ours)
        return Reference(
            title=(listed[name].title or name) if name in listed else name,
            table=_table(name, schema, [*(one for one, _ in columns), *(key if is_own else ())]),
            referred=_table(referred, ours, [*(other for _, other in columns), *key]),
            columns=columns,
            is_own=is_own,
        )

    def _foreign_keys(self) -> Iterator[tuple[tuple[str | None, str], Sequence[Any]]]:
        ours = self._config.database_schema
        yield from self._inspector.get_multi_foreign_keys(schema=ours).items()
        if not self._lax:
            default = self._inspector.default_schema_name
            for schema in self._inspector.get_schema_names():
                if schema not in {ours or default, "information_schema"}:
                    yield from self._inspector.get_multi_foreign_keys(schema=schema).items()

    def _in_order(self, references: Sequence[tuple[str, Reference]]) -> list[str]:
        """Who refers comes before who is referred to; where they refer to each other, as the entry has them."""
        before: dict[str, set[str]] = {name: set() for name in self._config.tables}
        for referred, reference in references:
            if reference.table.name in before and reference.table.name != referred:
                before[referred].add(reference.table.name)
        try:
            return list(TopologicalSorter(before).static_order())
        except CycleError:
            return list(before)


def _ill_typed(rows: Rows, types: Mapping[str, TypeEngine[Any]]) -> Iterator[tuple[str, str]]:
    for key in rows.key:
        if not isinstance(types[key], (Integer, String, Uuid)):
            yield "key", f"{key} is neither a number without decimals, nor text, nor a UUID"
    for field, each in rows.fields.items():
        if not isinstance(types[each], String):
            yield f"fields.{field}", f"{each} is no text: correcting it is left to a person"
    for where, each, value in _written(rows):
        if not _fits(value, types[each]):
            yield where, f"{each} does not take {value!r}"


def _written(rows: Rows) -> Iterator[tuple[str, str, Content]]:
    """What the entry would write: the field that says so, the column, the value."""
    yield from (("anonymise", name, value) for name, value in rows.anonymise.items())
    for where, mark in (("restrict", rows.restrict), ("suppress", rows.suppress)):
        if mark:
            yield where, mark.column, mark.value


def _fits(value: Content, kind: TypeEngine[Any]) -> bool:
    match value:
        case bool():
            return isinstance(kind, Boolean)
        case int():
            return isinstance(kind, (Integer, Numeric))
        case _:
            length = getattr(kind, "length", None) or len(value)
            return isinstance(kind, String) and len(value) <= length


def _table(name: str, schema: str | None, columns: Mapping[str, TypeEngine[Any]] | Sequence[str]) -> TableClause:
    """A table with only these columns; every name is quoted."""
    types = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, NullType())
    named = [column(quoted_name(each, quote=True), kind) for each, kind in types.items()]
    quoted = quoted_name(schema, quote=True) if schema else None
    return table(quoted_name(name, quote=True), *named, schema=quoted)
