"""The BigQuery export of a Google Analytics property: the one place where a visitor's events can be seen.

A dataset holds a table a day, `events_YYYYMMDD`; until that is complete, the day is in `events_intraday_YYYYMMDD`
or `events_fresh_YYYYMMDD`. Source: support.google.com/analytics/answer/7029846.
"""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.bigquery import BigQuery, Page, Place, Values
from connectors.connector import NeedsPerson
from dsar.frozen import Frozen
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Record, Sighting

CATEGORY = "website analytics"

COLUMNS = {Key.CLIENT_ID: "user_pseudo_id", Key.USER_ID: "user_id"}
"""Where the export holds an identifier."""

PREFIXES = ("", "intraday_", "fresh_")

DAYS = (
    "SELECT day, events, LAG(day) OVER (ORDER BY day) AS prior, LEAD(day) OVER (ORDER BY day) AS next FROM ("
    "SELECT REGEXP_REPLACE(_TABLE_SUFFIX, r'^(intraday|fresh)_', '') AS day, COUNT(*) AS events "
    "FROM `{table}*` WHERE {column} = @value GROUP BY day) ORDER BY day"
)
TABLES = (
    "SELECT _TABLE_SUFFIX AS suffix, COUNT(*) AS events "
    "FROM `{table}*` WHERE {column} = @value AND _TABLE_SUFFIX IN UNNEST(@suffixes) GROUP BY suffix ORDER BY suffix"
)
EVENTS = (
    "SELECT TO_JSON_STRING(e) AS event "
    "FROM `{table}*` AS e WHERE {column} = @value AND _TABLE_SUFFIX IN UNNEST(@suffixes) ORDER BY event_timestamp"
)
VISITORS = (
    "SELECT value, day, events, MAX(day) OVER (PARTITION BY value) AS last_day FROM ("
    "SELECT {column} AS value, REGEXP_REPLACE(_TABLE_SUFFIX, r'^(intraday|fresh)_', '') AS day, COUNT(*) AS events "
    "FROM `{table}*` WHERE {column} != '' GROUP BY value, day) ORDER BY value, day"
)
"""Without an order, the first page asked for again would be other visitors' than before."""
LATE = timedelta(days=3)
"""A daily table changes for so long after its day: phones send what they saved up."""
DELETE = "DELETE FROM `{table}` WHERE {column} = @value"
"""A wildcard table cannot be the target of DML: one statement for each table."""


class Trace(Frozen):
    """What one property holds under one identifier: on one day of the export, or wherever nobody can look."""

    property_id: str
    key: Key
    value: str
    day: str | None = None
    """The table's date, `20260131`; `None` where nobody can look."""
    events: int = 0
    late: tuple[str, ...] = ()
    """Days beside this one that had no events when it was looked, but may be given some: erased with this day."""

    @property
    def days(self) -> tuple[str, ...]:
        """The days of the export that are this record's; none where nobody can look."""
        return (self.day, *self.late) if self.day else ()

    @property
    def looked(self) -> bool:
        """Whether the events were seen in the export."""
        return self.day is not None

    def record(self) -> Record:
        """The record, whose id shows no identifier."""
        who = f"{self.property_id}:{self.key}:{sha256(self.value.encode()).hexdigest()[:16]}"
        if self.day is None:
            record_id, label = f"assumed:{who}", "whatever is held: nobody can look, so it is assumed"
        else:
            on = date_of(self.day)
            record_id, label = f"events:{who}:{self.day}", f"{_counted(self.events)} of {on or self.day}"
        return Record(
            id=record_id,
            category=CATEGORY,
            matched=frozenset({self.key}),
            dates=_dates(self.day),
            label=f"Property {self.property_id}, {label}",
            state={**self.model_dump(mode="json"), "looked": self.looked},
        )

    @classmethod
    def of(cls, record: Record) -> "Trace":
        """What a record stands for."""
        return cls.model_validate({name: value for name, value in record.state.items() if name != "looked"})

    def sighting(self, last_day: str, system: str) -> Sighting:
        """The record as it is met on a walk: as old as the visitor's last day.

        Google deletes a visitor whole, so no day of one who still comes is past its time before that last one.
        """
        record = self.record().model_copy(update={"dates": _dates(last_day)})
        return Sighting(record=record, identifiers=(Identifier(kind=self.key, value=self.value, source=system),))

    def visitor(self) -> "Trace":
        """The same visitor at the same property, on whatever day."""
        return self.model_copy(update={"day": None, "events": 0, "late": ()})


class Export:
    """The datasets of some properties, asked about one visitor at a time."""

    def __init__(self, bigquery: BigQuery, project: str, datasets: Mapping[str, str]) -> None:
        self._bigquery = bigquery
        self._project = project
        self._datasets = datasets

    async def days(self, visitor: Trace, place: Place | None, today: date) -> tuple[list[Trace], Place | None]:
        """The days on which this visitor was seen, a page of them, and where the next page starts."""
        page = await self._bigquery.more(place) if place else None
        page = page or await self._bigquery.run(self._sql(DAYS, visitor), {"value": visitor.value})
        seen = [visitor.model_copy(update={**_of_row(row), "late": _late(row, today)}) for row in page.rows]
        return seen, page.next

    async def visitors(self, start: Trace, place: Place | None) -> tuple[list[tuple[Trace, str]], Place | None]:
        """The days of every visitor, each with the last day on which that visitor was seen; `start` has no value."""
        page = await self._bigquery.more(place) if place else None
        page = page or await self._bigquery.run(self._sql(VISITORS, start), {})
        seen = [
            (start.model_copy(update={"value": row["value"], **_of_row(row)}), row["last_day"]) for row in page.rows
        ]
        return seen, page.next

    async def tables(self, visitor: Trace, days: Iterable[str]) -> list[str]:
        """The suffixes of the tables that hold events of these days now."""
        pages = self._bigquery.pages(
            self._sql(TABLES, visitor),
            {"value": visitor.value, "suffixes": [p + day for day in days for p in PREFIXES]},
        )
        return [row["suffix"] async for page in pages for row in page.rows]

    def events(self, trace: Trace) -> AsyncIterator[Page]:
        """The events of a day in the order they happened, each row's `event` a JSON object."""
        return self._bigquery.pages(self._sql(EVENTS, trace), _whole(trace))

    async def first_events(self, trace: Trace) -> Page:
        """The first page of them; its `next` says whether there are more."""
        return await self._bigquery.run(self._sql(EVENTS, trace), _whole(trace))

    async def delete(self, visitor: Trace, suffix: str) -> None:
        """Delete the visitor's events from one table; nothing to do when the table is gone meanwhile."""
        if not re.fullmatch(r"[A-Za-z0-9_]+", suffix):
            raise NeedsPerson("a table of the export has a name that is not Google's", _STRANGE_TABLE)
        await self._bigquery.run(self._sql(DELETE, visitor, suffix), {"value": visitor.value}, gone_ok=True)

    def _sql(self, statement: str, trace: Trace, suffix: str = "") -> str:
        dataset = self._datasets.get(trace.property_id, f"analytics_{trace.property_id}")
        return statement.format(table=f"{self._project}.{dataset}.events_{suffix}", column=COLUMNS[trace.key])


_STRANGE_TABLE = (
    "Look at the tables events_* of the export's dataset: one that Google did not make holds the visitor's events. "
    "Delete the visitor's rows there by hand, then rename or drop the table."
)


def _of_row(row: Mapping[str, str]) -> dict[str, Any]:
    return {"day": row["day"], "events": int(row["events"])}


def _late(row: Mapping[str, str], today: date) -> tuple[str, ...]:
    """The days from the one before this row's to it that may still be given events; the last row's go on to today.

    One day more at each end: a table's day is one of the property's time zone.
    """
    day = date_of(row["day"])
    if day is None:
        return ()
    newest = today + timedelta(days=1)
    window = [newest - timedelta(days=n) for n in range(LATE.days + 2, -1, -1)]
    prior = date_of(row["prior"]) or date.min
    last = day if date_of(row["next"]) else newest
    return tuple(f"{each:%Y%m%d}" for each in window if prior < each <= last and each != day)


def _whole(trace: Trace) -> Values:
    return {"value": trace.value, "suffixes": [f"{prefix}{trace.day}" for prefix in PREFIXES]}


def day_of(suffix: str) -> str:
    """The day that a table holds, whatever its state: `intraday_20260131` -> `20260131`."""
    return re.sub(r"^(intraday|fresh)_", "", suffix)


def date_of(day: str) -> date | None:
    """The day as a date; `None` for a table that is not named after one."""
    return datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() if re.fullmatch(r"\d{8}", day) else None


def _counted(events: int) -> str:
    return "1 event" if events == 1 else f"{events:,} events"


def _dates(day: str | None) -> dict[Anchor, date]:
    on = date_of(day) if day else None
    return {Anchor.CREATED: on, Anchor.LAST_INTERACTION: on} if on else {}
