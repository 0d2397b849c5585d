"""BigQuery over HTTP: GoogleSQL with named parameters, run to its end, read page by page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from connectors.connector import NeedsPerson, TryLater
from connectors.google_account import PASSING, Incoming, ServiceAccountToken
from connectors.http import Answer, Http

LONG_POLL = "10000"
"""Milliseconds that BigQuery may hold a request open while a query runs."""
MAX_POLLS = 30


Values = Mapping[str, str | Sequence[str]]
"""What `@name` stands for in a statement: a string, or an array of them."""


class Place(Incoming):
    """Where the next page of a query's results starts. Google keeps results for about a day."""

    job: str
    location: str = ""
    page: str = ""


class Page(Incoming):
    """Some rows of a query, each by column name, every value as text."""

    rows: tuple[dict[str, str], ...] = ()
    next: Place | None = None


class _JobReference(Incoming):
    jobId: str  # noqa: N815 - Google's spelling
    location: str = ""


class _Field(Incoming):
    name: str


class _Schema(Incoming):
    fields: tuple[_Field, ...] = ()


class _Cell(Incoming):
    v: str | None = None


class _Row(Incoming):
    f: tuple[_Cell, ...]


class _Problem(Incoming):
    reason: str = ""


class _Results(Incoming):
    """`QueryResponse` and `GetQueryResultsResponse`, as far as they agree."""

    jobComplete: bool  # noqa: N815
    jobReference: _JobReference  # noqa: N815
    columns: _Schema = Field(default=_Schema(), alias="schema")
    rows: tuple[_Row, ...] = ()
    totalRows: str | None = None  # noqa: N815
    numDmlAffectedRows: str | None = None  # noqa: N815
    pageToken: str = ""  # noqa: N815
    errors: tuple[_Problem, ...] = ()


class BigQuery:
    """GoogleSQL statements with named parameters, run to their end and read page by page."""

    def __init__(self, http: Http, token: ServiceAccountToken, url: str, project: str, page_size: int) -> None:
        self._http = http
        self._token = token
        self._url = url
        self._project = project
        self._page_size = page_size

    async def run(self, sql: str, values: Values, *, gone_ok: bool = False) -> Page:
        """Run a statement (`@name` stands for a value) and return its first page.

        `TryLater` when it has not ended after `MAX_POLLS` long polls. With `gone_ok`, a table that is not there any
        more is an empty page.
        """
        body = {
            "query": sql,
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [_parameter(name, value) for name, value in values.items()],
            "maxResults": self._page_size,
            "timeoutMs": int(LONG_POLL),
        }
        ok = frozenset({200, 404}) if gone_ok else frozenset({200})
        answer = await self._call("POST", "/bigquery/v2/projects/{}/queries", self._project, json=body, ok=ok)
        return Page() if answer.status == 404 else await self._ended(answer)

    async def pages(self, sql: str, values: Values) -> AsyncIterator[Page]:
        """Run a statement and return every page of it, at least one."""
        page: Page | None = await self.run(sql, values)
        while page:
            yield page
            if page.next is None:
                return
            page = await self.more(page.next)
        raise TryLater("BigQuery forgot a query's results before they were read")

    async def more(self, place: Place) -> Page | None:
        """The page at this place; `None` when Google no longer keeps the results."""
        answer = await self._results(place, frozenset({200, 404}))
        return None if answer.status == 404 else await self._ended(answer)

    async def _ended(self, answer: Answer) -> Page:
        results = answer.read(_Results)
        for _ in range(MAX_POLLS):
            if results.jobComplete:
                return _page(results)
            job = results.jobReference
            results = (await self._results(Place(job=job.jobId, location=job.location))).read(_Results)
        raise TryLater(f"{answer.path}: the query still runs")

    async def _results(self, place: Place, ok: frozenset[int] = frozenset({200})) -> Answer:
        params = {"maxResults": str(self._page_size), "timeoutMs": LONG_POLL}
        params |= {"pageToken": place.page} if place.page else {}
        params |= {"location": place.location} if place.location else {}
        path = "/bigquery/v2/projects/{}/queries/{}"
        return await self._call("GET", path, self._project, place.job, params=params, ok=ok)

    async def _call(self, method: str, path: str, *args: str, **more: Any) -> Answer:
        try:
            headers = await self._token.header()
            answer = await self._http.request(method, path, *args, base_url=self._url, headers=headers, **more)
        except NeedsPerson:
            self._token.forget()
            raise
        answer.json()  # a gateway's page, whatever its status, is no word of BigQuery's
        return answer


def _parameter(name: str, value: str | Sequence[str]) -> dict[str, Any]:
    if isinstance(value, str):
        return {"name": name, "parameterType": {"type": "STRING"}, "parameterValue": {"value": value}}
    return {
        "name": name,
        "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
        "parameterValue": {"arrayValues": [{"value": item} for item in value]},
    }


def _page(results: _Results) -> Page:
    """The rows of a query that ended. Beside results, `errors` are warnings; in their place, they are the result."""
    if results.totalRows is None and results.numDmlAffectedRows is None:
        reasons = sorted({problem.reason for problem in results.errors})
        said = f"BigQuery ended a query without a result: {', '.join(reasons) or 'no reason given'}"
        if PASSING.intersection(reasons) or not reasons:
            raise TryLater(said)
        raise NeedsPerson(said, "BigQuery refused the query as it stands. An engineer should look at the export.")
    names = [field.name for field in results.columns.fields]
    rows = tuple(dict(zip(names, (cell.v or "" for cell in row.f), strict=True)) for row in results.rows)
    job = results.jobReference
    after = Place(job=job.jobId, location=job.location, page=results.pageToken) if results.pageToken else None
    return Page(rows=rows, next=after)
