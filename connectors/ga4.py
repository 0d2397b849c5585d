"""Google Analytics 4, and the BigQuery export that alone can show what it holds of one person.

Google Analytics has no lookup of a person. A visitor's events are found, read and deleted in the BigQuery export,
one record for each day and identifier; what Google itself holds is deleted by `submitUserDeletion`, which answers
with a time and nothing else: no job, no status, gone from reports in 72 hours and from servers at a later run.
So an erasure here is `ACCEPTED`, never `ERASED`, and asking again can only look at the export. There the days of the
last week may still be given events: on the fourth day they are deleted too (`look_again`).

Where nobody can look (no export, or an email address as user-provided data, which no export holds), a record is
assumed for each identifier, and its label says so. Without the export nobody can walk through it, either. No call
corrects what Google holds or takes it out of use: that is consent mode on the site. Source: analyticsadmin v1alpha.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from connectors.bigquery import BigQuery, Place
from connectors.connector import Ability, Connector, NeedsPerson, SystemConfig
from connectors.ga4_admin import FIELDS, Admin, field_of, google_email
from connectors.ga4_export import COLUMNS, Export, Trace, day_of
from connectors.google_account import ServiceAccountToken
from connectors.google_limits import GoogleHttp, TooFresh
from connectors.http import CHUNK
from dsar.correction import Field as Correctable
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.records import Exported, FileRef, Located, Outcome, OutcomeKind, Record, Walked

CAN = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE})

SCOPES = ("https://www.googleapis.com/auth/analytics.edit", "https://www.googleapis.com/auth/bigquery")

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]+$")]
"""Stands in a statement between backticks, where no parameter can."""
PropertyId = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]


class GoogleAnalyticsConfig(SystemConfig):
    """`secret` is a service account's key file; it may edit the properties, and query and change the export."""

    bigquery_url: str = "https://bigquery.googleapis.com"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    properties: tuple[PropertyId, ...]
    bigquery_project: Name | None = None
    """The project that the export is in; without it nobody can look, and each identifier is assumed to be held."""
    bigquery_dataset: Mapping[PropertyId, Name] = Field(default_factory=dict)
    """Where a property's export is not in `analytics_<property>`."""
    recheck_after: timedelta = timedelta(days=4)
    """When to look again: ISO 8601 (`P4D`) or seconds. Daily tables still change for three days after their day."""
    submissions_per_second: float | None = Field(default=1.5, gt=0)
    """How fast deletions are submitted to one property; beyond this Google refuses them."""
    page_size: int = Field(default=500, ge=1, le=10_000)
    """Rows of one answer; a day with more events than this is exported as a file."""


class Spot(Frozen):
    """The cursor: which identifier (on a walk: which kind) at which property, and where in its results."""

    target: int = 0
    place: Place | None = None


class GoogleAnalytics(Connector):
    """`clock` says when a check is due and how long a token is good."""

    Config: ClassVar[type[SystemConfig]] = GoogleAnalyticsConfig
    config: GoogleAnalyticsConfig

    def __init__(
        self, config: GoogleAnalyticsConfig, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        super().__init__(config)
        self._clock = clock
        self._http = GoogleHttp(config, clock)
        self._token = ServiceAccountToken(self._http, config.secret, config.token_url, SCOPES, clock)
        self._admin = Admin(self._http, self._token, config.submissions_per_second, clock)
        self._export = self._exports(config.bigquery_project) if config.bigquery_project else None

    @property
    def can(self) -> frozenset[Ability]:
        """Walking through it takes the export."""
        return CAN | {Ability.WALK} if self._export else CAN

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of one identifier at one property."""
        targets = list(self._targets(identity))
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        if spot.target >= len(targets):
            return Located()
        found, place = await self._found(targets[spot.target], spot.place)
        after = Spot(target=spot.target, place=place) if place else Spot(target=spot.target + 1)
        more = after.target < len(targets)
        return Located(
            records=tuple(trace.record() for trace in found), cursor=after.model_dump_json() if more else None
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """The events of each day; more than a page of them as a file of one JSON object a line."""
        exported = [await self._exported(record, Trace.of(record)) for record in records]
        return [one for one in exported if one is not None]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream a day's events, one JSON object a line."""
        buffer = bytearray()
        async for page in self._looking().events(Trace.model_validate_json(file.locator)):
            for row in page.rows:
                buffer += row["event"].encode() + b"\n"
                while len(buffer) >= CHUNK:
                    yield bytes(buffer[:CHUNK])
                    del buffer[:CHUNK]
        if buffer:
            yield bytes(buffer)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete from the export, then hand Google the identifier, once however many days there are.

        What was streamed in just now cannot be deleted yet: it is left to `look_again`.
        """
        visitors = _by_visitor(records)
        for visitor, days in visitors.items():
            await self._deleted(visitor, days, fresh_too=False)
            await self._admin.submit(visitor.property_id, visitor.key, visitor.value)
        for visitor in visitors:
            self._admin.seen_through(visitor.property_id, visitor.value)
        due = self._clock() + self.config.recheck_after
        return [Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=due) for record in records]

    async def look_again(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete what the export was given late, of the days found and of those beside them, then look.

        Google has the identifier already. Raises `TryLater` while rows are too fresh to be deleted.
        """
        for visitor, days in _by_visitor(records).items():
            await self._deleted(visitor, days, fresh_too=True)
        return await self.check(records)

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Look in the export again: `REFUSED` where events remain or came late, else Google's word stands."""
        remaining = {
            (visitor, day_of(suffix))
            for visitor, days in _by_visitor(records).items()
            if days
            for suffix in await self._looking().tables(visitor, days)
        }
        return [_seen(record, remaining) for record in records]

    def may_say(self, record: Record, field: Correctable) -> bool:
        """Never: events are counted by browser, and say what was looked at."""
        return False

    async def walk(self, cursor: str | None = None) -> Walked:
        """The days of every visitor in the export, each as old as the visitor's last day.

        One query for each property and each kind of identifier. It is billed for one column of every daily table (by
        BigQuery's rules at least 10 MB a table); the pages after the first are free. Google keeps a query's result for
        about a day: a walk that takes longer begins that query again.
        """
        if self._export is None:
            return await super().walk(cursor)
        starts = [Trace(property_id=each, key=key, value="") for each in self.config.properties for key in COLUMNS]
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        seen, place = await self._export.visitors(starts[spot.target], spot.place)
        after = Spot(target=spot.target, place=place) if place else Spot(target=spot.target + 1)
        more = after.target < len(starts)
        return Walked(
            sightings=tuple(trace.sighting(last, self.config.name) for trace, last in seen),
            cursor=after.model_dump_json() if more else None,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _exports(self, project: str) -> Export:
        bigquery = BigQuery(self._http, self._token, self.config.bigquery_url, project, self.config.page_size)
        return Export(bigquery, project, self.config.bigquery_dataset)

    def _looking(self) -> Export:
        if self._export is None:
            raise NeedsPerson("records of a BigQuery export, and no export in systems.toml", _NO_EXPORT)
        return self._export

    def _targets(self, identity: Identity) -> Iterator[Trace]:
        """Identifiers first: what is learned meanwhile comes last and moves no cursor."""
        for identifier in identity.identifiers:
            value = google_email(identifier.value) if identifier.kind == Key.EMAIL else identifier.value.strip()
            if identifier.kind in FIELDS and value:
                for property_id in self.config.properties:
                    yield Trace(property_id=property_id, key=identifier.kind, value=value)

    async def _deleted(self, visitor: Trace, days: Sequence[str], *, fresh_too: bool) -> None:
        for suffix in await self._looking().tables(visitor, days) if days else ():
            try:
                await self._looking().delete(visitor, suffix)
            except TooFresh:
                if fresh_too:
                    raise

    async def _found(self, visitor: Trace, place: Place | None) -> tuple[list[Trace], Place | None]:
        if self._export is not None and visitor.key in COLUMNS:
            return await self._export.days(visitor, place, self._clock().date())
        if visitor.key == Key.EMAIL and not await self._admin.collects_addresses(visitor.property_id):
            return [], None
        return [visitor], None

    async def _exported(self, record: Record, trace: Trace) -> Exported | None:
        data: dict[str, Any] = {"property": trace.property_id, field_of(trace.key, trace.value): trace.value}
        files: tuple[FileRef, ...] = ()
        if trace.looked:
            first = await self._looking().first_events(trace)
            if not first.rows:
                return None
            if first.next:
                files = (_file(trace),)
            else:
                data["events"] = [json.loads(row["event"]) for row in first.rows]
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data, files=files)


_NO_EXPORT = "Set bigquery_project in systems.toml again (it was set when these records were found), then retry."


def _by_visitor(records: Sequence[Record]) -> dict[Trace, list[str]]:
    """Each visitor at each property, with the days of the export that are asked for; none where nobody can look."""
    visitors: defaultdict[Trace, list[str]] = defaultdict(list)
    for trace in map(Trace.of, records):
        visitors[trace.visitor()] += trace.days
    return visitors


def _file(trace: Trace) -> FileRef:
    name = f"events-{trace.property_id}-{trace.day}.jsonl"
    return FileRef(name=name, locator=trace.model_dump_json(), media_type="application/x-ndjson")


def _seen(record: Record, remaining: set[tuple[Trace, str]]) -> Outcome:
    trace = Trace.of(record)
    if any((trace.visitor(), day) in remaining for day in trace.days):
        reason = "the BigQuery export still holds events of that day, or was given late ones"
        return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason=reason)
    return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED)
