"""LinkedIn's matched audiences, as far as a privacy request meets them: DMP segments, under `/rest`.

State, all of it optional:

    {
      "token": "standin-linkedin", "versions": ["202609"],     who may ask, and by which version
      "segments": [segment(7001, "Clients", members=["<sha256>"]), ...],
      "refuse": {"<sha256>": 400}                               elements that are answered with this status
    }

`segment` below makes one. Segments are filled and emptied, and never show whom they hold. A call without
LinkedIn-Version or X-Restli-Protocol-Version 2.0.0 is refused. Known to differ: changes take place at once, not
within 48 hours.
"""

import re
from typing import Any

from aiohttp import web

from standins.faults import Faults, Handler, breakable

TOKEN = "standin-linkedin"
VERSION = "202609"
ACCOUNT = "5001"
MOST_ELEMENTS = 5_000
SHA256 = re.compile("[0-9a-f]{64}")

SHOWN = ("id", "name", "type", "account", "accessPolicy", "sourcePlatform", "destinations")


class LinkedInError(Exception):
    """A refusal in LinkedIn's shape."""

    def __init__(self, status: int, code: int, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.body = error(status, code, said)


def error(status: int, code: int, said: str) -> dict[str, Any]:
    """What a refusal says."""
    return {"message": said, "serviceErrorCode": code, "status": status}


def segment(
    number: int, name: str, *, members: list[str] | None = None, kind: str = "USER", account: str = ACCOUNT
) -> dict[str, Any]:
    """A DMP segment; `members` are SHA-256 of addresses."""
    return {
        "id": number,
        "name": name,
        "type": kind,
        "account": f"urn:li:sponsoredAccount:{account}",
        "accessPolicy": "PRIVATE",
        "sourcePlatform": "LIST_UPLOAD" if kind.endswith("LIST_UPLOAD") else "STANDIN",
        "destinations": [{"destination": "LINKEDIN", "status": "READY"}],
        "members": sorted(members or []),
    }


class LinkedIn:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state, what it leaves out filled in."""
        self.held: dict[str, Any] = {"token": TOKEN, "versions": [VERSION], "segments": [], "refuse": {}} | state

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        return self.held

    async def find(self, request: web.Request) -> web.Response:
        """GET /rest/dmpSegments?q=account&account=urn&start=&count=: without a word of who is in them."""
        self._allow(request)
        if request.query.get("q") != "account" or request.query.keys() - {"q", "account", "start", "count"}:
            raise LinkedInError(400, 0, "Invalid query parameters passed to request")
        if "account=urn%3Ali%3A" not in request.raw_path:
            raise LinkedInError(400, 0, "Syntax exception in path")
        found = [_shown(each) for each in self.held["segments"] if each["account"] == request.query["account"]]
        start, count = int(request.query.get("start", "0")), int(request.query.get("count", "10"))
        paging = {"start": start, "count": count, "total": len(found), "links": []}
        return web.json_response({"elements": found[start : start + count], "paging": paging})

    async def show(self, request: web.Request) -> web.Response:
        """GET /rest/dmpSegments/{id}."""
        self._allow(request)
        return web.json_response(_shown(self._segment(request)))

    async def users(self, request: web.Request) -> web.Response:
        """POST /rest/dmpSegments/{id}/users with X-RestLi-Method BATCH_CREATE: a status for each element."""
        self._allow(request)
        held = self._segment(request)
        elements = (await request.json())["elements"]
        if request.headers.get("X-RestLi-Method") != "BATCH_CREATE" or len(elements) > MOST_ELEMENTS:
            raise LinkedInError(400, 0, "Not a batch")
        if held["type"] != "USER":
            raise LinkedInError(400, 0, "Users cannot be streamed to this segment")
        return web.json_response({"elements": [self._changed(held, each) for each in elements]})

    def _changed(self, held: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
        (user,) = element["userIds"]
        digest = user["idValue"]
        if status := self.held["refuse"].get(digest):
            return {"status": status, "error": error(status, 0, "Refused")}
        if user["idType"] != "SHA256_EMAIL" or not SHA256.fullmatch(digest):
            return {"status": 400, "error": error(400, 0, "Not a hash")}
        others = set(held["members"]) - {digest}
        held["members"] = sorted(others | {digest} if element["action"] == "ADD" else others)
        return {"status": 201}

    def _allow(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.held['token']}":
            raise LinkedInError(401, 65600, "Invalid access token")
        if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
            raise LinkedInError(400, 0, "Protocol version missing")
        if request.headers.get("LinkedIn-Version") not in self.held["versions"]:
            raise LinkedInError(426, 0, "Requested version is not active")

    def _segment(self, request: web.Request) -> dict[str, Any]:
        for each in self.held["segments"]:
            if str(each["id"]) == request.match_info["segment"]:
                held: dict[str, Any] = each
                return held
        raise LinkedInError(404, 0, "DMP segment not found")


def _shown(held: dict[str, Any]) -> dict[str, Any]:
    return {name: held[name] for name in SHOWN}


FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit_without_hint": (429, {}, error(429, 101, "Resource level throttle limit reached")),
    "server_error": (500, {}, error(500, 0, "Internal server error")),
    "unauthorised": (401, {}, error(401, 65601, "The token used in the request has been revoked")),
    "forbidden": (403, {}, error(403, 100, "Not enough permissions to access the resource")),
}


@web.middleware
async def in_linkedins_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as LinkedIn puts them."""
    try:
        return await handler(request)
    except LinkedInError as refused:
        return web.json_response(refused.body, status=refused.status)


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above."""
    linkedin = LinkedIn(state or {})
    application = web.Application(middlewares=[in_linkedins_words], client_max_size=256 << 20)
    router = application.router
    router.add_get("/rest/dmpSegments", linkedin.find)
    router.add_get("/rest/dmpSegments/{segment}", linkedin.show)
    router.add_post("/rest/dmpSegments/{segment}/users", linkedin.users)
    breakable(application, Faults(bodies=FAULTS), linkedin.state, linkedin.replace)
    return application
