"""Sprout Social, as far as a privacy request meets it: the inbox and its cases, read only.

State, all of it optional:

    {
      "token": "standin-sprout", "customer": "1001",
      "most_results": 10000,                                        where results are cut
      "messages": [message("igc:1", "instagram", guid="igpr:7", handle="ada.l"), ...],      any order
      "cases": [case("901"), ...],
      "expired": ["<page cursor>"]                                  cursors that are refused the next time, each once
    }

`message` and `case` below make the parts. A field that Sprout does not know, a filter that it does not take, times with
a zone and a second group are refused with 400. Known to differ: no limits by the minute or month (see the faults), and
nothing else of Sprout.
"""

import base64
import re
from typing import Any

from aiohttp import web

from standins.faults import Faults, Handler, breakable

TOKEN = "standin-sprout"
CUSTOMER = "1001"
MOST = 100

FIELDS = frozenset(
    ("guid", "created_time", "network", "post_type", "post_category", "text", "perma_link", "case_id", "profile_guid",
     "from", "from.guid", "from.name", "from.screen_name")
)  # fmt: skip
FILTER = re.compile(r"([a-z_.]+)\.(eq|in)\(([^()]*)\)")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
ITEM = re.compile(r"[A-Za-z0-9_:.=+/-]+")


class SproutError(Exception):
    """A refusal in Sprout's shape."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.body = {"error": said}


def message(
    guid: str,
    network: str,
    *,
    author: str,
    name: str = "Somebody",
    handle: str | None = None,
    created_time: str = "2026-01-30T10:00:00Z",
    group: str = "2001",
    case_id: str | None = None,
    link: str | None = None,
) -> dict[str, Any]:
    """A comment; `author` is the account's id in Sprout. LinkedIn, YouTube and Facebook have no `handle`."""
    sender = {"guid": author, "name": name} | ({"screen_name": handle} if handle else {})
    return {
        "guid": guid,
        "group_id": group,
        "created_time": created_time,
        "network": network.upper(),
        "post_type": f"{network.upper()}_COMMENT",
        "post_category": "COMMENT",
        "profile_guid": "own:1",
        "text": f"What {name} wrote",
        "perma_link": link or f"https://{network.lower()}.example/p/{guid.rpartition(':')[2]}",
        "from": sender,
        **({"case_id": case_id} if case_id else {}),
    }


def case(number: str, *, created_time: str = "2026-01-30T11:00:00Z") -> dict[str, Any]:
    """A case that staff made."""
    return {
        "case_id": number,
        "type": "general",
        "group_id": "2001",
        "priority": "LOW",
        "status": "CLOSED",
        "messages": [],
        "created_by": "urn:spt:core:account_login:1",
        "created_time": created_time,
        "updated_time": created_time,
        "assigned_to": ["urn:spt:core:account_login:1"],
        "tags": [],
    }


class Sprout:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state, what it leaves out filled in."""
        self.held: dict[str, Any] = {
            "token": TOKEN,
            "customer": CUSTOMER,
            "most_results": 10_000,
            "messages": [],
            "cases": [],
            "expired": [],
        } | state

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        return self.held

    async def messages(self, request: web.Request) -> web.Response:
        """POST /v1/{customer}/messages."""
        query = await self._query(request, frozenset({"filters", "fields", "limit", "timezone", "page_cursor", "sort"}))
        fields = query.get("fields", ["guid"])
        if not set(fields) <= FIELDS:
            raise SproutError(400, "Requested invalid fields")
        filters = _filters(query)
        if "message_id" in filters:
            found = [m for m in self.held["messages"] if m["guid"] in _alone(filters, "message_id")]
        else:
            found = [m for m in self.held["messages"] if _passes(m, filters)]
        found.sort(key=lambda m: (m["created_time"], m["guid"]), reverse=query.get("sort") != ["created_time:asc"])
        return self._paged(query, [_shown(each, fields) for each in found])

    async def cases(self, request: web.Request) -> web.Response:
        """POST /v1/{customer}/cases/filter, by ids."""
        query = await self._query(request, frozenset({"filters", "limit", "timezone", "page_cursor", "sort"}))
        wanted = _alone(_filters(query), "case_id")
        return self._paged(query, [each for each in self.held["cases"] if each["case_id"] in wanted])

    async def _query(self, request: web.Request, known: frozenset[str]) -> dict[str, Any]:
        if request.headers.get("Authorization") != f"Bearer {self.held['token']}":
            raise SproutError(401, "Unauthorized")
        if request.match_info["customer"] != self.held["customer"]:
            raise SproutError(403, "Forbidden")
        query: dict[str, Any] = await request.json()
        if query.keys() - known or not 1 <= query.get("limit", 50) <= MOST:
            raise SproutError(400, "Bad request")
        return query

    def _paged(self, query: dict[str, Any], found: list[dict[str, Any]]) -> web.Response:
        cursor = query.get("page_cursor")
        if cursor in self.held["expired"]:
            self.held["expired"].remove(cursor)
            raise SproutError(400, "Invalid page_cursor")
        shown = found[: self.held["most_results"]] if "sort" in query else found  # of a hundred by id, all are shown
        start, limit = int(base64.b64decode(cursor)) if cursor else 0, query.get("limit", 50)
        body: dict[str, Any] = {"data": shown[start : start + limit]}
        if start + limit < len(shown):
            body["paging"] = {"next_cursor": base64.b64encode(str(start + limit).encode()).decode()}
        return web.json_response(body)


def _filters(query: dict[str, Any]) -> dict[str, list[str]]:
    """Each filter's values: the ends of a range, or what it may be equal to."""
    found: dict[str, list[str]] = {}
    for each in query.get("filters", []):
        parts = FILTER.fullmatch(each)
        if not parts:
            raise SproutError(400, "Invalid filter")
        name, kind, values = parts.groups()
        found[name] = values.split("..") if kind == "in" else [value.strip() for value in values.split(",")]
        known = TIME if kind == "in" else ITEM
        if not all(known.fullmatch(value) for value in found[name]):
            raise SproutError(400, "Invalid filter")
    if not found:
        raise SproutError(400, "A filter is required")
    return found


def _alone(filters: dict[str, list[str]], name: str) -> list[str]:
    if filters.keys() != {name} or len(filters[name]) > MOST:
        raise SproutError(400, f"{name} must be used exclusively of all other filters")
    return filters[name]


def _passes(held: dict[str, Any], filters: dict[str, list[str]]) -> bool:
    if filters.keys() - {"group_id", "created_time", "from.guid"} or len(filters.get("group_id", [])) != 1:
        raise SproutError(400, "No more than one group_id, and no other filters")
    first, last = filters["created_time"]
    return (
        held["group_id"] in filters["group_id"]
        and first <= held["created_time"].rstrip("Z") <= last
        and ("from.guid" not in filters or held["from"]["guid"] in filters["from.guid"])
    )


def _shown(held: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """The fields that were asked for; those of an author inside of it."""
    shown: dict[str, Any] = {name: held[name] for name in fields if name in held}
    inner = {name.partition(".")[2] for name in fields if name.startswith("from.")}
    author = {name: value for name, value in held["from"].items() if name in inner}
    return shown | ({"from": author} if author else {})


FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit_without_hint": (429, {}, {"error": "Too Many Requests"}),
    "not_ready": (202, {}, {"data": []}),
    "server_error": (500, {}, {"error": "Internal Server Error"}),
    "unauthorised": (401, {}, {"error": "Unauthorized"}),
    "forbidden": (403, {}, {"error": "Forbidden"}),
}


@web.middleware
async def in_sprouts_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as Sprout puts them."""
    try:
        return await handler(request)
    except SproutError as refused:
        return web.json_response(refused.body, status=refused.status)


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above."""
    sprout = Sprout(state or {})
    application = web.Application(middlewares=[in_sprouts_words], client_max_size=256 << 20)
    application.router.add_post("/v1/{customer}/messages", sprout.messages)
    application.router.add_post("/v1/{customer}/cases/filter", sprout.cases)
    breakable(application, Faults(bodies=FAULTS), sprout.state, sprout.replace)
    return application
