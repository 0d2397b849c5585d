"""A company's database as its rigs have it: contacts, who attended what, and leads from a fair."""

from typing import Any

from dsar.identity import Identity, Key

DDL = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, number VARCHAR(200), email VARCHAR(300) NOT NULL, full_name TEXT NOT NULL, phone TEXT,
    street TEXT, company TEXT, notes TEXT, no_mail BOOLEAN NOT NULL, frozen BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL, last_contact_on DATE, internal_rating INTEGER);
CREATE TABLE attendance (
    workshop INTEGER, contact_id INTEGER NOT NULL REFERENCES contacts (id), badge VARCHAR(100), dietary TEXT,
    no_photos BOOLEAN NOT NULL,
    PRIMARY KEY (workshop, contact_id));
CREATE TABLE "fair leads" (
    id INTEGER PRIMARY KEY, "e-mail" TEXT, first_name TEXT, last_name TEXT, no_mail BOOLEAN NOT NULL, met_on DATE);
CREATE TABLE salaries (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER);
"""
TABLES = ("attendance", "fair leads", "contacts", "salaries")

ENTRY: dict[str, Any] = {
    "name": "records",
    "kind": "sql",
    "title": "Business records",
    "page_size": 2,
    "tables": {
        "contacts": {
            "key": "id",
            "category": "contact information and communications",
            "identifiers": {"email": "email", "customer_id": "number", "name": "full_name", "phone": "phone"},
            "dates": {"created": "created_at", "last_interaction": "last_contact_on"},
            "label": "full_name",
            "title": "contact",
            "export": ["id", "number", "email", "full_name", "phone", "street", "notes", "created_at"],
            "fields": {
                "email": "email",
                "name": "full_name",
                "phone": "phone",
                "address": "street",
                "company": "company",
            },
            "erase": "anonymise",
            "anonymise": {"email": "erased-{key}@invalid", "full_name": "erased"},
            "empty": ["number", "phone", "street", "company", "notes"],
            "suppress": {"column": "no_mail"},
            "restrict": {"column": "frozen"},
        },
        "attendance": {
            "key": ["workshop", "contact_id"],
            "category": "workshop attendance",
            "via": {"column": "contact_id", "table": "contacts"},
            "sensitive": ["dietary"],
            "export": ["workshop", "badge", "dietary"],
            "fields": {"name": "badge"},
            "suppress": {"column": "no_photos"},
            "restrict": {"column": "no_photos"},
        },
        "fair leads": {
            "key": "id",
            "category": "marketing data",
            "identifiers": {"email": "e-mail"},
            "dates": {"last_interaction": "met_on"},
            "export": ["e-mail", "first_name", "last_name"],
            "fields": {"email": "e-mail", "first_name": "first_name", "last_name": "last_name"},
            "suppress": {"column": "no_mail"},
        },
    },
}

Planted = list[tuple[str, str, dict[str, Any]]]
"""Record ids, each with the table and the row."""


def planted(identity: Identity, count: int, first: int) -> Planted:
    """A person's rows, in turn: a contact, what the first one attended, a lead. `first`: a number not used yet."""
    (address, *_), (name, *_) = identity.values(Key.EMAIL), identity.values(Key.NAME)
    (number, *_) = identity.values(Key.CUSTOMER_ID)
    rows: Planted = []
    for n in range(first, first + count):
        match (n - first) % 3:
            case 0:
                row = contact(id=n, email=address, full_name=name, number=number)
                rows.append((f"contacts:{n}", "contacts", row))
            case 1:
                row = {"workshop": n, "contact_id": first, "badge": name, "dietary": "no nuts", "no_photos": False}
                rows.append((f"attendance:{n}:{first}", "attendance", row))
            case _:
                row = {"id": n, "e-mail": address, "first_name": name, "last_name": None, "no_mail": False}
                rows.append((f"fair leads:{n}", "fair leads", row))
    return rows


def contact(**changed: Any) -> dict[str, Any]:
    """A row of contacts."""
    return {
        "id": 1,
        "number": None,
        "email": "ada@example.com",
        "full_name": "Ada",
        "phone": None,
        "street": "1 Main St",
        "company": "",
        "notes": "Met at the fair",
        "no_mail": False,
        "frozen": False,
        "created_at": "2024-02-29 10:00:00",
        "last_contact_on": "2025-03-01",
        "internal_rating": 5,
    } | changed


def insert(table: str, row: dict[str, Any]) -> str:
    """A statement for a row: without parameters, because the two databases take them in different ways."""
    names = ", ".join(f'"{name}"' for name in row)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(map(_literal, row.values()))})'  # noqa: S608


def named_again(table: str, key: list[int | str]) -> str:
    """A statement that makes a contact that was anonymised a person's again."""
    assert table == "contacts"
    return f"UPDATE contacts SET email = 'ada@example.com' WHERE id = {int(key[0])}"  # noqa: S608


def keys(table: str) -> list[str]:
    """The columns of a table's key."""
    named = ENTRY["tables"][table]["key"]
    return [named] if isinstance(named, str) else named


def is_present(table: str, row: dict[str, Any] | None) -> bool:
    """Whether a row still says anything of a person."""
    return row is not None and not (table == "contacts" and row["full_name"] == "erased")


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
