"""How a person's identifiers are asked for.

The database is asked for what *could* be the person's, and whether it is says the comparison that all systems share
(`dsar.identity.normalise`): databases differ in what they hold to be a capital. So a pattern has only those letters
which nothing but themselves becomes, and anything may stand in place of the others.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, String, Text, Uuid, bindparam, cast, func, or_

from connectors.sql_schema import Known, Schema
from dsar.identity import Identity, Key, normalise

LONGEST = 2000
"""Letters of an identifier; what is longer is nobody's."""

LOWERED = frozenset("ik;`")
"""The letters of ASCII that others become when they are composed and made small: a Kelvin sign a k, for one."""
FOLDED = LOWERED | frozenset("afhjlnstwy")
"""And when case is folded: ß is ss then, and a ligature its letters."""

LARGEST = 2**63 - 1

LIKES_ESCAPE = "\\"

_UNSAFE = {Key.EMAIL: LOWERED, Key.SOCIAL_ACCOUNT: LOWERED | {":", "@"}, Key.NAME: FOLDED, Key.PHONE: frozenset[str]()}
"""The kinds that are compared in another form than their own."""


def asked_for(known: Known, schema: Schema, identity: Identity, *, lax: bool) -> ColumnElement[bool] | None:
    """The rows that may be the person's; `None` where nothing is known by which they could be found.

    `lax`: SQLite's columns, which hold what they like.
    """
    questions = [
        question
        for name in known.led
        for kind, columns in schema.tables[name].rows.identifiers.items()
        for column in columns
        for value in dict.fromkeys(identity.values(kind))
        for question in _questions(schema.tables[name], column, kind, value, lax=lax)
    ]
    return or_(*questions) if questions else None


def pattern(kind: Key, value: str) -> str:
    """What is LIKE this may be the value, when ASCII's letters are small; what is not, is not. LIKES_ESCAPE escapes."""
    runs = [""]
    for c in value:
        if not c.isascii() or c.isspace() or c in _UNSAFE[kind]:
            runs.append("")
        else:
            runs[-1] += f"{LIKES_ESCAPE}{c}" if c in f"%_{LIKES_ESCAPE}" else c
            if kind is Key.PHONE:  # people write anything between digits
                runs.append("")
    return "%" + "".join(f"{run}%" for run in runs if run)


def _questions(known: Known, name: str, kind: Key, value: str, *, lax: bool) -> Iterator[ColumnElement[bool]]:
    wanted = normalise(kind, value)
    if not wanted or len(wanted) > LONGEST or not can_be_held(wanted):
        return
    column, type_ = known.table.c[name], known.types[name]
    if kind in _UNSAFE:
        yield _like(column, pattern(kind, wanted), lax=lax)
    elif lax:
        yield column.in_([bindparam(None, each, type_=Text()) for each in sorted({wanted, value.strip()})])
    elif isinstance(type_, Integer):
        if wanted.isascii() and wanted.isdecimal() and int(wanted) <= LARGEST:
            yield column == bindparam(None, int(wanted), type_=BigInteger())
    elif isinstance(type_, String) and not isinstance(type_, Uuid):
        yield column.in_([bindparam(None, each, type_=Text()) for each in sorted({wanted, value.strip()})])
    else:
        yield cast(column, Text) == bindparam(None, wanted, type_=Text())


def _like(column: ColumnElement[Any], wanted: str, *, lax: bool) -> ColumnElement[bool]:
    text: ColumnElement[str] = cast(column, Text)
    small = func.lower(text if lax else text.collate("C"))
    return small.like(bindparam(None, wanted, type_=Text()), escape=LIKES_ESCAPE)


def can_be_held(value: str) -> bool:
    """Whether a database can hold it: neither NUL nor half a letter."""
    try:
        return bool(value.encode()) and "\0" not in value
    except UnicodeEncodeError:
        return False
