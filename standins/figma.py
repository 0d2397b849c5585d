"""Figma, as far as a privacy request meets it: REST under `/v1`, SCIM under `/scim/v2`.

State, all of it optional:

    {
      "token": "figd_standin", "me": "1",        personal access token, and the account it belongs to
      "audit_token": "figp_standin",              plan access token, for the activity log only
      "scim_token": "scim_standin", "tenant": "tenant",
      "scim_users": [{"id": "1", "userName": "ada@example.com", "displayName": "Ada"}],
      "activity_logs": [event(...), ...],         any order
      "teams": [{"id": "11", "name": "Studio", "projects": [{"id": "22", "name": "Site", "files": [
          {"key": "abc", "name": "Home", "creator": user(...), "comments": [comment(...)], "versions": [version(...)],
           "branches": [file(...)]}
      ]}]}]
    }

`user`, `comment`, `reaction`, `version`, `file` and `event` below make the parts. A wrong token is answered with 403,
as Figma does. Known to differ: no limits by the minute (see the faults), no content of files, and an address among
SCIM's users is not "bound" by asking.
"""

import base64
import json
import re
from typing import Any

from aiohttp import web

from standins.faults import Faults, Handler, breakable
from standins.figma_parts import comment, event, file, reaction, user, version

__all__ = ["app", "comment", "event", "file", "reaction", "user", "version"]

TOKEN = "figd_standin"
AUDIT_TOKEN = "figp_standin"
SCIM_TOKEN = "scim_standin"
TENANT = "tenant"
ME = "1"

LOG_PARAMETERS = frozenset({"events", "start_time", "end_time", "limit", "order", "cursor"})
VERSION_PARAMETERS = frozenset({"page_size", "before", "after"})
SCIM_PARAMETERS = frozenset({"filter", "count", "startIndex"})


class FigmaError(Exception):
    """A refusal in Figma's shape: of the log's kind (`message`), or of the others' (`err`)."""

    def __init__(self, status: int, said: str, *, log: bool = False) -> None:
        super().__init__(said)
        self.status = status
        self.body = {"error": True, "status": status, "message": said} if log else {"status": status, "err": said}


class Figma:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state, what it leaves out filled in."""
        self.held: dict[str, Any] = {
            "token": TOKEN,
            "me": ME,
            "audit_token": AUDIT_TOKEN,
            "scim_token": SCIM_TOKEN,
            "tenant": TENANT,
            "scim_users": [],
            "activity_logs": [],
            "teams": [],
        } | state

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        return self.held

    async def projects(self, request: web.Request) -> web.Response:
        """GET /v1/teams/{team}/projects."""
        self._allow(request)
        for team in self.held["teams"]:
            if team["id"] == request.match_info["team"]:
                shown = [{"id": each["id"], "name": each["name"]} for each in team["projects"]]
                return web.json_response({"name": team["name"], "projects": shown})
        raise FigmaError(403, "No access to this team")

    async def files(self, request: web.Request) -> web.Response:
        """GET /v1/projects/{project}/files."""
        self._allow(request, frozenset({"branch_data"}))
        for team in self.held["teams"]:
            for project in team["projects"]:
                if project["id"] == request.match_info["project"]:
                    with_branches = request.query.get("branch_data") == "true"
                    shown = [_listed(each, with_branches=with_branches) for each in project["files"]]
                    return web.json_response({"name": project["name"], "files": shown})
        raise FigmaError(404, "Not found")

    async def comments(self, request: web.Request) -> web.Response:
        """GET /v1/files/{file}/comments: all at once."""
        self._allow(request, frozenset({"as_md"}))
        return web.json_response({"comments": self._file(request)["comments"]})

    async def delete_comment(self, request: web.Request) -> web.Response:
        """DELETE /v1/files/{file}/comments/{comment}: only its author may."""
        self._allow(request)
        held = self._file(request)["comments"]
        for each in held:
            if each["id"] == request.match_info["comment"]:
                if each["user"]["id"] != self.held["me"]:
                    raise FigmaError(403, "Only the person who made the comment is allowed to delete it")
                held.remove(each)
                return web.json_response({"status": 200, "error": False})
        raise FigmaError(404, "Comment not found")

    async def delete_reaction(self, request: web.Request) -> web.Response:
        """DELETE /v1/files/{file}/comments/{comment}/reactions?emoji=: only who reacted may."""
        self._allow(request, frozenset({"emoji"}))
        for each in self._file(request)["comments"]:
            if each["id"] == request.match_info["comment"]:
                theirs = [r for r in each["reactions"] if r["emoji"] == request.query["emoji"]]
                own = [r for r in theirs if r["user"]["id"] == self.held["me"]]
                if theirs and not own:
                    raise FigmaError(403, "Only the person who made the reaction is allowed to delete it")
                each["reactions"] = [r for r in each["reactions"] if r not in own]
                return web.json_response({"status": 200, "error": False})
        raise FigmaError(404, "Comment not found")

    async def versions(self, request: web.Request) -> web.Response:
        """GET /v1/files/{file}/versions: newest first, before an id."""
        self._allow(request, VERSION_PARAMETERS)
        held = sorted(self._file(request)["versions"], key=lambda each: -int(each["id"]))
        size = int(request.query.get("page_size", "30"))
        if not 1 <= size <= 50:
            raise FigmaError(400, "page_size must be at most 50")
        left = [each for each in held if int(each["id"]) < int(request.query.get("before", "9" * 30))]
        page = left[:size]
        pagination = {}
        if len(left) > size:
            link = request.url.with_query({"page_size": str(size), "before": page[-1]["id"]})
            pagination["next_page"] = f"https://api.figma.com{link.raw_path_qs}"
        return web.json_response({"versions": page, "pagination": pagination})

    async def meta(self, request: web.Request) -> web.Response:
        """GET /v1/files/{file}/meta."""
        self._allow(request)
        held = self._file(request)
        meta = {
            "name": held["name"],
            "folder_name": next(
                p["name"]
                for t in self.held["teams"]
                for p in t["projects"]
                for f in p["files"]
                if held in (f, *f.get("branches", []))
            ),
            "last_touched_at": held["last_modified"],
            "creator": held["creator"],
            "last_touched_by": held["versions"][0]["user"] if held["versions"] else held["creator"],
            "editorType": "figma",
            "role": "owner",
            "link_access": "view",
            "url": f"https://www.figma.com/design/{held['key']}",
            "version": held["versions"][0]["id"] if held["versions"] else "0",
        }
        return web.json_response({"file": meta})

    async def log(self, request: web.Request) -> web.Response:
        """GET /v1/activity_logs: by time, `limit` at once, `cursor` for the next."""
        if request.headers.get("X-Figma-Token") != self.held["audit_token"]:
            raise FigmaError(401, "You do not have permissions to access the requested logs", log=True)
        if request.query.keys() - LOG_PARAMETERS:
            raise FigmaError(400, "Unknown parameter", log=True)
        newest_first = request.query.get("order", "asc") == "desc"
        held = sorted(
            self.held["activity_logs"], key=lambda each: (each["timestamp"], each["id"]), reverse=newest_first
        )
        start = int(base64.b64decode(request.query.get("cursor", "MA==")))
        limit = int(request.query.get("limit", "1000"))
        meta: dict[str, Any] = {"activity_logs": held[start : start + limit], "next_page": start + limit < len(held)}
        meta["cursor"] = base64.b64encode(str(start + limit).encode()).decode()
        return web.json_response({"status": 200, "error": False, "meta": meta})

    async def scim(self, request: web.Request) -> web.Response:
        """GET /scim/v2/{tenant}/Users?filter=userName eq "...": case does not matter, as RFC 7643 has it."""
        if request.headers.get("Authorization") != f"Bearer {self.held['scim_token']}":
            return _scim_error(401, "Unauthorized")
        if request.match_info["tenant"] != self.held["tenant"]:
            return _scim_error(400, "Invalid tenant")
        asked = re.fullmatch(r'userName eq ("(?:[^"\\]|\\.)*")', request.query.get("filter", ""), re.DOTALL)
        if request.query.keys() - SCIM_PARAMETERS or not asked:
            return _scim_error(400, "Invalid filter")
        wanted = json.loads(asked[1]).lower()
        found = [_scim_user(each) for each in self.held["scim_users"] if each["userName"].lower() == wanted]
        schemas = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
        page = {"totalResults": len(found), "itemsPerPage": len(found), "startIndex": 1, "Resources": found}
        return web.json_response({"schemas": schemas, **page})

    def _allow(self, request: web.Request, parameters: frozenset[str] = frozenset()) -> None:
        if request.headers.get("X-Figma-Token") != self.held["token"]:
            raise FigmaError(403, "Invalid token")
        if request.query.keys() - parameters:
            raise FigmaError(400, "Unknown parameter")

    def _file(self, request: web.Request) -> dict[str, Any]:
        files = (f for team in self.held["teams"] for project in team["projects"] for f in project["files"])
        for each in (own for main in files for own in (main, *main.get("branches", []))):
            if each["key"] == request.match_info["file"]:
                held: dict[str, Any] = each
                return held
        raise FigmaError(404, "Not found")


def _listed(held: dict[str, Any], *, with_branches: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {name: held[name] for name in ("key", "name", "last_modified")}
    if with_branches and held.get("branches"):
        shown["branches"] = [_listed(each, with_branches=False) for each in held["branches"]]
    return shown


def _scim_user(held: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "active": True, **held}


def _scim_error(status: int, detail: str) -> web.Response:
    schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"]
    return web.json_response({"schemas": schemas, "status": str(status), "detail": detail}, status=status)


@web.middleware
async def in_figmas_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as Figma puts them."""
    try:
        return await handler(request)
    except FigmaError as refused:
        return web.json_response(refused.body, status=refused.status)


FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit": (429, {"Retry-After": "1"}, {"status": 429, "err": "Rate limit exceeded"}),
    "rate_limit_without_hint": (429, {}, {"status": 429, "err": "Rate limit exceeded"}),
    "server_error": (500, {}, {"status": 500, "err": "Internal server error"}),
    "unauthorised": (401, {}, {"error": True, "status": 401, "message": "Unauthorized"}),
    "forbidden": (403, {}, {"status": 403, "err": "Invalid token"}),
}


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above."""
    figma = Figma(state or {})
    application = web.Application(middlewares=[in_figmas_words], client_max_size=256 << 20)
    router = application.router
    router.add_get("/v1/teams/{team}/projects", figma.projects)
    router.add_get("/v1/projects/{project}/files", figma.files)
    router.add_get("/v1/files/{file}/comments", figma.comments)
    router.add_delete("/v1/files/{file}/comments/{comment}", figma.delete_comment)
    router.add_delete("/v1/files/{file}/comments/{comment}/reactions", figma.delete_reaction)
    router.add_get("/v1/files/{file}/versions", figma.versions)
    router.add_get("/v1/files/{file}/meta", figma.meta)
    router.add_get("/v1/activity_logs", figma.log)
    router.add_get("/scim/v2/{tenant}/Users", figma.scim)
    breakable(application, Faults(bodies=FAULTS), figma.state, figma.replace)
    return application
