"""What is written: rows erased, corrected, and marked. All of one call is one transaction, one savepoint a row.

What the database itself refuses for one row (a reference, a rule of its own) is a person's task with words, and undoes
nothing of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, and_, exists, func, literal, not_, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from connectors.connector import NeedsPerson
from connectors.sql_config import Mark
from connectors.sql_database import state_of
from connectors.sql_rows import Row, afterwards, held
from connectors.sql_schema import Known, Reference, Schema
from connectors.sql_search import can_be_held
from dsar.correction import Values
from dsar.records import Outcome, OutcomeKind, Record

ByHand = Callable[[Record, str], str]
"""A record, and what is wanted of a person there -> their instructions."""

REFUSED_BY_RULE = ("22", "23", "P0001")
"""Classes of PostgreSQL's states: a value that does not fit, a rule of the table, a trigger's word."""


class Changes:
    """The changes of one transaction."""

    def __init__(self, connection: Connection, schema: Schema, by_hand: ByHand) -> None:
        self._connection = connection
        self._schema = schema
        self._by_hand = by_hand

    def erase(self, records: Sequence[Record]) -> list[Outcome]:
        """Rows that refer to others go before them, whatever order they are asked in."""
        order = {name: place for place, name in enumerate(self._schema.tables)}
        left = sorted(records, key=lambda record: order.get(str(record.state.get("table")), 0))
        done: dict[str, Outcome] = {}
        while left:
            outcomes = {record.id: self._erased(record) for record in left}
            done |= outcomes
            stuck = [record for record in left if outcomes[record.id].kind is OutcomeKind.NEEDS_PERSON]
            if len(stuck) == len(left):
                break
            left = stuck
        return [done[record.id] for record in records]

    def _erased(self, record: Record) -> Outcome:
        row = held(self._connection, self._schema, record, locked=True)
        if row is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if row.is_anonymised:
            return Outcome(record_id=record.id, kind=OutcomeKind.ANONYMISED)
        if _belongs_to_another(row, record):
            words = "It belonged to this person when it was found, and leads to somebody else now: see whose it is."
            return self._left(record, words)
        if row.known.rows.erase == "anonymise":
            return self._seen(record, self._tried(record, row, afterwards(row.known, row.own), OutcomeKind.ANONYMISED))
        if referring := sorted({r.title for r in row.known.references if self._refers(row, r)}):
            words = (
                f"Rows of {', '.join(referring)} refer to it, and would be left without it, or go with it unasked. "
                "Erase those first if they may go, or let systems.toml say how this table is anonymised; then retry."
            )
            return self._left(record, words)
        return self._tried(record, row, None, OutcomeKind.ERASED)

    def _seen(self, record: Record, outcome: Outcome) -> Outcome:
        """Anonymised only where the row says so when it is read again: types and triggers may keep something else."""
        if outcome.kind is not OutcomeKind.ANONYMISED:
            return outcome
        row = held(self._connection, self._schema, record)
        if row is None or row.is_anonymised:
            return outcome
        kept = sorted(name for name, value in afterwards(row.known, row.own).items() if row.own[name] != value)
        return self._left(record, f"The database keeps something else than systems.toml says in {', '.join(kept)}.")

    def correct(self, record: Record, wished: Values) -> Outcome:
        """Make a row say these values."""
        row = held(self._connection, self._schema, record, locked=True)
        if row is None or row.is_anonymised:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        new = _new(row, record, wished)
        limits = row.known.lengths
        unfit = {n: v for n, v in new.items() if v and (len(v) > limits.get(n, len(v)) or not can_be_held(v))}
        outcome = self._tried(record, row, {n: v for n, v in new.items() if n not in unfit}, OutcomeKind.RECTIFIED)
        if not unfit:
            return outcome
        words = f"{_meant(unfit)}\nA column is too short for it, or cannot hold one of its letters."
        return self._left(record, f"{words}\n{outcome.instructions}".strip())

    def mark(self, record: Record, which: Callable[[Known], Mark | None], kind: OutcomeKind) -> Outcome:
        """Take a row out of use."""
        row = held(self._connection, self._schema, record, locked=True)
        if row is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        mark = which(row.known)
        if mark is None:
            return self._left(record, "No column takes a row of this table out of use: see to it that it is not used.")
        return self._tried(record, row, {mark.column: mark.value}, kind)

    def restore(self, record: Record) -> Outcome:
        """Give a row the marks that it was found with."""
        row = held(self._connection, self._schema, record, locked=True)
        if row is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        before = {name: value for name, value in record.state["marks"].items() if name in row.own}
        return self._tried(record, row, before, OutcomeKind.RESTORED)

    def _tried(self, record: Record, row: Row, values: Mapping[str, Any] | None, kind: OutcomeKind) -> Outcome:
        """Delete a row, or give it values, unless the database has a rule against it."""
        changed = None if values is None else {n: v for n, v in values.items() if row.own[n] != v}
        if changed == {}:
            return Outcome(record_id=record.id, kind=kind)
        try:
            with self._connection.begin_nested():
                self._write(row, changed)
        except DBAPIError as error:
            if not _is_a_rule(error):
                raise
            words = (
                "A rule of the database is against it: another row refers to it, or a value is taken or does not fit."
            )
            return self._left(record, f"{_meant(changed)}\n{words}")
        return Outcome(record_id=record.id, kind=kind)

    def _write(self, row: Row, values: Mapping[str, Any] | None) -> None:
        known = row.known
        here = known.is_row(row.key)
        if values is None:
            result: CursorResult[Any] = self._connection.execute(known.table.delete().where(here))
        else:
            bound = {known.table.c[name]: known.bound(name, value) for name, value in values.items()}
            result = self._connection.execute(known.table.update().where(here).values(bound))
        if result.rowcount != 1:  # the row is locked: it can only be a trigger, or a rule that rewrites statements
            raise NeedsPerson(
                f"a statement for one row of {known.name} changed {result.rowcount}",
                f"All of it is undone. See which trigger or rule of {known.name} is in the way.",
            )

    def _refers(self, row: Row, reference: Reference) -> bool:
        """Whether any other row refers to this one."""
        here, there = reference.referred.alias("referred"), reference.table.alias("referring")
        key = list(zip(row.known.rows.key, row.key, strict=True))
        refers = [there.c[one] == here.c[other] for one, other in reference.columns]
        if reference.is_own:
            refers.append(not_(and_(*(there.c[name] == row.known.bound(name, value) for name, value in key))))
        is_it = [here.c[name] == row.known.bound(name, value) for name, value in key]
        is_referred = exists(select(literal(1)).select_from(there).where(*refers).correlate(here))
        query = select(func.count()).select_from(here).where(*is_it, is_referred)
        return bool(self._connection.execute(query).scalar_one())

    def _left(self, record: Record, words: str) -> Outcome:
        instructions = self._by_hand(record, words)
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _belongs_to_another(row: Row, record: Record) -> bool:
    """Whether the row was given to somebody else; one whose person is gone is still theirs."""
    now = row.led
    return now is not None and now != record.state["led"]


def _new(row: Row, record: Record, wished: Values) -> dict[str, str | None]:
    """What columns should say; what was NULL when it was found is so again when it should say nothing."""
    columns = row.known.rows.fields
    said = {columns[name]: value for name, value in wished.items() if name in columns}
    return {n: None if not value and n in record.state["nulls"] else value for n, value in said.items()}


def _is_a_rule(error: DBAPIError) -> bool:
    return isinstance(error, (IntegrityError, DataError)) or state_of(error).startswith(REFUSED_BY_RULE)


def _meant(values: Mapping[str, Any] | None) -> str:
    if values is None:
        return "Delete the row."
    return "\n".join(f"Set {name} to {'NULL' if v is None else repr(v)}." for name, v in sorted(values.items()))
