"""Google Analytics Admin (v1alpha), BigQuery (v2) and the token endpoint, as far as a privacy request meets them.

One application is all three: give its address as base_url and bigquery_url, and `<address>/token` as token_url.

State, all of it optional:

    {
      "service_accounts": {"<client_email>": "<public key, PEM>"},     who may ask; see `service_account`, `public_key`
      "properties": {
        "123": {"userProvidedDataCollectionEnabled": false,
                "dataStreams": ["WEB_DATA_STREAM"],     their types; IOS_APP_DATA_STREAM, ANDROID_APP_DATA_STREAM
                "deletions": [{"clientId": "...", "deletionRequestTime": "2026-01-31T10:00:00Z"}]}   what was submitted
      },
      "project": "standin",
      "datasets": {"analytics_123": {"events_20260131": [{"event_timestamp": "1769853600000000", "event_name":
                   "page_view", "user_pseudo_id": "1.2", "user_id": "u-1", ...}]}},
      "streaming": ["events_intraday_20260131"],     tables whose rows are too fresh for DML
      "slow": 0,                                      each statement answers so many times that it is not complete
      "fails": null                                   a reason: statements end with `errors` and no result, and 200
    }

Known to differ: submitting a deletion changes no export (as at Google), and no report either, there being none.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from standins.faults import Faults, breakable
from standins.ga4_bigquery import Result, Warehouse, named
from standins.google_account import GoogleError, Tokens, body, in_googles_words, public_key, service_account

__all__ = ["app", "public_key", "service_account"]

EDIT = "https://www.googleapis.com/auth/analytics.edit"
BIGQUERY = "https://www.googleapis.com/auth/bigquery"

IDENTIFIERS = frozenset({"userId", "clientId", "appInstanceId", "userProvidedData"})
QUERY = frozenset({"query", "useLegacySql", "parameterMode", "queryParameters", "maxResults", "timeoutMs", "location"})
RESULTS = frozenset({"maxResults", "timeoutMs", "location", "pageToken", "startIndex"})


@dataclass
class Job:
    """A statement that was started; it has its result at once, and may be slow to say so."""

    result: Result
    waits: int


class Google:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.tokens = Tokens()
        self.jobs: dict[str, Job] = {}
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state; tokens and jobs go on."""
        self.tokens.keys = state.get("service_accounts", {})
        self.properties: dict[str, dict[str, Any]] = state.get("properties", {})
        self.warehouse = Warehouse(
            state.get("project", "standin"), state.get("datasets", {}), state.get("streaming", [])
        )
        self.slow: int = state.get("slow", 0)
        self.fails: str | None = state.get("fails")

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        return {
            "service_accounts": self.tokens.keys,
            "properties": self.properties,
            "project": self.warehouse.project,
            "datasets": self.warehouse.datasets,
            "streaming": self.warehouse.streaming,
            "slow": self.slow,
            "fails": self.fails,
        }

    async def submit(self, request: web.Request) -> web.Response:
        """POST properties/{id}:submitUserDeletion."""
        self.tokens.require(request, EDIT)
        held = self._property(request)
        asked = await request.json()
        if len(asked) != 1 or not asked.keys() <= IDENTIFIERS or not all(asked.values()):
            raise GoogleError(400, "INVALID_ARGUMENT", "badRequest", "Exactly one user identifier must be set.")
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        held.setdefault("deletions", []).append({**asked, "deletionRequestTime": at})
        return web.json_response({"deletionRequestTime": at})

    async def settings(self, request: web.Request) -> web.Response:
        """GET properties/{id}/userProvidedDataSettings."""
        self.tokens.require(request, EDIT)
        held = self._property(request)
        answer: dict[str, Any] = {"name": f"properties/{request.match_info['property']}/userProvidedDataSettings"}
        if held.get("userProvidedDataCollectionEnabled"):
            answer["userProvidedDataCollectionEnabled"] = True
        return web.json_response(answer)

    async def streams(self, request: web.Request) -> web.Response:
        """GET properties/{id}/dataStreams, one a page."""
        self.tokens.require(request, EDIT)
        held = self._property(request).get("dataStreams", ["WEB_DATA_STREAM"])
        if request.query.keys() - {"pageSize", "pageToken"}:
            raise GoogleError(400, "INVALID_ARGUMENT", "badRequest", "Invalid query parameter")
        start = int(request.query.get("pageToken", "0"))
        name = f"properties/{request.match_info['property']}/dataStreams/{start + 1}"
        shown = [{"name": name, "type": kind, "displayName": kind} for kind in held[start : start + 1]]
        after = {"nextPageToken": str(start + 1)} if start + 1 < len(held) else {}
        return web.json_response(({"dataStreams": shown} if shown else {}) | after)

    async def query(self, request: web.Request) -> web.Response:
        """POST projects/{project}/queries."""
        self._project(request)
        asked = await request.json()
        if asked.keys() - QUERY:
            raise GoogleError(400, "INVALID_ARGUMENT", "invalid", "Invalid JSON payload received. Unknown name")
        if asked.get("useLegacySql") is not False or asked.get("parameterMode") != "NAMED":
            raise GoogleError(400, "INVALID_ARGUMENT", "invalidQuery", "Legacy SQL and positional parameters: not here")
        result = self.warehouse.run(asked["query"], named(asked.get("queryParameters", [])))
        name = f"job_{uuid.uuid4().hex}"
        self.jobs[name] = Job(result, self.slow)
        return self._answer("bigquery#queryResponse", name, 0, int(asked.get("maxResults", 10_000)))

    async def results(self, request: web.Request) -> web.Response:
        """GET projects/{project}/queries/{job}."""
        self._project(request)
        name, asked = request.match_info["job"], request.query
        if name not in self.jobs:
            raise GoogleError(404, "NOT_FOUND", "notFound", "Not found: Job")
        if asked.keys() - RESULTS:
            raise GoogleError(400, "INVALID_ARGUMENT", "invalid", "Invalid query parameter")
        start = int(asked.get("pageToken", "0"))
        return self._answer("bigquery#getQueryResultsResponse", name, start, int(asked.get("maxResults", 10_000)))

    def _answer(self, kind: str, name: str, start: int, limit: int) -> web.Response:
        job = self.jobs[name]
        reference = {"projectId": self.warehouse.project, "jobId": name, "location": "US"}
        answer: dict[str, Any] = {"kind": kind, "jobReference": reference, "jobComplete": job.waits == 0}
        if job.waits:
            job.waits -= 1
        elif self.fails:
            answer["errors"] = [{"reason": self.fails, "message": "The query ended without a result."}]
        else:
            answer |= _rows(job.result, start, limit)
        return web.json_response(answer)

    def _property(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.properties[request.match_info["property"]]
        except KeyError:
            said = "User does not have sufficient permissions for this property."
            raise GoogleError(403, "PERMISSION_DENIED", "forbidden", said) from None

    def _project(self, request: web.Request) -> None:
        self.tokens.require(request, BIGQUERY)
        if request.match_info["project"] != self.warehouse.project:
            raise GoogleError(404, "NOT_FOUND", "notFound", "Not found: Project")


def _rows(result: Result, start: int, limit: int) -> dict[str, Any]:
    if result.deleted is not None:
        return {"numDmlAffectedRows": str(result.deleted), "totalBytesProcessed": "0"}
    page, after = result.rows[start : start + limit], start + limit
    answer = {
        "schema": {"fields": [{"name": n, "type": t, "mode": "NULLABLE"} for n, t in result.columns]},
        "totalRows": str(len(result.rows)),
        "rows": [{"f": [{"v": value} for value in row]} for row in page],
        "totalBytesProcessed": "0",
        "cacheHit": False,
    }
    return answer | ({"pageToken": str(after)} if after < len(result.rows) else {})


DAY_USED_UP = {
    "error": {
        "code": 429,
        "message": "Quota exceeded for quota metric 'User deletions' and limit 'User deletions per day per property'.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "service": "analyticsadmin.googleapis.com",
                    "quota_limit": "UserDeletionsPerDayPerProperty",
                    "quota_limit_value": "500",
                    "quota_unit": "1/d/{project}/{property}",
                },
            }
        ],
    }
}
"""How Google says that a quota by the day is used up: only its details tell it from one by the minute."""

FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit": (
        429,
        {"Retry-After": "1"},
        body(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "Quota exceeded for quota metric 'Requests'."),
    ),
    "rate_limit_without_hint": (
        403,
        {},
        body(403, "PERMISSION_DENIED", "quotaExceeded", "Quota exceeded: too many concurrent queries."),
    ),
    "day_used_up": (429, {}, DAY_USED_UP),
    "server_error": (500, {}, body(500, "INTERNAL", "internalError", "Internal error encountered.")),
    "unauthorised": (401, {}, body(401, "UNAUTHENTICATED", "authError", "Invalid authentication credentials.")),
    "forbidden": (403, {}, body(403, "PERMISSION_DENIED", "accessDenied", "Access Denied: permission missing.")),
}


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above."""
    google = Google(state or {})
    application = web.Application(middlewares=[in_googles_words], client_max_size=256 << 20)
    router = application.router
    router.add_post("/token", google.tokens.grant)
    router.add_post(r"/v1alpha/properties/{property:\d+}:submitUserDeletion", google.submit)
    router.add_get(r"/v1alpha/properties/{property:\d+}/userProvidedDataSettings", google.settings)
    router.add_get(r"/v1alpha/properties/{property:\d+}/dataStreams", google.streams)
    router.add_post("/bigquery/v2/projects/{project}/queries", google.query)
    router.add_get("/bigquery/v2/projects/{project}/queries/{job}", google.results)
    breakable(application, Faults(bodies=FAULTS), google.state, google.replace)
    return application
