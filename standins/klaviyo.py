"""Klaviyo, as far as a privacy request meets it.

State, all of it optional:

    {
      "key": "pk_standin",              the private key
      "steady": 60,                     requests that a route takes in a minute before 429; null: no limit
      "deletes_at_once": true,          whether a deletion is carried out at once, or when this is set later
      "jobs_take": 0,                   how often a bulk job still answers "queued"
      "unique": true,                   whether two profiles may not have the same address, number or external id
      "links_to": "",                   another host, which links to the next page name
      "profiles": [{
        "id": "01A", "email": "ada@example.com", "phone_number": "+12025550143", "external_id": "C-1",
        "first_name": "Ada", "last_name": "...", "organization": "...", "location": {"city": "..."},
        "properties": {}, "created": "...", "updated": "...", "last_event_date": "...",
        "consent": "SUBSCRIBED", "suppression": [{"reason": "UNSUBSCRIBE", "timestamp": "..."}],
        "lists": ["L1"], "segments": ["S1"]
      }],
      "events": [{"id": "e1", "profile": "01A", "metric": "Opened Email", "event_properties": {}}],
      "lists": {"L1": "Newsletter"}, "segments": {"S1": "Engaged"},
      "deleting": [], "deleted": [], "jobs": [...]
    }

Addresses are kept in small letters. Known to differ: ids sort as they are written, a cursor is an id, and a location
that is changed keeps the parts that are not named.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from standins.faults import Faults, Handler, breakable
from standins.klaviyo_account import KEY, Account, Problem, State, invalid, missing, read
from standins.klaviyo_shapes import event, job_of, list_of, metric, profile_of, segment

__all__ = ["KEY", "app"]

JSON_API = "application/vnd.api+json"
SEED_BYTES = 256 << 20
MOST = {"profiles": (20, 100), "events": (200, 1000)}
"""Of each list, how many are on a page: as a rule, and at most."""


class Routes:
    """The vendor's routes over one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def profiles(self, request: web.Request) -> web.Response:
        """GET profiles, by one identifier or all."""
        found = self.account.filtered(request.query.get("filter"))
        return self._page(request, found, lambda each: profile_of(each, request))

    async def profile(self, request: web.Request) -> web.Response:
        """GET a profile."""
        return answer(one(request, profile_of(self.account.profile(request.match_info["id"]), request)))

    async def update(self, request: web.Request) -> web.Response:
        """PATCH a profile."""
        data = await document(request, "profile")
        if data.get("id") != request.match_info["id"]:
            raise invalid("The id in the path and in the document differ.", "/data/id")
        return answer(one(request, profile_of(self.account.change(data["id"], data["attributes"]), request)))

    async def lists(self, request: web.Request) -> web.Response:
        """GET the lists that a profile is on."""
        held = self.account.profile(request.match_info["id"]).get("lists", [])
        return answer(many(request, [list_of(name, self.account.lists[name], request) for name in held]))

    async def segments(self, request: web.Request) -> web.Response:
        """GET the segments that a profile is in."""
        held = self.account.profile(request.match_info["id"]).get("segments", [])
        return answer(many(request, [segment(name, self.account.segments[name], request) for name in held]))

    async def events(self, request: web.Request) -> web.Response:
        """GET a profile's events, with their metrics where these are asked for."""
        _, profile = read(request.query.get("filter", ""), ("profile_id",))
        found = [each for each in self.account.events if each["profile"] == profile]
        metrics = "metric" in request.query.get("include", "").split(",")
        return self._page(request, found, lambda each: event(each, request), metrics=metrics)

    async def delete(self, request: web.Request) -> web.Response:
        """POST a deletion: accepted, without a word."""
        data = await document(request, "data-privacy-deletion-job")
        profile = data["attributes"]["profile"]["data"]
        given = [profile.get("id"), *(profile["attributes"].get(name) for name in ("email", "phone_number"))]
        if sum(value is not None for value in given) != 1:
            raise invalid("Exactly one identifier has to be provided.", "/data/attributes/profile")
        if profile.get("id"):
            self.account.delete(profile["id"])
        else:
            for each in [p for p in self.account.profiles.values() if p.get("email") == given[1]]:
                self.account.delete(each["id"])
        return web.Response(status=202)

    def start(self, what: str) -> Handler:
        """POST a bulk job on suppressions."""

        async def handle(request: web.Request) -> web.StreamResponse:
            data = await document(request, f"profile-suppression-bulk-{what}-job")
            addresses = [each["attributes"]["email"].lower() for each in data["attributes"]["profiles"]["data"]]
            if not 0 < len(addresses) <= 100:
                raise invalid("At most 100 profiles can be provided.", "/data/attributes/profiles")
            return answer(one(request, job_of(self.account.suppress(what, addresses), request)), status=202)

        return handle

    def job(self, what: str) -> Handler:
        """GET a bulk job."""

        async def handle(request: web.Request) -> web.StreamResponse:
            job = self.account.jobs.get(request.match_info["job_id"])
            if job is None or job["what"] != what:
                raise missing("job", request.match_info["job_id"])
            return answer(one(request, job_of(self.account.work_on(job), request)))

        return handle

    def _page(
        self, request: web.Request, found: list[State], shape: Callable[[State], State], *, metrics: bool = False
    ) -> web.Response:
        """A page behind the cursor, and a link to the next."""
        usual, most = MOST[request.path.rpartition("/")[2]]  # wherever the stand-in is mounted
        size = request.query.get("page[size]", str(usual))
        if not size.isdecimal() or not 1 <= int(size) <= most:
            raise invalid(f"Page size must be an integer between 1 and {most}.", "/query/page[size]")
        behind = request.query.get("page[cursor]", "")
        start = next((n for n, each in enumerate(found) if str(each["id"]) > behind), len(found)) if behind else 0
        part = found[start : start + int(size)]
        body = many(request, [shape(each) for each in part])
        if metrics:
            body["included"] = [metric(name, request) for name in dict.fromkeys(each["metric"] for each in part)]
        if len(found) > start + len(part):
            query = {**request.query, "page[cursor]": part[-1]["id"]}
            origin = self.account.links_to or str(request.url.origin())
            body["links"]["next"] = f"{origin}{request.path}?{urlencode(query)}"
        return answer(body)


def one(request: web.Request, thing: State) -> State:
    """A document about one thing."""
    return {"data": thing, "links": {"self": str(request.url)}}


def many(request: web.Request, things: list[State]) -> State:
    """A document about several."""
    return {"data": things, "links": {"self": str(request.url)}}


def answer(body: State, status: int = 200) -> web.Response:
    """A document as an answer."""
    return web.json_response(body, status=status, content_type=JSON_API)


async def document(request: web.Request, kind: str) -> State:
    """The data of the request's document, refused if it is of another type."""
    try:
        body = await request.json()
    except ValueError:
        raise invalid("The payload provided in the request is invalid JSON.") from None
    data = body.get("data") if isinstance(body, dict) else None
    if request.content_type not in {JSON_API, "application/json"} or not isinstance(data, dict):
        raise invalid("A JSON:API document was expected.")
    if data.get("type") != kind or "attributes" not in data:
        raise invalid(f"The type must be {kind}.", "/data/type")
    return data


def guarded(account: Account) -> Any:
    """The middleware before every route: key, revision, what is left of the minute, error documents."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "/_control/" in request.path:
            return await handler(request)
        route = request.match_info.route.resource
        left, seconds = account.left(f"{request.method} {route and route.canonical}", time.monotonic())
        if left < 0:
            throttled = Problem(429, "throttled", "Request was throttled.", f"Expected available in {seconds} seconds.")
            return refusal(throttled, {"Retry-After": str(seconds)})
        response = await answered(request, handler)
        limit = str(account.steady or 700)
        said = {"RateLimit-Limit": limit, "RateLimit-Remaining": str(left), "RateLimit-Reset": str(seconds)}
        response.headers.update(said)
        return response

    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            check(request, account.key)
            return await handler(request)
        except web.HTTPNotFound:
            return refusal(Problem(404, "not_found", "Not found.", f"The path {request.path} could not be found."))
        except Problem as said:
            return refusal(said)

    return guard


def check(request: web.Request, key: str) -> None:
    """The key, and the revision that every request has to name."""
    if request.headers.get("Authorization") != f"Klaviyo-API-Key {key}":
        detail = "Missing or invalid private key."
        raise Problem(401, "not_authenticated", "Authentication credentials were not provided.", detail)
    if "revision" not in request.headers:
        raise invalid("A revision header is required.")


def refusal(said: Problem, headers: dict[str, str] | None = None) -> web.Response:
    """An error as the vendor words it."""
    response = answer(said.body, status=said.status)
    response.headers.update(headers or {})
    return response


def app(state: State | None = None) -> web.Application:
    """A Klaviyo of its own, seeded with `state`."""
    account = Account(state)
    routes = Routes(account)
    application = web.Application(client_max_size=SEED_BYTES)
    breakable(application, Faults(bodies=bodies()), account.state, account.replace)
    application.middlewares.append(guarded(account))
    add = application.router.add_route
    add("GET", "/api/profiles", routes.profiles)
    add("GET", "/api/profiles/{id}", routes.profile)
    add("PATCH", "/api/profiles/{id}", routes.update)
    add("GET", "/api/profiles/{id}/lists", routes.lists)
    add("GET", "/api/profiles/{id}/segments", routes.segments)
    add("GET", "/api/events", routes.events)
    add("POST", "/api/data-privacy-deletion-jobs", routes.delete)
    for what in ("create", "delete"):
        add("POST", f"/api/profile-suppression-bulk-{what}-jobs", routes.start(what))
        add("GET", f"/api/profile-suppression-bulk-{what}-jobs/{{job_id}}", routes.job(what))
    return application


def bodies() -> dict[str, tuple[int, dict[str, str], Any]]:
    """How Klaviyo words what goes wrong."""
    throttled = Problem(429, "throttled", "Request was throttled.", "Expected available in 1 second.")
    said = {
        "unauthorised": Problem(401, "not_authenticated", "Not authenticated.", "Missing or invalid private key."),
        "forbidden": Problem(403, "permission_denied", "Forbidden.", "The key lacks a scope."),
        "server_error": Problem(500, "error", "Internal error.", "An unexpected error has occurred."),
        "rate_limit_without_hint": throttled,
        "rate_limit": throttled,
    }
    headers = {"Content-Type": JSON_API}
    waits = {"rate_limit": {"Retry-After": "1"}}
    return {kind: (each.status, headers | waits.get(kind, {}), each.body) for kind, each in said.items()}
