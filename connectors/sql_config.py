"""The entry in systems.toml of a database that is the company's own: what of it may be reached, and how."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from connectors.connector import SystemConfig
from dsar.correction import Field as Correctable
from dsar.frozen import Frozen
from dsar.identity import Key
from dsar.records import Anchor

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

OPTIONS = {"sqlite": frozenset[str](), "postgresql": frozenset({"host", "port", "ssl", "sslmode"})}
"""What may stand behind the `?` of an address."""
OPTIONS["postgres"] = OPTIONS["postgresql"]


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Column = Annotated[str, Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_several), Field(min_length=1)]
"""One column's name, or a list of names."""
Content = bool | int | str


class Via(Frozen):
    """Whose a row is, where another table says it."""

    column: Column
    """Here: the foreign key."""
    table: str
    """There: a table of this entry with a key of one column."""


class Mark(Frozen):
    """A column that takes a row out of use, by this value in it."""

    column: Column
    value: Content = True


class Rows(Frozen):
    """A table that may be reached; what it does not name of the table is not read and not written.

    The rows are those of people: each belongs to whoever its identifiers name, or the row that `via` leads to.
    """

    key: Columns
    """The columns of the primary key."""
    category: str
    """The category of policy.toml that the rows belong to."""
    identifiers: dict[Key, Columns] = Field(default_factory=dict)
    via: Via | None = None
    dates: dict[Anchor, Column] = Field(default_factory=dict)
    """What retention counts from. With `created`, a key that was given to a new row is not mistaken for the old one."""
    label: str = ""
    """The column by which a person recognises a row in a task or list; none: only the table's name is said."""
    title: str = ""
    """What people call the table; left out, its name."""
    export: tuple[Column, ...] = ()
    """What a copy holds."""
    fields: dict[Correctable, Column] = Field(default_factory=dict)
    """What can be corrected."""
    erase: Literal["delete", "anonymise"] = "delete"
    anonymise: dict[Column, Content] = Field(default_factory=dict)
    """What columns say afterwards; `{key}` in a text becomes the row's key, where values must differ."""
    empty: tuple[Column, ...] = ()
    """The columns that are NULL afterwards."""
    restrict: Mark | None = None
    suppress: Mark | None = None
    sensitive: frozenset[Column] = frozenset()
    """What is said in nothing but the person's own copy."""

    @property
    def known_by(self) -> frozenset[str]:
        """The columns that say whose a row is."""
        own = {column for columns in self.identifiers.values() for column in columns}
        return frozenset(own | ({self.via.column} if self.via else set()))

    @property
    def changed(self) -> frozenset[str]:
        """The columns that an anonymised row has other values in."""
        return frozenset(self.anonymise) | frozenset(self.empty)

    @property
    def columns(self) -> frozenset[str]:
        """Every column that may be reached."""
        marks = {mark.column for mark in (self.restrict, self.suppress) if mark}
        named = {*self.key, *self.dates.values(), *self.export, *self.fields.values(), *self.sensitive, *marks}
        return frozenset(named | self.known_by | self.changed | ({self.label} if self.label else set()))

    @model_validator(mode="after")
    def _makes_sense(self) -> "Rows":
        if mistakes := list(self._mistakes()):
            raise ValueError("; ".join(mistakes))
        return self

    def _mistakes(self) -> Iterator[str]:
        if not self.known_by:
            yield "identifiers: name a column that says whose a row is, or lead to another table by `via`"
        if self.label and self.label in self.sensitive:
            yield f"label: {self.label} is sensitive, and labels stand in lists"
        if hidden := sorted(self.sensitive & self.known_by):
            yield f"sensitive: {', '.join(hidden)} says whose a row is: what people are looked for by is no secret here"
        if written := sorted(({*self.fields.values()} | self.changed) & set(self.key)):
            yield f"key: {', '.join(written)} would be changed, and rows are found by it"
        if self.via and self.via.column in self.fields.values():
            yield f"fields: {self.via.column} leads to another row: correcting it would give the row to somebody else"
        if self.erase == "delete" and self.changed:
            yield 'anonymise: rows are deleted: write erase = "anonymise", or take this out'
        if both := sorted(set(self.anonymise) & set(self.empty)):
            yield f"empty: {', '.join(both)} cannot be empty and say something"
        if self.erase == "anonymise":
            yield from self._left_behind()

    def _left_behind(self) -> Iterator[str]:
        """What would still say whose a row was."""
        own = {column for columns in self.identifiers.values() for column in columns}
        if left := sorted((own | set(self.fields.values()) | self.sensitive | {self.label}) - self.changed - {""}):
            yield f"anonymise: {', '.join(left)} would still tell of the person: give a value, or name it in `empty`"
        if self.via and self.via.column not in self.changed:
            yield f"anonymise: {self.via.column} would still lead to the person: name it in `empty`"


class SqlConfig(SystemConfig):
    """A database's entry. `secret` is its address, with user and password.

    The user needs SELECT on the tables that are listed and on those that refer to them, and of UPDATE and DELETE
    only what the entry makes use of.

    A search reads whole tables: addresses are compared without heed of capitals. PostgreSQL reads a hundred thousand
    rows in less than a tenth of a second; a table of many millions deserves an index of pg_trgm for each column that
    identifies: USING gin (lower(CAST(email AS TEXT) COLLATE "C") gin_trgm_ops).

    In systems.toml:

        [records]
        kind = "sql"
        title = "Business records"
        secret = "env:RECORDS_DATABASE_URL"      # postgresql://habeas:...@db.internal/records, or sqlite:////srv/records.db
        learns = ["customer_id"]

        [records.tables.contacts]
        key = "id"
        category = "contact information and communications"
        identifiers = { email = ["email", "second_email"], customer_id = "number", name = "full_name" }
        dates = { created = "created_at", last_interaction = "last_contact_on" }
        label = "full_name"
        export = ["full_name", "email", "second_email", "phone", "number", "notes", "created_at", "last_contact_on"]
        fields = { email = "email", name = "full_name", phone = "phone" }
        erase = "anonymise"                      # contracts refer to the row, and stay for seven years
        anonymise = { full_name = "erased", email = "erased-{key}@invalid" }
        empty = ["second_email", "number", "phone", "notes"]
        suppress = { column = "do_not_contact" }

        [records.tables.workshop_attendance]
        key = ["workshop_id", "contact_id"]
        category = "workshop attendance"
        via = { column = "contact_id", table = "contacts" }
        sensitive = ["dietary", "accessibility"]
        export = ["workshop_id", "dietary", "accessibility"]
    """

    base_url: str = ""
    """Not used: the address is part of the secret."""
    tables: dict[str, Rows] = Field(min_length=1)
    """By name, those that may be reached; no other is."""
    database_schema: str | None = None
    """PostgreSQL: the schema that the tables are in; left out, the first of the user's search path."""
    page_size: int = Field(default=200, ge=1, le=5000)
    timeout_seconds: float = 30.0
    """How long a statement, or another's lock, may take."""

    @field_validator("secret")
    @classmethod
    def _is_an_address(cls, secret: SecretStr) -> SecretStr:
        try:
            address_of(secret)
        except ArgumentError:
            raise ValueError("is no database's address") from None
        return secret

    @field_validator("tables")
    @classmethod
    def _lead_somewhere(cls, tables: dict[str, Rows]) -> dict[str, Rows]:
        for name, rows in tables.items():
            if rows.via is None:
                continue
            if rows.via.table not in tables:
                raise ValueError(f"{name}.via: there is no table {rows.via.table} in this entry")
            if len(tables[rows.via.table].key) != 1:
                raise ValueError(
                    f"{name}.via: {rows.via.table} has a key of several columns, and only one can lead there"
                )
            chain(name, tables)
        return tables


def chain(name: str, tables: Mapping[str, Rows]) -> tuple[str, ...]:
    """The table, the one that its `via` leads to, and so on.

    Raises:
        ValueError: it leads round in a circle.
    """
    led = [name]
    while via := tables[led[-1]].via:
        if via.table in led:
            raise ValueError(f"{name}.via: leads back to {via.table}")
        if via.table not in tables:
            break
        led.append(via.table)
    return tuple(led)


def address_of(secret: SecretStr) -> URL:
    """The database's address, with the driver that is used for its kind.

    Raises:
        ArgumentError: it is neither PostgreSQL's nor a file's. The text does not hold it.
    """
    url = make_url(secret.get_secret_value())
    kind = url.get_backend_name()
    if kind not in DRIVERS or (kind == "sqlite" and (url.database or ":memory:") == ":memory:"):
        raise ArgumentError("neither a file of SQLite nor PostgreSQL")
    if url.query.keys() - OPTIONS[kind]:
        raise ArgumentError("an option that is not known")
    if mode := url.query.get("sslmode"):  # as every other tool calls it
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url.set(drivername=DRIVERS[kind])
