"""A BigQuery that knows GA4's export and the few statements that a privacy request needs, over rows in memory."""

# ruff: noqa: S608 - patterns of statements, nothing runs them

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from standins.google_account import GoogleError

Row = dict[str, Any]

_FROM = r"`(?P<project>[^`.]+)\.(?P<dataset>[^`.]+)\.(?P<table>[^`.*]+){star}`"
_WHERE = r" WHERE (?P<column>user_pseudo_id|user_id) = @(?P<value>\w+)"
_AMONG = r" AND _TABLE_SUFFIX IN UNNEST\(@(?P<among>\w+)\)"

DAYS = re.compile(
    r"SELECT day, events, LAG\(day\) OVER \(ORDER BY day\) AS prior, LEAD\(day\) OVER \(ORDER BY day\) AS next FROM \("
    r"SELECT REGEXP_REPLACE\(_TABLE_SUFFIX, r'(?P<pattern>[^']+)', ''\) AS day, COUNT\(\*\) AS events FROM "
    + _FROM.format(star=r"\*")
    + _WHERE
    + r" GROUP BY day\) ORDER BY day"
)
TABLES = re.compile(
    r"SELECT _TABLE_SUFFIX AS suffix, COUNT\(\*\) AS events FROM "
    + _FROM.format(star=r"\*")
    + _WHERE
    + _AMONG
    + r" GROUP BY suffix ORDER BY suffix"
)
EVENTS = re.compile(
    r"SELECT TO_JSON_STRING\(e\) AS event FROM "
    + _FROM.format(star=r"\*")
    + r" AS e"
    + _WHERE
    + _AMONG
    + r" ORDER BY event_timestamp"
)
VISITORS = re.compile(
    r"SELECT value, day, events, MAX\(day\) OVER \(PARTITION BY value\) AS last_day FROM \("
    r"SELECT (?P<column>user_pseudo_id|user_id) AS value, "
    r"REGEXP_REPLACE\(_TABLE_SUFFIX, r'(?P<pattern>[^']+)', ''\) AS day, COUNT\(\*\) AS events FROM "
    + _FROM.format(star=r"\*")
    + r" WHERE (?P=column) != '' GROUP BY value, day\) ORDER BY value, day"
)
DELETE = re.compile(r"DELETE FROM " + _FROM.format(star="") + _WHERE)


@dataclass
class Result:
    """What a statement came to."""

    columns: tuple[tuple[str, str], ...] = ()
    """Name and type of each."""
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    deleted: int | None = None
    """Rows that DML affected; `None` for a query."""


class Warehouse:
    """One project's datasets: dataset -> table -> rows. `streaming` tables refuse DML, as fresh rows do."""

    def __init__(self, project: str, datasets: dict[str, dict[str, list[Row]]], streaming: list[str]) -> None:
        self.project = project
        self.datasets = datasets
        self.streaming = streaming

    def run(self, sql: str, values: dict[str, Any]) -> Result:
        """Run one of the five statements; anything else is a syntax error."""
        for shape, act in (
            (DAYS, self._days),
            (TABLES, self._tables),
            (EVENTS, self._events),
            (VISITORS, self._visitors),
            (DELETE, self._delete),
        ):
            if found := shape.fullmatch(sql):
                return act(found, values)
        raise GoogleError(400, "INVALID_ARGUMENT", "invalidQuery", "Syntax error: this stand-in knows five statements")

    def _days(self, found: re.Match[str], values: dict[str, Any]) -> Result:
        days = Counter(re.sub(found["pattern"], "", suffix) for suffix, _ in self._rows(found, values))
        seen = sorted(days)
        beside = zip([None, *seen[:-1]], seen, [*seen[1:], None], strict=True) if seen else ()
        columns = (("day", "STRING"), ("events", "INTEGER"), ("prior", "STRING"), ("next", "STRING"))
        return Result(columns, [(day, str(days[day]), prior, after) for prior, day, after in beside])

    def _tables(self, found: re.Match[str], values: dict[str, Any]) -> Result:
        seen = Counter(suffix for suffix, _ in self._rows(found, values))
        return Result((("suffix", "STRING"), ("events", "INTEGER")), [(s, str(n)) for s, n in sorted(seen.items())])

    def _events(self, found: re.Match[str], values: dict[str, Any]) -> Result:
        rows = sorted((row for _, row in self._rows(found, values)), key=lambda row: int(row["event_timestamp"]))
        return Result((("event", "STRING"),), [(json.dumps(row, ensure_ascii=False),) for row in rows])

    def _visitors(self, found: re.Match[str], _: dict[str, Any]) -> Result:
        counts: Counter[tuple[str, str]] = Counter()
        for suffix, row in self._matching(found):
            if value := row.get(found["column"]):  # neither NULL nor empty
                counts[value, re.sub(found["pattern"], "", suffix)] += 1
        last: dict[str, str] = {}
        for value, day in counts:
            last[value] = max(day, last.get(value, ""))
        columns = (("value", "STRING"), ("day", "STRING"), ("events", "INTEGER"), ("last_day", "STRING"))
        return Result(columns, [(value, day, str(n), last[value]) for (value, day), n in sorted(counts.items())])

    def _delete(self, found: re.Match[str], values: dict[str, Any]) -> Result:
        tables, name = self._dataset(found), found["table"]
        if name not in tables:
            raise GoogleError(404, "NOT_FOUND", "notFound", f"Not found: Table {name} was not found")
        wanted = _value(values, found["value"])
        kept = [row for row in tables[name] if row.get(found["column"]) != wanted]
        deleted = len(tables[name]) - len(kept)
        if deleted and name in self.streaming:
            said = "UPDATE or DELETE statement over table would affect rows in the streaming buffer"
            raise GoogleError(400, "INVALID_ARGUMENT", "invalidQuery", f"{said}, which is not supported")
        tables[name] = kept
        return Result(deleted=deleted)

    def _rows(self, found: re.Match[str], values: dict[str, Any]) -> Iterator[tuple[str, Row]]:
        wanted = _value(values, found["value"])
        among = _value(values, found["among"]) if "among" in found.re.groupindex else None
        for suffix, row in self._matching(found):
            if (among is None or suffix in among) and row.get(found["column"]) == wanted:
                yield suffix, row

    def _matching(self, found: re.Match[str]) -> Iterator[tuple[str, Row]]:
        """The rows of all tables that a wildcard names, each with its table's suffix."""
        prefix = found["table"]
        matching = {name: rows for name, rows in self._dataset(found).items() if name.startswith(prefix)}
        if not matching:
            raise GoogleError(404, "NOT_FOUND", "notFound", f"{prefix}* does not match any table.")
        for name, rows in matching.items():
            yield from ((name.removeprefix(prefix), row) for row in rows)

    def _dataset(self, found: re.Match[str]) -> dict[str, list[Row]]:
        if found["project"] != self.project or found["dataset"] not in self.datasets:
            raise GoogleError(404, "NOT_FOUND", "notFound", "Not found: Dataset was not found in location US")
        return self.datasets[found["dataset"]]


def named(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """The values of named parameters: a string each, or a list of strings."""
    values: dict[str, Any] = {}
    for each in parameters:
        match each:
            case {"name": str(name), "parameterType": {"type": "STRING"}, "parameterValue": {"value": str(value)}}:
                values[name] = value
            case {
                "name": str(name),
                "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
                "parameterValue": {"arrayValues": [*items]},
            }:
                values[name] = [str(item["value"]) for item in items]
            case _:
                raise GoogleError(400, "INVALID_ARGUMENT", "invalid", "Invalid query parameter")
    return values


def _value(values: dict[str, Any], name: str) -> Any:
    if name not in values:
        raise GoogleError(400, "INVALID_ARGUMENT", "invalidQuery", f"Query parameter '{name}' not found")
    return values[name]
