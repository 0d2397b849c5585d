"""A plain JSON service: people, their tickets and orders, each listed in another way.

State: {"people": [{"id": 1, "email": "ada@example.com", "more_emails": [], "number": "C-1", "name": {"first": "Ada",
"last": null}, "phone": null, "created": "2026-01-31T09:00:00Z", "password_hash": "..."}],
"tickets": [{"id": "t-1", "from": {"address": "ada@example.com"}, "subject": "...", "opened": 1700000000}],
"orders": [{"id": 1, "customer": "C-1", "paid_on": "2026-01-31"}]}

People are found by a part of an address, and the next page is a link; tickets by a search with an offset in its body;
orders under their customer, by numbered pages, and 404 where there are none. Every list of all is by cursor. What is
deleted is gone at once; with `slow` in the state it is promised, and goes when `_control/state` is written.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from standins.faults import Faults, breakable

KEY = "standin-declared"
PAGE = 2
NOT_FOUND = {"error": {"code": "not_found"}}

Thing = dict[str, Any]


class Service:
    """All records, by kind and id."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Thing]] = {}
        self.slow = False
        self.replace({})

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {kind: list(things.values()) for kind, things in self.held.items()} | {"slow": self.slow}

    def replace(self, state: dict[str, Any]) -> None:
        """Hold this instead."""
        self.slow = bool(state.get("slow", False))
        self.held = {kind: {str(t["id"]): t for t in state.get(kind, [])} for kind in ("people", "tickets", "orders")}

    async def people(self, request: web.Request) -> web.Response:
        """GET /people?email=&number=&after=: a part of an address will do, capitals do not matter."""
        wanted, number = request.query.get("email", "").lower(), request.query.get("number")
        found = [
            each
            for each in self.held["people"].values()
            if any(wanted in address.lower() for address in (each["email"] or "", *each["more_emails"]))
            and number in (None, each["number"])
        ]
        page, following = _page(found, request.query.get("after", ""))
        link = str(request.url.update_query(after=following)) if following else None
        return web.json_response({"people": page, "links": {"next": link}})

    async def search(self, request: web.Request) -> web.Response:
        """POST /tickets/search {"where": {"from": part}, "page": {"offset": n}}."""
        asked = await request.json()
        wanted, offset = asked["where"]["from"].lower(), int(asked.get("page", {}).get("offset", 0))
        found = [each for each in self.held["tickets"].values() if wanted in each["from"]["address"].lower()]
        return web.json_response({"hits": [{"ticket": each} for each in found[offset : offset + PAGE]]})

    async def orders(self, request: web.Request) -> web.Response:
        """GET /customers/{number:.+}/orders?page=1."""
        number, page = request.match_info["number"], int(request.query.get("page", "1"))
        found = [each for each in self.held["orders"].values() if each["customer"] == number]
        if not found:
            return web.json_response(NOT_FOUND, status=404)
        return web.json_response(found[(page - 1) * PAGE : page * PAGE])

    async def everything(self, request: web.Request) -> web.Response:
        """GET /all/{kind}?cursor=."""
        page, following = _page(list(self.held[request.match_info["kind"]].values()), request.query.get("cursor", ""))
        return web.json_response({"items": page, "next": following})

    async def one(self, request: web.Request) -> web.Response:
        """GET, PATCH or DELETE /{kind}/{id}; PATCH takes {"change": {...}}, merged."""
        things, number = self.held[request.match_info["kind"]], request.match_info["id"]
        thing = things.get(number)
        if thing is None:
            return web.json_response(NOT_FOUND, status=404)
        if request.method == "DELETE":
            if not self.slow:
                del things[number]
            return web.Response(status=202 if self.slow else 204)
        if request.method == "PATCH":
            change = (await request.json())["change"]
            if any(len(str(value)) > 300 for value in change.values()):
                return web.json_response({"error": {"code": "too_long"}}, status=422)
            things[number] = thing = _merged(thing, change)
        return web.json_response({"item": thing})


def app(seed: dict[str, Any] | None = None) -> web.Application:
    """The stand-in."""
    service = Service()
    service.replace(seed or {})
    application = web.Application(middlewares=[_authorised], client_max_size=64 << 20)
    application.router.add_get("/people", service.people)
    application.router.add_post("/tickets/search", service.search)
    application.router.add_get("/customers/{number:.+}/orders", service.orders)
    application.router.add_get("/all/{kind}", service.everything)
    for method in ("GET", "PATCH", "DELETE"):
        application.router.add_route(method, "/{kind:people|tickets|orders}/{id}", service.one)
    breakable(application, Faults(), service.state, service.replace)
    return application


@web.middleware
async def _authorised(request: web.Request, handler: Any) -> web.StreamResponse:
    if "/_control/" not in request.path and request.headers.get("Authorization") != f"Bearer {KEY}":
        return web.json_response({"error": {"code": "unauthorised"}}, status=401)
    response: web.StreamResponse = await handler(request)
    return response


def _page(found: list[Thing], after: str) -> tuple[list[Thing], str | None]:
    """Those behind an id, whether it is still there or not, and the last id when there are more."""
    rest = [each for each in sorted(found, key=lambda each: str(each["id"])) if str(each["id"]) > after]
    return rest[:PAGE], str(rest[PAGE - 1]["id"]) if len(rest) > PAGE else None


def _merged(thing: Mapping[str, Any], change: Mapping[str, Any]) -> Thing:
    merged = dict(thing)
    for name, value in change.items():
        inner = merged.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
