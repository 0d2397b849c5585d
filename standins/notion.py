"""Notion, as far as a privacy request meets it, in its version 2026-03-11. Its routes are under `/v1`, as at Notion.

State, all of it optional (what a real thing has and the seed leaves out is filled in):

    {
      "token": "standin-notion",
      "result_limit": 10000,               results of one query; then it is `incomplete`
      "file_seconds": 3600,                how long a file's address is good
      "users": {"<uuid>": {"name": "Ada", "email": "ada@example.com", "guest": false, "type": "person"}},
      "files": {"brief.pdf": "text"},      by name; named by pages and blocks
      "data_sources": {"<uuid>": {"title": "Clients", "in_trash": false,
                                  "properties": {"Name": "title", "Email": "email", "Client": "people"}}},
      "pages": [{
        "id": "<uuid>", "data_source": "<uuid>", "in_trash": false, "created_time": "2025-01-15T09:00:00.000Z",
        "properties": {                    values in short, as the type says:
          "Name": "Ada",                   title, rich_text, email, url, phone_number: text
          "Stage": "Won",                  select, status: the option; multi_select: a list of them
          "Client": ["<user uuid>"],       people, relation: ids
          "Closed": "2025-03-01",          date: a day, or {"start", "end", "time_zone"}
          "Brief": [{"name": "brief.pdf", "file": "brief.pdf"}, {"name": "site", "url": "https://..."}]
        },
        "icon": {"emoji": "x"}, "cover": {"file": "brief.pdf"},
        "blocks": [{"type": "toggle", "text": "More", "children": [{"type": "image", "file": "brief.pdf"}]},
                   {"type": "child_database", "text": "Meetings", "data_source": "<uuid>"}],    its rows: pages there
        "comments": [{"text": "Call her", "created_by": "<user uuid>", "files": ["brief.pdf"]}]
      }]
    }

Many pages are a list like few: `[{"data_source": d, "properties": {"Email": "a@b.example"}} for _ in range(30_000)]`;
a query is evaluated once and kept until something changes.

Where Notion does not say how it is, this is the stricter of two ways: a page in the trash takes nothing but its way
out, also not a second order to go there. Filters are careless on purpose: letters are folded. Not there: writing blocks
and comments, search, rate limits (see the faults).
"""

import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web

from standins.faults import Faults, Handler, breakable
from standins.notion_requests import MOST, cursor_after, json_object, listed, page_size, position, uuid_in, uuid_of
from standins.notion_shapes import BOT, PAGED, Shapes, State, property_id
from standins.notion_workspace import Refused, Workspace, invalid, missing

VERSION = "2026-03-11"
SEED_BYTES = 256 << 20
QUERY_FIELDS = frozenset({"filter", "sorts", "start_cursor", "page_size", "in_trash", "result_type"})


class Routes:
    """Notion's routes over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    async def users(self, request: web.Request) -> web.Response:
        """GET /users: members and connections, no guests."""
        held = self.workspace.users
        shapes = self._shapes(request)
        members = [shapes.user(each) for each in held if not held[each].get("guest")]
        return listed(request, "user", [*members, self._bot()])

    async def user(self, request: web.Request) -> web.Response:
        """GET a user."""
        user_id = uuid_of(request, "user")
        if user_id not in self.workspace.users:
            raise missing("user")
        return web.json_response(self._shapes(request).user(user_id))

    async def me(self, request: web.Request) -> web.Response:
        """GET the connection itself."""
        return web.json_response(self._bot())

    async def data_source(self, request: web.Request) -> web.Response:
        """GET a data source."""
        source_id = uuid_of(request, "data_source")
        source = self.workspace.data_source(source_id)
        schema = source["properties"]
        properties = {n: {"id": property_id(n, k), "name": n, "type": k, k: {}} for n, k in schema.items()}
        about = {"title": [], "in_trash": source["in_trash"], "properties": properties}
        return web.json_response({"object": "data_source", "id": source_id, **about})

    async def database(self, request: web.Request) -> web.Response:
        """GET a table inside a page, by its block's id."""
        block, parent = self.workspace.block(uuid_of(request, "database"))
        if block["type"] != "child_database" or "data_source" not in block:
            raise missing("database")
        sources = [{"id": block["data_source"], "name": block.get("text", "")}]
        stamps = {key: block[key] for key in ("created_time", "last_edited_time")}
        about: State = {
            "title": [],
            "description": [],
            "icon": None,
            "cover": None,
            "parent": parent,
            "public_url": None,
        }
        about |= {"in_trash": False, "is_inline": True, "is_locked": False, "data_sources": sources, **stamps}
        url = f"https://www.notion.so/{block['id'].replace('-', '')}"
        return web.json_response({"object": "database", "id": block["id"], "url": url, **about})

    async def query(self, request: web.Request) -> web.Response:
        """POST a query."""
        body = await json_object(request)
        if strange := set(body) - QUERY_FIELDS:
            raise invalid(f"body failed validation: {', '.join(sorted(strange))} should be not present")
        source_id = uuid_of(request, "data_source")
        mark, found, capped = self.workspace.query(source_id, body)
        size, cursor = page_size(body.get("page_size", MOST)), body.get("start_cursor")
        start = 0 if cursor is None else position(cursor, mark, found, strict=True)
        part = found[start : start + size]
        more = start + size < len(found)
        shapes, schema = self._shapes(request), self.workspace.data_source(source_id)["properties"]
        status = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return web.json_response(
            {
                "object": "list",
                "results": [shapes.page(each, schema) for each in part],
                "next_cursor": cursor_after(mark, part[-1]["id"], start + size) if more else None,
                "has_more": more,
                "type": "page_or_data_source",
                "page_or_data_source": {},
                **({"request_status": status} if capped else {}),
            }
        )

    async def page(self, request: web.Request) -> web.Response:
        """GET a page."""
        return self._page(request, self.workspace.page(uuid_of(request, "page")))

    async def update(self, request: web.Request) -> web.Response:
        """PATCH a page."""
        body = await json_object(request)
        return self._page(request, self.workspace.update(uuid_of(request, "page"), body))

    async def value(self, request: web.Request) -> web.Response:
        """GET a property of a page, whole: a list of items, or one item."""
        page = self.workspace.page(uuid_of(request, "page"))
        schema = self.workspace.data_source(page["data_source"])["properties"]
        asked = request.match_info["property"]
        ids = {property_id(n, k): n for n, k in schema.items()} | {n: n for n in schema}
        name = ids.get(quote(asked, safe="")) or ids.get(asked)
        if name is None:
            raise missing("property")
        value = {"object": "property_item", **self._shapes(request).property(page, name, schema[name])}
        if schema[name] not in PAGED:
            return web.json_response(value)
        kind = schema[name]
        items = [{"object": "property_item", "id": value["id"], "type": kind, kind: each} for each in value[kind]]
        about = {"id": value["id"], "type": kind, kind: {}, "next_url": None}
        return listed(request, "property_item", items, about)

    async def block(self, request: web.Request) -> web.Response:
        """GET a block."""
        block, parent = self.workspace.block(uuid_of(request, "block"))
        return web.json_response(self._shapes(request).block(block, parent))

    async def children(self, request: web.Request) -> web.Response:
        """GET the blocks directly beneath a page or block."""
        holder = self.workspace.holder(uuid_of(request, "block"))
        shapes = self._shapes(request)
        blocks = holder["blocks"] if "blocks" in holder else holder["children"]
        return listed(request, "block", [shapes.block(*self.workspace.block(each["id"])) for each in blocks])

    async def comments(self, request: web.Request) -> web.Response:
        """GET the comments of one page or block."""
        if "block_id" not in request.query:
            raise invalid("query failed validation: query.block_id should be defined, instead was undefined.")
        holder = self.workspace.holder(uuid_in(request.query["block_id"], "query.block_id"))
        shapes = self._shapes(request)
        found = [self.workspace.comment(each["id"]) for each in holder["comments"]]
        return listed(request, "comment", [shapes.comment(*each) for each in found])

    async def comment(self, request: web.Request) -> web.Response:
        """GET a comment."""
        return web.json_response(self._shapes(request).comment(*self.workspace.comment(uuid_of(request, "comment"))))

    async def file(self, request: web.Request) -> web.Response:
        """GET a file: at Notion this is a bucket of S3, which opens to the signature and to nothing else."""
        name, expires = request.match_info["name"], request.query.get("X-Amz-Expires", "")
        if "Authorization" in request.headers:
            return web.Response(status=400, text="<Error><Code>InvalidArgument</Code></Error>")
        right = request.query.get("X-Amz-Signature") == self._signature(name, expires)
        if not right or name not in self.workspace.files or float(expires) < time.time():
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        return web.Response(body=self.workspace.files[name].encode(), content_type="application/octet-stream")

    def _page(self, request: web.Request, page: State) -> web.Response:
        schema = self.workspace.data_source(page["data_source"])["properties"]
        return web.json_response(self._shapes(request).page(page, schema))

    def _bot(self) -> State:
        return {
            "object": "user",
            "id": BOT,
            "name": "Habeas",
            "avatar_url": None,
            "type": "bot",
            "bot": {"owner": {"type": "workspace", "workspace": True}, "workspace_name": "Studio"},
        }

    def _shapes(self, request: web.Request) -> Shapes:
        root = request.path.partition("/v1/")[0]  # where the stand-in is mounted

        def sign(name: str) -> State:
            expires = time.time() + self.workspace.file_seconds
            query = f"X-Amz-Expires={expires}&X-Amz-Signature={self._signature(name, str(expires))}"
            until = datetime.fromtimestamp(expires, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return {"url": f"http://{request.host}{root}/files/{quote(name)}?{query}", "expiry_time": until}

        return Shapes(self.workspace.users, sign)

    def _signature(self, name: str, expires: str) -> str:
        return hashlib.sha256(f"{self.workspace.token}\n{name}\n{expires}".encode()).hexdigest()


def guarded(workspace: Workspace) -> Any:
    """The middleware before every route: token, version, error bodies."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "/v1/" not in request.path:
            return await handler(request)
        try:
            return await _admitted(request, handler, workspace.token)
        except web.HTTPNotFound:
            return refusal(Refused(400, "invalid_request_url", "Invalid request URL."))
        except web.HTTPMethodNotAllowed:
            return refusal(Refused(400, "invalid_request_url", "Invalid request URL."))
        except Refused as said:
            return refusal(said)

    return guard


async def _admitted(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], token: str
) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Bearer {token}":
        raise Refused(401, "unauthorized", "API token is invalid.")
    version = request.headers.get("Notion-Version")
    if version is None:
        raise Refused(400, "missing_version", "Notion-Version header should be defined, instead was undefined.")
    if version != VERSION:
        raise invalid("Notion-Version header failed validation: this stand-in speaks 2026-03-11")
    return await handler(request)


def refusal(said: Refused) -> web.Response:
    """An error as Notion words it."""
    return web.json_response(said.body, status=said.status)


def app(state: State | None = None) -> web.Application:
    """A Notion of its own, seeded with `state`."""
    workspace = Workspace(state)
    routes = Routes(workspace)
    application = web.Application(client_max_size=SEED_BYTES)
    breakable(application, Faults(bodies=bodies()), workspace.state, workspace.replace)
    application.middlewares.append(guarded(workspace))
    add = application.router.add_route
    add("GET", "/v1/users", routes.users)
    add("GET", "/v1/users/me", routes.me)
    add("GET", "/v1/users/{user}", routes.user)
    add("GET", "/v1/data_sources/{data_source}", routes.data_source)
    add("GET", "/v1/databases/{database}", routes.database)
    add("POST", "/v1/data_sources/{data_source}/query", routes.query)
    add("GET", "/v1/pages/{page}", routes.page)
    add("PATCH", "/v1/pages/{page}", routes.update)
    add("GET", "/v1/pages/{page}/properties/{property}", routes.value)
    add("GET", "/v1/blocks/{block}", routes.block)
    add("GET", "/v1/blocks/{block}/children", routes.children)
    add("GET", "/v1/comments", routes.comments)
    add("GET", "/v1/comments/{comment}", routes.comment)
    add("GET", "/files/{name}", routes.file)
    return application


def bodies() -> dict[str, tuple[int, dict[str, str], Any]]:
    """How Notion words what goes wrong, with whole seconds to wait where it asks for patience."""
    said = {
        "rate_limit": (Refused(429, "rate_limited", "You have been rate limited."), {"Retry-After": "1"}),
        "overloaded_529": (Refused(529, "service_overload", "Notion is overloaded."), {"Retry-After": "2"}),
        "conflict": (Refused(409, "conflict_error", "Conflict occurred while saving."), {}),
        "server_error": (Refused(500, "internal_server_error", "Unexpected error occurred."), {}),
        "down": (Refused(503, "service_unavailable", "Notion is unavailable."), {}),
        "unauthorised": (Refused(401, "unauthorized", "API token is invalid."), {}),
        "forbidden": (Refused(403, "restricted_resource", "Insufficient permissions."), {}),
        "gone": (Refused(404, "object_not_found", "Could not find page."), {}),
    }
    return {kind: (refused.status, headers, refused.body) for kind, (refused, headers) in said.items()}
