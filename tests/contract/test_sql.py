"""What is peculiar about a database of the company's own, as sentences; on both kinds where they differ."""

import json
import sqlite3
import sys
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from connectors.catalogue import read
from connectors.connector import NeedsPerson, TryLater
from connectors.sql import Sql
from connectors.sql_config import SqlConfig
from connectors.sql_search import FOLDED, LOWERED, pattern
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key, normalise
from dsar.records import Anchor, OutcomeKind
from tests.contract.acts import FIELDS, locate, search, walk
from tests.contract.people import ADA, person
from tests.contract.rigs.sql import SqlRig
from tests.contract.rigs.sql_postgres import SqlPostgresRig
from tests.contract.sql_tables import DDL, ENTRY, contact, insert

RIGS: dict[str, type[SqlRig] | type[SqlPostgresRig]] = {"sqlite": SqlRig, "postgres": SqlPostgresRig}
SECRET = "sqlite:////srv/records.db"


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[SqlRig | SqlPostgresRig]:
    fresh = RIGS[request.param]()
    async with fresh.start():
        yield fresh


@asynccontextmanager
async def file(ddl: str = DDL, **changed: Any) -> AsyncIterator[SqlRig]:
    """A file of SQLite with other tables, or another entry."""
    fresh = SqlRig(**changed)
    async with fresh.start(ddl):
        yield fresh


async def put(rig: SqlRig | SqlPostgresRig, table: str, **row: Any) -> None:
    if isinstance(rig, SqlRig):
        rig.beside.execute(insert(table, row))
    else:
        await rig.beside.execute(insert(table, row))


def tables(**changed: Any) -> dict[str, Any]:
    """The entry's tables, some changed in some fields; `None` takes a field out."""
    whole: dict[str, Any] = json.loads(json.dumps(ENTRY["tables"]))
    for name, fields in changed.items():
        whole.setdefault(name, {}).update(fields)
        whole[name] = {key: value for key, value in whole[name].items() if value is not None}
    return whole


@contextmanager
def listening(rig: SqlRig | SqlPostgresRig) -> Iterator[list[str]]:
    """The statements that the connector sends."""
    said: list[str] = []

    def heard(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(rig.connector.database.engine, "before_cursor_execute", heard)
    yield said
    event.remove(rig.connector.database.engine, "before_cursor_execute", heard)


DELETED: dict[str, Any] = {"erase": None, "anonymise": None, "empty": None}
"""Contacts that are deleted."""


async def test_nothing_is_reached_that_is_not_listed(rig: SqlRig | SqlPostgresRig) -> None:
    """No statement names another column or table, no value is part of a statement, a copy holds what `export` says."""
    await rig.seed(ADA, 3)
    await put(rig, "salaries", id=1, email="ada@example.com", amount=1)
    await locate(rig.connector, ADA)

    with listening(rig) as said:
        records = await locate(rig.connector, ADA)
        await walk(rig.connector)
        exported = await rig.connector.export(records)
        await rig.connector.rectify(records, [{Field.NAME: "Zed"} for _ in records])
        await rig.connector.erase(records)

    assert not [statement for statement in said if "salaries" in statement or "internal_rating" in statement]
    assert not [statement for statement in said if "ada@" in statement.lower() or "Zed" in statement]
    listed = {name: set(rows["export"]) for name, rows in ENTRY["tables"].items()}
    assert {each.record_id.partition(":")[0]: set(each.data) for each in exported} == listed


async def test_what_is_sensitive_is_in_the_copy_and_nowhere_else(rig: SqlRig | SqlPostgresRig) -> None:
    """Not in a label, nor in what is kept of a record."""
    await rig.seed(ADA, 2)

    records = await locate(rig.connector, ADA)
    seen = await walk(rig.connector)
    exported = await rig.connector.export(records)

    assert "no nuts" in str([each.data for each in exported])
    assert "no nuts" not in str([*records, *seen, *(each.label for each in exported)])


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("\u212arista@example.com", "krista@example.com"),  # a Kelvin sign
        ("u\u0308n@example.com", "ün@example.com"),
        ("ÜN@EXAMPLE.COM", "ün@example.com"),
        ("İn@example.com", "i\u0307n@example.com"),
        ("\u00a0ada@example.com\t", "ada@example.com"),
        ("100%_\\@example.com", "100%_\\@EXAMPLE.com"),
    ],
)
async def test_a_database_does_not_decide_what_is_the_same(rig: SqlRig | SqlPostgresRig, held: str, asked: str) -> None:
    """Whatever it takes for capitals and composed letters: the comparison is the one of all systems."""
    await put(rig, "contacts", **contact(id=1, email=held))
    await put(rig, "contacts", **contact(id=2, email="100xy\\@example.com"))
    who = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=asked),))

    records = await locate(rig.connector, who)

    assert [record.id for record in records] == ["contacts:1"]


@pytest.mark.parametrize(
    ("kind", "column", "held", "asked"),
    [
        (Key.NAME, "full_name", "Jo  STRASSE ", "jo straße"),
        (Key.NAME, "full_name", "\ufb01lip Ada", "Filip  ada"),
        (Key.PHONE, "phone", "+1 (202) 555-0143", "+1202.555.0143"),
    ],
)
async def test_names_and_numbers_are_found_however_they_are_written(
    rig: SqlRig | SqlPostgresRig, kind: Key, column: str, held: str, asked: str
) -> None:
    """Spaces, ligatures and punctuation make nobody another person."""
    await put(rig, "contacts", **contact(id=1, email="other@example.com", **{column: held}))

    records = await locate(rig.connector, Identity(identifiers=(Identifier(kind=kind, value=asked),)))

    assert [record.matched for record in records] == [{kind}]


def test_the_letters_that_others_become_are_known() -> None:
    """Computed from this Python's own tables: a pattern may ask for none of them."""
    others = [chr(n) for n in range(0x80, sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]

    lowered = {c for each in others for c in normalise(Key.EMAIL, f"x{each}x")[1:-1] if c.isascii()}
    folded = {c for each in others for c in normalise(Key.NAME, f"x{each}x")[1:-1] if c.isascii()} - {" "}

    assert lowered <= LOWERED
    assert folded <= FOLDED
    assert unicodedata.normalize("NFC", "\u212a") == "K"


@given(
    st.sampled_from([Key.EMAIL, Key.NAME, Key.PHONE, Key.SOCIAL_ACCOUNT]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
)
def test_a_pattern_leaves_out_nobody(kind: Key, held: str) -> None:
    """Whatever stands in a column, who is known by what it means is found by it."""
    wanted = normalise(kind, held)
    database = sqlite3.connect(":memory:")

    (found,) = database.execute("SELECT lower(?) LIKE ? ESCAPE '\\'", (held, pattern(kind, wanted))).fetchone()

    database.close()
    assert found


async def test_a_row_that_others_refer_to_stays_until_they_are_gone() -> None:
    """Also where the database would have deleted them along, or they are in a table that is not listed."""
    ddl = DDL + "CREATE TABLE bills (id INTEGER PRIMARY KEY, whose INTEGER REFERENCES contacts ON DELETE CASCADE)"
    async with file(ddl, tables=tables(contacts=DELETED)) as rig:
        await rig.seed(ADA, 2)
        await put(rig, "bills", id=7, whose=100)
        records = await locate(rig.connector, ADA)

        outcomes = await rig.connector.erase(records[::-1])
        left = (rig.rows("contacts"), rig.rows("bills"))
        rig.beside.execute("DELETE FROM bills")
        after = await rig.connector.erase(records[::-1])

        assert [(o.record_id, o.kind) for o in outcomes] == [
            ("contacts:100", OutcomeKind.NEEDS_PERSON),
            ("attendance:101:100", OutcomeKind.ERASED),
        ]
        assert "bills" in outcomes[0].instructions
        assert "attendance" not in outcomes[0].instructions
        assert [len(rows) for rows in left] == [1, 1]
        assert [o.kind for o in after] == [OutcomeKind.ERASED, OutcomeKind.NOT_FOUND]


async def test_a_row_that_refers_to_itself_is_in_nobodys_way() -> None:
    """Only another row is."""
    ddl = DDL.replace("internal_rating INTEGER", "boss INTEGER REFERENCES contacts (id)")
    async with file(ddl, tables=tables(contacts=DELETED)) as rig:
        for number, boss in ((1, 1), (2, 1)):
            row = contact(id=number, boss=boss)
            del row["internal_rating"]
            await put(rig, "contacts", **row)
        (first, second) = await locate(rig.connector, ADA)

        (alone,) = await rig.connector.erase([first])
        both = await rig.connector.erase([first, second])

        assert alone.kind is OutcomeKind.NEEDS_PERSON
        assert {outcome.kind for outcome in both} == {OutcomeKind.ERASED}


async def test_a_key_that_was_given_to_another_row_is_not_theirs(rig: SqlRig | SqlPostgresRig) -> None:
    """SQLite uses keys again: a repeated erasure must not take who came after."""
    await put(rig, "contacts", **contact(id=1))
    records = await locate(rig.connector, ADA)
    theirs = contact(id=1, email="bob@example.com", created_at="2026-01-01 00:00:00")
    delete = "DELETE FROM contacts"
    if isinstance(rig, SqlRig):
        rig.beside.execute(delete)
    else:
        await rig.beside.execute(delete)
    await put(rig, "contacts", **theirs)

    outcomes = await rig.connector.erase(records)

    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.NOT_FOUND]
    assert await rig.connector.values(records, FIELDS) == [None]
    assert (await walk(rig.connector))[0].identifiers[0].value == "bob@example.com"


async def test_a_row_that_was_given_to_somebody_else_is_a_persons_task() -> None:
    """Found as hers, it leads to another contact by now."""
    async with file() as rig:
        await rig.seed(ADA, 2)
        records = [record for record in await locate(rig.connector, ADA) if "attendance" in record.id]
        moved = [record.model_copy(update={"state": record.state | {"led": 999}}) for record in records]

        (outcome,) = await rig.connector.erase(moved)

        assert outcome.kind is OutcomeKind.NEEDS_PERSON
        assert "somebody else" in outcome.instructions
        assert len(rig.rows("attendance")) == 1


async def test_an_erasure_is_done_whole_or_not_at_all() -> None:
    """A statement that changes another number of rows than one undoes those before it."""
    async with file() as rig:
        await rig.seed(ADA, 3)
        records = await locate(rig.connector, ADA)
        rig.beside.execute(
            "CREATE TRIGGER never BEFORE UPDATE ON contacts BEGIN SELECT RAISE(IGNORE); END",
        )
        before = await rig.snapshot()

        with pytest.raises(NeedsPerson):
            await rig.connector.erase(records)

        assert await rig.snapshot() == before


async def test_a_rule_of_the_database_is_a_persons_task_and_undoes_nobody_elses() -> None:
    """A value that is taken, a length, a trigger's word."""
    async with file(DDL + "; CREATE UNIQUE INDEX one_each ON contacts (email)") as rig:
        await put(rig, "contacts", **contact(id=1))
        await put(rig, "contacts", **contact(id=2, email="bob@example.com"))
        await rig.seed(person("x@example.com", "4711"), 2)
        records = [*await locate(rig.connector, ADA), *await locate(rig.connector, person("x@example.com", "4711"))]
        records = list({record.id: record for record in records}.values())
        wished = [{Field.EMAIL: "bob@example.com", Field.NAME: "x" * 200} for _ in records]

        outcomes = {o.record_id: o for o in await rig.connector.rectify(records, wished)}

        assert outcomes["contacts:1"].kind is OutcomeKind.NEEDS_PERSON
        assert "Set email to 'bob@example.com'" in outcomes["contacts:1"].instructions
        assert outcomes["attendance:101:100"].kind is OutcomeKind.NEEDS_PERSON
        assert "too short" in outcomes["attendance:101:100"].instructions
        assert [row["email"] for row in rig.rows("contacts")][:2] == ["ada@example.com", "bob@example.com"]


async def test_anonymised_rows_differ_by_their_key_and_lead_nowhere(rig: SqlRig | SqlPostgresRig) -> None:
    """They are nobody's on a walk; what belonged to them is nobody's either."""
    await put(rig, "contacts", **contact(id=1))
    await put(rig, "contacts", **contact(id=2, number="N-1"))
    await put(rig, "attendance", workshop=1, contact_id=1, badge="Ada", dietary=None, no_photos=False)
    records = [record for record in await locate(rig.connector, ADA) if record.category != "workshop attendance"]

    outcomes = await rig.connector.erase(records)

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ANONYMISED}
    assert {outcome.kind for outcome in await rig.connector.check(records)} == {OutcomeKind.ANONYMISED}
    held: Any = await rig.snapshot()
    assert [row["email"] for row in held["contacts"]] == ["erased-1@invalid", "erased-2@invalid"]
    assert [(s.record.id, s.identifiers) for s in await walk(rig.connector)] == [("attendance:1:1", ())]


async def test_what_the_database_keeps_otherwise_is_not_anonymised() -> None:
    """A trigger puts the name back: a person is told which column, and the check agrees."""
    async with file() as rig:
        await put(rig, "contacts", **contact(id=1))
        rig.beside.execute(
            "CREATE TRIGGER back AFTER UPDATE ON contacts WHEN new.full_name = 'erased'"
            " BEGIN UPDATE contacts SET full_name = 'Ada' WHERE id = new.id; END"
        )
        records = await locate(rig.connector, ADA)

        (outcome,) = await rig.connector.erase(records)
        (checked,) = await rig.connector.check(records)

        assert outcome.kind is OutcomeKind.NEEDS_PERSON
        assert "full_name" in outcome.instructions
        assert checked.kind is OutcomeKind.REFUSED


async def test_a_sure_row_teaches_what_the_entry_says(rig: SqlRig | SqlPostgresRig) -> None:
    """A namesake's row teaches nothing."""
    await put(rig, "contacts", **contact(id=1, number="N-1"))
    await put(rig, "contacts", **contact(id=2, number="N-2", email="other@example.com", full_name="Person 4711"))
    rig.connector.config = rig.connector.config.model_copy(update={"learns": frozenset({Key.CUSTOMER_ID})})

    records, learned = await search(rig.connector, ADA)

    assert {record.id: record.matched for record in records} == {"contacts:1": {Key.EMAIL}, "contacts:2": {Key.NAME}}
    assert [(each.kind, each.value, each.source) for each in learned] == [(Key.CUSTOMER_ID, "N-1", "records")]


async def test_a_date_that_is_none_is_left_out() -> None:
    """SQLite takes any text for a date: a person decides then, and nothing breaks."""
    async with file() as rig:
        await put(rig, "contacts", **contact(id=1, created_at="2024-02-29T10:00:00Z", last_contact_on="in spring"))

        (record,) = await locate(rig.connector, ADA)

        assert {anchor: str(day) for anchor, day in record.dates.items()} == {Anchor.CREATED: "2024-02-29"}
        assert record.label == "Ada"


async def test_a_key_of_text_is_not_shown() -> None:
    """It could be an address."""
    ddl = DDL + "; CREATE TABLE news (email TEXT PRIMARY KEY)"
    rows = {"key": "email", "category": "marketing data", "identifiers": {"email": "email"}, "export": ["email"]}
    async with file(ddl, tables={"news": rows}) as rig:
        await put(rig, "news", email="ada@example.com")

        (record,) = await locate(rig.connector, ADA)

        assert "ada" not in record.id
        assert [o.kind for o in await rig.connector.erase([record])] == [OutcomeKind.ERASED]


async def test_a_table_without_a_column_for_it_is_taken_out_of_use_by_a_person() -> None:
    """The others are marked."""
    async with file() as rig:
        await rig.seed(ADA, 3)
        records = await locate(rig.connector, ADA)

        outcomes = {o.record_id.partition(":")[0]: o for o in await rig.connector.restrict(records)}

        assert {name: o.kind for name, o in outcomes.items()} == {
            "contacts": OutcomeKind.RESTRICTED,
            "attendance": OutcomeKind.RESTRICTED,
            "fair leads": OutcomeKind.NEEDS_PERSON,
        }
        assert "fair leads with id = 102" in outcomes["fair leads"].instructions


async def test_a_file_that_is_not_there_is_not_made() -> None:
    """A person is told; nothing is created in its place."""
    async with file() as rig:
        rig.path.unlink()

        with pytest.raises(NeedsPerson) as refused:
            await locate(rig.connector, ADA)

        assert "[records]" in refused.value.instructions
        assert not rig.path.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"gone": {"key": "id", "category": "x", "identifiers": {"email": "email"}}},
            "tables.gone: the database has no",
        ),
        ({"salaries": {"key": "id", "category": "x", "identifiers": {"email": 'e" OR 1=1 --'}}}, 'no column e" OR 1=1'),
        ({"salaries": {"key": "amount", "category": "x", "identifiers": {"email": "email"}}}, "salaries.key: is not"),
        (
            {
                "contacts": {
                    "anonymise": {"full_name": "erased"},
                    "empty": ["email", "number", "phone", "street", "company"],
                }
            },
            "contacts.empty: email may not be NULL",
        ),
    ],
)
async def test_what_the_database_does_not_have_is_said_by_field(changed: dict[str, Any], words: str) -> None:
    """Before anything is asked of it; repaired, it works without a restart."""
    async with file(tables=tables(**changed)) as rig:
        with pytest.raises(NeedsPerson) as refused:
            await locate(rig.connector, ADA)

        assert words in refused.value.instructions


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"contacts": {"anonymise": {"full_name": 5, "email": "none"}}}, "anonymise: full_name does not take 5"),
        ({"contacts": {"suppress": {"column": "no_mail", "value": "yes"}}}, "suppress: no_mail does not take 'yes'"),
        (
            {"contacts": {"fields": {"company": "internal_rating"}, "erase": None, "anonymise": None, "empty": None}},
            "fields.company: internal_rating is no text",
        ),
    ],
)
async def test_postgresql_is_held_to_its_types(changed: dict[str, Any], words: str) -> None:
    """What it would refuse later is said at once."""
    fresh = SqlPostgresRig(tables=tables(**changed))
    async with fresh.start():
        with pytest.raises(NeedsPerson) as refused:
            await locate(fresh.connector, ADA)

    assert words in refused.value.instructions


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"identifiers": {}}, "identifiers: name a column"),
        ({"identifiers": {}, "via": {"column": "c", "table": "nowhere"}}, "there is no table nowhere"),
        ({"identifiers": {}, "via": {"column": "c", "table": "one"}}, "leads back to one"),
        ({"label": "diet", "sensitive": ["diet"]}, "label: diet is sensitive"),
        ({"fields": {"email": "id"}}, "key: id would be changed"),
        ({"empty": ["email"]}, "anonymise: rows are deleted"),
        ({"erase": "anonymise", "empty": ["notes"]}, "anonymise: email would still tell"),
        ({"erase": "burn"}, "must be 'delete' or 'anonymise'"),
        ({"colour": "red"}, "there is no such field"),
    ],
)
def test_a_mistake_in_the_entry_is_said_by_field(rows: dict[str, Any], words: str) -> None:
    """Without a database: the entry contradicts itself."""
    one = {"key": "id", "category": "x", "identifiers": {"email": "email"}} | rows
    entry = {"kind": "sql", "title": "Records", "secret": SECRET, "tables": {"one": one}}

    _, wrong = read({"records": entry})

    assert [path[:2] for path, _ in wrong] == [("records", "tables")]
    assert words in wrong[0][1]


async def test_an_address_may_say_how_its_line_is_guarded() -> None:
    """In the words of PostgreSQL's own tools; what is refused on the way there is tried later, and quotes nothing."""
    fresh = SqlPostgresRig()
    async with fresh.start():
        address = fresh.connector.config.secret.get_secret_value()
        plain = SqlConfig.model_validate(ENTRY | {"secret": f"{address}&sslmode=disable"})
        guarded = SqlConfig.model_validate(ENTRY | {"secret": "postgresql://u:pw@127.0.0.1:1/x?sslmode=require"})
        open_, closed = Sql(plain), Sql(guarded)

        records = await locate(open_, ADA)
        with pytest.raises(TryLater) as refused:
            await locate(closed, ADA)
        await open_.close()
        await closed.close()

    assert records == []
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    "secret",
    [
        "mysql://u:pw@db/records",
        "sqlite://",
        "not an address",
        "sqlite:///:memory:",
        "postgresql://u:pw@db/x?timeout=3",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_quoted(secret: str) -> None:
    """It may hold a password."""
    entry = {"kind": "sql", "title": "Records", "secret": secret, "tables": ENTRY["tables"]}

    _, wrong = read({"records": entry})

    assert [(path, says) for path, says in wrong] == [(("records", "secret"), "is no credential of this kind")]


ODD = """
DROP SCHEMA IF EXISTS odd CASCADE;
CREATE SCHEMA odd;
CREATE TYPE odd.level AS ENUM ('low', 'high');
CREATE TABLE odd."People" (
    id UUID PRIMARY KEY, "Customer No" BIGINT UNIQUE, mail CHAR(40), tags TEXT[], more JSONB, level odd.level,
    balance NUMERIC(10, 2), since TIMESTAMPTZ NOT NULL, seen TIME, title CHAR(10));
CREATE TABLE odd.deals (
    no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner UUID REFERENCES odd."People", note VARCHAR(5));
CREATE TABLE public.outside (person UUID REFERENCES odd."People" ON DELETE SET NULL);
INSERT INTO odd."People" VALUES ('0aa1c7b0-0000-4000-8000-000000000001', 5000000000, 'Ada@example.com', '{a,b}',
    '{"x": [1]}', 'high', 12.50, '2024-02-29 23:30:00-05', '10:00', 'Dr');
INSERT INTO odd.deals (owner, note) VALUES ('0aa1c7b0-0000-4000-8000-000000000001', 'Hello'), (NULL, 'Other');
INSERT INTO public.outside VALUES ('0aa1c7b0-0000-4000-8000-000000000001');
"""
ODD_TABLES: dict[str, Any] = {
    "People": {
        "key": "id",
        "category": "x",
        "identifiers": {"email": "mail", "customer_id": "Customer No"},
        "dates": {"created": "since"},
        "label": "title",
        "export": ["id", "Customer No", "mail", "tags", "more", "level", "balance", "since", "seen"],
        "fields": {"email": "mail"},
    },
    "deals": {
        "key": "no",
        "category": "y",
        "via": {"column": "owner", "table": "People"},
        "export": ["note"],
        "fields": {"company": "note"},
        "erase": "anonymise",
        "anonymise": {"note": "-"},
        "empty": ["owner"],
    },
}


async def test_postgresqls_own_types_are_read_and_written() -> None:
    """In another schema, with names that need quotes; what refers to a row from elsewhere is heeded, too."""
    fresh = SqlPostgresRig(tables=ODD_TABLES, database_schema="odd")
    async with fresh.start():
        await fresh.beside.execute("DROP TABLE IF EXISTS public.outside")
        await fresh.beside.execute(ODD)
        who = Identity(
            identifiers=(
                Identifier(kind=Key.EMAIL, value="ada@EXAMPLE.com"),
                Identifier(kind=Key.CUSTOMER_ID, value="5000000000"),
            )
        )

        deal, ada = await locate(fresh.connector, who)
        exported = await fresh.connector.export([deal, ada])
        corrected = await fresh.connector.rectify(
            [deal, ada], [{Field.COMPANY: "Longer"}, {Field.EMAIL: "new@x.example"}]
        )
        first = await fresh.connector.erase([ada, deal])
        await fresh.beside.execute("DROP TABLE public.outside")
        with pytest.raises(TryLater):  # the database is another by now: it is looked at anew
            await fresh.connector.erase([ada, deal])
        second = await fresh.connector.erase([ada, deal])
        checked = await fresh.connector.check([ada, deal])
        seen = await walk(fresh.connector)
        await fresh.beside.execute("DROP SCHEMA odd CASCADE")

    assert (deal.id, ada.id) == ("deals:1", "People:0aa1c7b0-0000-4000-8000-000000000001")
    assert ada.matched == {Key.EMAIL, Key.CUSTOMER_ID}
    assert (ada.label, str(ada.dates[Anchor.CREATED])) == ("Dr", "2024-03-01")
    assert json.loads(json.dumps(exported[1].data)) == {
        "id": "0aa1c7b0-0000-4000-8000-000000000001",
        "Customer No": 5000000000,
        "mail": "Ada@example.com".ljust(40),
        "tags": ["a", "b"],
        "more": {"x": [1]},
        "level": "high",
        "balance": "12.50",
        "since": "2024-03-01T04:30:00+00:00",
        "seen": "10:00:00",
    }
    assert [outcome.kind for outcome in corrected] == [OutcomeKind.NEEDS_PERSON, OutcomeKind.RECTIFIED]
    assert [outcome.kind for outcome in first] == [OutcomeKind.NEEDS_PERSON, OutcomeKind.ANONYMISED]
    assert "outside" in first[0].instructions
    assert [outcome.kind for outcome in second] == [OutcomeKind.ERASED, OutcomeKind.ANONYMISED]
    assert [outcome.kind for outcome in checked] == [OutcomeKind.ERASED, OutcomeKind.ANONYMISED]
    assert [sighting.record.id for sighting in seen] == ["deals:2"]
