"""Notion's filters and sorts, evaluated over what the stand-in holds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from standins.notion_shapes import TEXTS, State

Holds = Callable[[State], bool]

TEXT_LIKE = TEXTS | {"email", "url", "phone_number"}
STAMPS = frozenset({"created_time", "last_edited_time"})
DEEPEST = 2
"""Compound filters within each other, at most."""
MOST_CONDITIONS = 100


class BadFilter(Exception):
    """The query does not fit the data source; says where."""


def filtered(given: Any, schema: State, depth: int = 0) -> Holds:
    """What a filter asks of a page."""
    if not isinstance(given, dict):
        raise BadFilter("filter should be an object")
    for word, joined in (("or", any), ("and", all)):
        if word in given:
            return _compound(given, word, joined, schema, depth)
    if "timestamp" in given:
        return _stamp(given)
    name = given.get("property")
    kinds = [key for key in given if key not in {"property", "type"}]
    if not isinstance(name, str) or name not in schema:
        raise BadFilter("Could not find property with name or id given in the filter")
    if len(kinds) != 1 or kinds[0] != schema[name]:
        raise BadFilter(f"database property is of type {schema[name]}, the filter is not")
    return _condition(name, kinds[0], given[kinds[0]])


def ordered(sorts: Any, pages: list[State]) -> list[State]:
    """The pages as sorted; in the order they came where that does not tell."""
    for sort in reversed(sorts):
        if set(sort) != {"timestamp", "direction"} or sort["timestamp"] not in STAMPS:
            raise BadFilter("this stand-in sorts by timestamps only")
        if sort["direction"] not in {"ascending", "descending"}:
            raise BadFilter("sorts: direction should be ascending or descending")
        stamp, down = sort["timestamp"], sort["direction"] == "descending"
        pages = sorted(pages, key=lambda page, stamp=stamp: datetime.fromisoformat(page[stamp]), reverse=down)  # type: ignore[misc]
    return pages


def _compound(given: State, word: str, joined: Callable[[Any], bool], schema: State, depth: int) -> Holds:
    if set(given) != {word} or not isinstance(given[word], list):
        raise BadFilter(f"{word} should be an array, and alone")
    if depth == DEEPEST or len(given[word]) > MOST_CONDITIONS:
        raise BadFilter("the filter is too deep or too long")
    parts = [filtered(each, schema, depth + 1) for each in given[word]]
    return lambda page: joined(part(page) for part in parts)


def _stamp(given: State) -> Holds:
    stamp = given["timestamp"]
    if stamp not in STAMPS or set(given) != {"timestamp", stamp}:
        raise BadFilter("timestamp should be created_time or last_edited_time, with its condition")
    ((operator, value),) = given[stamp].items()
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadFilter(f"{operator} should be a valid ISO 8601 date") from None
    compared: dict[str, Callable[[datetime], bool]] = {
        "on_or_after": lambda held: held >= moment,
        "after": lambda held: held > moment,
        "on_or_before": lambda held: held <= moment,
        "before": lambda held: held < moment,
        "equals": lambda held: held == moment,
    }
    if operator not in compared:
        raise BadFilter(f"{operator} is no condition on a date")
    return lambda page: compared[operator](datetime.fromisoformat(page[stamp]))


def _condition(name: str, kind: str, asked: Any) -> Holds:
    if not isinstance(asked, dict) or len(asked) != 1:
        raise BadFilter("a condition has one operator")
    ((operator, value),) = asked.items()
    if operator == "is_empty" and value is True:
        return lambda page: not page["properties"].get(name)
    if kind in TEXT_LIKE and operator in {"equals", "contains"} and isinstance(value, str):
        return _text(name, operator, value.casefold())
    if kind in {"people", "relation"} and operator == "contains":
        return _contains(name, _uuid(value))
    if kind == "checkbox" and operator == "equals":
        return lambda page: bool(page["properties"].get(name)) is value
    raise BadFilter(f"{operator} is no condition on {kind}")


def _text(name: str, operator: str, value: str) -> Holds:
    """Careless on purpose: letters are folded, so that one person's address finds another's."""
    if operator == "equals":
        return lambda page: str(page["properties"].get(name) or "").casefold() == value
    return lambda page: value in str(page["properties"].get(name) or "").casefold()


def _contains(name: str, value: str) -> Holds:
    return lambda page: value in (page["properties"].get(name) or ())


def _uuid(value: Any) -> str:
    try:
        return str(UUID(value))
    except (TypeError, ValueError, AttributeError):
        raise BadFilter("contains should be a valid uuid") from None
