"""The people of the contract suite: one who asks, others who resemble them, and some who are up to no good."""

from dsar.correction import Field, Values
from dsar.identity import Identifier, Identity, Key


def person(email: str, number: str, name: str | None = None) -> Identity:
    """Somebody known by every kind of identifier; the ids are made from `number`, which must be theirs alone."""
    values = {
        Key.EMAIL: email,
        Key.NAME: name or f"Person {number}",
        Key.CUSTOMER_ID: f"C-{number}",
        Key.CLIENT_ID: f"{number}.1700000000",
        Key.USER_ID: f"user-{number}",
        Key.FIGMA_USER_ID: number,
        Key.NOTION_USER_ID: f"00000000-0000-4000-8000-{number.zfill(12)}",
        Key.SOCIAL_ACCOUNT: f"instagram:person.{number}",
    }
    return Identity(identifiers=tuple(Identifier(kind=kind, value=value) for kind, value in values.items()))


ADA = person("ada@example.com", "4711")

ADA_SHOUTED = person("ADA@Example.COM", "4711")
"""The same mailbox, written otherwise."""

RESEMBLING = (
    person("ada+news@example.com", "47110"),
    person("xada@example.com", "14711"),
    person("ada@example.com.mx", "471"),
    person("ada@sub.example.com", "47112"),
    person("a.da@example.com", "711"),
    person("ada@example.co", "4712"),
)
"""Others, whose address or number continues hers, ends with it or is hidden in it."""

DIFFICULT = (
    person("o'brien@example.com", "9001"),
    person("ünï.cøde@example.com", "9002"),
    person("straße@example.com", "9003"),
    person("strasse@example.com", "9004"),
    person("per%cent@example.com", "9005"),
    person("sla/sh@example.com", "9006"),
    person("Mixed.Case+Tag@Example.com", "9007"),
    person("mixed.case@example.com", "9008"),
    person("under_score@example.com", "9009"),
    person("underXscore@example.com", "9010"),
)
"""Real addresses that a careless query would trip over, some beside the address that it would confuse them with."""

NOBODY = person("nobody@nowhere.example", "1000001")

HOSTILE = (
    "",
    " ",
    ".",
    "..",
    "/",
    "../C-4711",
    "C-4711/..",
    "%",
    "_",
    "*",
    "?",
    "\\",
    '"',
    "'",
    "' OR 1=1 --",
    "ada@example.com' OR '1'='1",
    'ada@example.com" OR "1"="1',
    "%@example.com",
    "ada@example.com%",
    "ada%40example.com",
    "ada@example.com\r\nX-Injected: yes",
    "ada@example.com\x00",
    "ada@example.com,nobody@nowhere.example",
    "ada@example.com&list_id=audience0",
    "{}",
    "{0}",
    "${jndi:ldap://nowhere.example}",
    "<script>alert(1)</script>",
    "аda@example.com",  # noqa: RUF001 - Cyrillic, that is the point
    "ａｄａ@example.com",  # noqa: RUF001 - full width, that is the point
    "ada",
    "@",
    "a" * 10_000 + "@example.com",
)


def hostile(value: str) -> Identity:
    """Somebody who gives the same text as every identifier."""
    return Identity(identifiers=tuple(Identifier(kind=kind, value=value) for kind in Key))


CANARY = "canary7f3a"


def canary() -> Identity:
    """Somebody all of whose identifiers are recognised wherever they leak."""
    values = {
        Key.EMAIL: f"{CANARY}@example.com",
        Key.NAME: f"Name {CANARY}",
        Key.CUSTOMER_ID: f"C-{CANARY}",
        Key.CLIENT_ID: f"{CANARY}.1700000000",
        Key.USER_ID: f"user-{CANARY}",
        Key.FIGMA_USER_ID: CANARY,
        Key.NOTION_USER_ID: f"00000000-0000-4000-8000-{CANARY}00",
        Key.SOCIAL_ACCOUNT: f"instagram:{CANARY}",
    }
    return Identity(identifiers=tuple(Identifier(kind=kind, value=value) for kind, value in values.items()))


CORRECT: Values = {
    Field.EMAIL: "ada.lovelace@new.example",
    Field.NAME: "Ada Lovelace",
    Field.FIRST_NAME: "Ada",
    Field.LAST_NAME: "Lovelace",
    Field.PHONE: "+44 20 7946 0018",
    Field.ADDRESS: "12 St James's Square, London, England, SW1Y 4LE, GB",
    Field.COMPANY: "Analytical Engines Ltd",
}
"""What the records should say."""

AWKWARD = (
    "O'Brien",
    '"Bobby"',
    "Ünïcødé-Łódź",
    "李白",
    "<b>&amp;</b>",
    "{0}%s${x}",
    "*|EMAIL|*",
    "x" * 500,
)
"""Values that mean no more than their letters, up to the longest that a person may ask for."""
