"""A row as a record: what is read of it, whose it says it is, and how it is found again."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select

from connectors.sql_config import Mark
from connectors.sql_schema import Known, Schema
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Record

Values = Mapping[str, Any]
"""By column."""


class Row:
    """A row, with the rows that its `via` leads to."""

    def __init__(self, schema: Schema, known: Known, found: Mapping[str, Values]) -> None:
        self._schema = schema
        self.known = known
        self._found = found
        self.own = found[known.name]

    @property
    def key(self) -> list[int | str]:
        """Its key, as JSON has it."""
        return [v if isinstance(v, int) else str(v) for v in (self.own[name] for name in self.known.rows.key)]

    @property
    def led(self) -> Any:
        """The key that its `via` says, as JSON has it."""
        via = self.known.rows.via
        return _json(self.own[via.column]) if via else None

    @property
    def is_anonymised(self) -> bool:
        """Whether nothing of the person is left in it."""
        return is_anonymised(self.known, self.own)

    def identifiers(self, system: str) -> tuple[Identifier, ...]:
        """What it carries, itself or by the row that it belongs to."""
        return tuple(dict.fromkeys(self._carried(system)))

    def _carried(self, system: str) -> Iterator[Identifier]:
        for name in self.known.led:
            known, values = self._schema.tables[name], self._found[name]
            if is_anonymised(known, values):
                continue
            for kind, columns in known.rows.identifiers.items():
                for value in (values[column] for column in columns):
                    if value is not None and (text := str(value).strip()):
                        yield Identifier(kind=kind, value=text, source=system)

    def record(self, matched: frozenset[Key]) -> Record:
        """The record, with what it takes to act on it and to put it back."""
        rows, own = self.known.rows, self.own
        days = {anchor: _day(own[name]) for anchor, name in rows.dates.items()}
        label = str(own[rows.label] or "").strip() if rows.label else ""
        return Record(
            id=record_id(self.known, self.key),
            category=rows.category,
            matched=matched,
            dates={anchor: day for anchor, day in days.items() if day},
            label=label or self.known.title,
            state={
                "table": self.known.name,
                "key": self.key,
                "since": _since(self.known, own),
                "led": self.led,
                "nulls": sorted(name for name in rows.fields.values() if own[name] is None),
                "marks": {mark.column: _json(own[mark.column]) for mark in marks(self.known)},
            },
        )


def page(
    connection: Connection,
    schema: Schema,
    known: Known,
    where: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[Row]:
    """The first rows for which all of this is so, in the order of their keys."""
    return _rows(connection, schema, known, where, limit, known.led)


def held(connection: Connection, schema: Schema, record: Record, *, locked: bool = False) -> Row | None:
    """The row of a record; `None` when it is gone, or its key belongs to another row by now.

    `locked`: nobody changes it, or makes another row refer to it, before the transaction ends.
    """
    known = schema.tables.get(str(record.state.get("table")))
    if known is None:
        return None
    found = _rows(connection, schema, known, [known.is_row(record.state["key"])], 1, (known.name,), locked=locked)
    return found[0] if found and _since(known, found[0].own) == record.state["since"] else None


def marks(known: Known) -> list[Mark]:
    """The columns that can take a row out of use."""
    return [mark for mark in (known.rows.restrict, known.rows.suppress) if mark]


def afterwards(known: Known, own: Values) -> dict[str, Any]:
    """What an anonymised row says."""
    key = "-".join(str(own[name]) for name in known.rows.key)
    said = {n: v.replace("{key}", key) if isinstance(v, str) else v for n, v in known.rows.anonymise.items()}
    return said | dict.fromkeys(known.rows.empty)


def is_anonymised(known: Known, own: Values) -> bool:
    """Whether the row says nothing but what it does afterwards."""
    return known.rows.erase == "anonymise" and all(
        _unpadded(own[name]) == value for name, value in afterwards(known, own).items()
    )


def record_id(known: Known, key: Sequence[int | str]) -> str:
    """The table and the key; a key of text could be a name or an address, and is not shown."""
    if all(isinstance(part, int) for part in key) or all(_is_uuid(part) for part in key):
        return ":".join([known.name, *map(str, key)])
    return f"{known.name}:{hashlib.sha256(json.dumps([known.name, *key]).encode()).hexdigest()[:32]}"


def exported(connection: Connection, known: Known, key: Sequence[int | str]) -> dict[str, Any] | None:
    """What a copy holds of the row; `None` when it is gone."""
    names = known.rows.export or known.rows.key
    found = connection.execute(select(*(known.table.c[n] for n in names)).where(known.is_row(key))).first()
    return None if found is None else {n: _json(value) for n, value in zip(names, found, strict=True)}


def _rows(
    connection: Connection,
    schema: Schema,
    known: Known,
    where: Sequence[ColumnElement[bool]],
    limit: int,
    led: Sequence[str],
    *,
    locked: bool = False,
) -> list[Row]:
    names = [(name, column) for name in led for column in _read(schema.tables[name])]
    query = select(*(schema.tables[name].table.c[column] for name, column in names))
    source: Any = known.table
    for here, there in pairwise(led):
        one, other = schema.tables[here], schema.tables[there]
        if one.rows.via:
            is_led = one.table.c[one.rows.via.column] == other.table.c[other.rows.key[0]]
            source = source.outerjoin(other.table, is_led)
    query = query.select_from(source).where(*where).order_by(*(known.table.c[k] for k in known.rows.key)).limit(limit)
    if locked:
        query = query.with_for_update(of=known.table)
    rows = [dict(zip(names, row, strict=True)) for row in connection.execute(query)]
    return [Row(schema, known, {n: {c: v for (t, c), v in row.items() if t == n} for n in led}) for row in rows]


def _read(known: Known) -> list[str]:
    """The columns that are read to know a row; what is only exported or sensitive is not."""
    rows = known.rows
    own = {*rows.key, *rows.dates.values(), *rows.fields.values(), *(mark.column for mark in marks(known))}
    return sorted(own | rows.known_by | rows.changed | ({rows.label} if rows.label else set()))


def _since(known: Known, own: Values) -> Any:
    """What tells a row from a later one with the same key."""
    created = known.rows.dates.get(Anchor.CREATED)
    return _json(own[created]) if created else None


def _day(value: object) -> date | None:
    """The day of a date in a column; what is none is left out, and a person decides."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).date() if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


def _json(value: Any) -> Any:
    """A value of a column, as JSON has it."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case list() | tuple():
            return [_json(each) for each in value]
        case dict():
            return {str(name): _json(each) for name, each in value.items()}
        case _:
            return str(value)


def _unpadded(value: Any) -> Any:
    """CHAR(n) fills up with spaces."""
    return value.rstrip(" ") if isinstance(value, str) else value


def _is_uuid(part: int | str) -> bool:
    try:
        return str(UUID(str(part))) == part
    except ValueError:
        return False
