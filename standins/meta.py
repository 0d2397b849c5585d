"""Meta's Graph API, as far as a privacy request meets it: lead forms and custom audiences.

State, all of it optional:

    {
      "token": "standin-meta", "page_tokens": {},    who may ask; a Page's own token reads its leads too
      "refuse": error(17),                           what every call is answered with
      "accounts": {"1001": {"audiences": [audience("2001", "Customers", members=["<sha256>"]), ...]}},
      "pages": {"3001": {"forms": [{"id": "4001", "name": "Contact", "status": "ACTIVE", "leads": [lead("5001", {})]}]}}
    }

`audience` and `lead` below make the parts. Audiences are filled and emptied, and never show whom they hold. One that is
flagged (operation_status 471) refuses both; so does the removal from all audiences while one is flagged, of which
Meta's pages say nothing: the stricter way is played. Known to differ: changes take place at once, not within 24 hours.
"""

import json
import re
from typing import Any

from aiohttp import web

from standins.faults import Faults, Handler, breakable

TOKEN = "standin-meta"
MOST_HASHES = 10_000
SHA256 = re.compile("[0-9a-f]{64}")
NORMAL, FLAGGED = 200, 471

LEAD_PARTS = frozenset({"id", "created_time", "ad_id", "form_id", "field_data", "is_organic", "platform"})
AUDIENCE_PARTS = frozenset({"id", "name", "subtype", "operation_status"})
FORM_PARTS = frozenset({"id", "name", "status"})


class GraphError(Exception):
    """A refusal in Meta's shape."""

    def __init__(self, code: int, subcode: int = 0, body: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.body = body or error(code, subcode)


def error(code: int, subcode: int = 0) -> dict[str, Any]:
    """What a refusal says."""
    says: dict[str, Any] = {
        "message": f"(#{code}) refused",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "Astandin",
    }
    return {"error": says | ({"error_subcode": subcode} if subcode else {})}


def audience(
    number: str, name: str, *, members: list[str] | None = None, subtype: str = "CUSTOM", status: int = NORMAL
) -> dict[str, Any]:
    """A custom audience; `members` are SHA-256 of addresses."""
    described = {"code": status, "description": "Normal" if status == NORMAL else "Flagged"}
    held = sorted(members or [])
    return {"id": number, "name": name, "subtype": subtype, "operation_status": described, "members": held}


def lead(number: str, answers: dict[str, str], *, created_time: str = "2026-01-30T10:00:00+0000") -> dict[str, Any]:
    """What somebody sent with a form."""
    data = [{"name": name, "values": [value]} for name, value in answers.items()]
    return {"id": number, "created_time": created_time, "ad_id": "6001", "field_data": data}


class Meta:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state, what it leaves out filled in."""
        self.held: dict[str, Any] = {
            "token": TOKEN,
            "page_tokens": {},
            "refuse": None,
            "accounts": {},
            "pages": {},
        } | state

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        return self.held

    async def forms(self, request: web.Request) -> web.Response:
        """GET /{page}/leadgen_forms."""
        self._allow(request)
        page = self.held["pages"].get(request.match_info["node"])
        if page is None:
            raise GraphError(100, 33)
        return _listed(request, page["forms"], FORM_PARTS)

    async def leads(self, request: web.Request) -> web.Response:
        """GET /{form}/leads: newest first."""
        self._allow(request)
        form = self._form(request.match_info["node"])
        newest_first = sorted(form["leads"], key=lambda each: (each["created_time"], int(each["id"])), reverse=True)
        return _listed(request, [each | {"form_id": form["id"]} for each in newest_first], LEAD_PARTS)

    async def lead(self, request: web.Request) -> web.Response:
        """GET /{lead}."""
        self._allow(request)
        form, found = self._lead(request.match_info["node"])
        return web.json_response(_shown(request, found | {"form_id": form["id"]}, LEAD_PARTS))

    async def delete_lead(self, request: web.Request) -> web.Response:
        """DELETE /{lead}."""
        self._allow(request)
        form, found = self._lead(request.match_info["node"])
        form["leads"].remove(found)
        return web.json_response({"success": True})

    async def audiences(self, request: web.Request) -> web.Response:
        """GET /act_{account}/customaudiences: without a word of who is in them."""
        self._allow(request)
        return _listed(request, self._account(request)["audiences"], AUDIENCE_PARTS)

    async def add(self, request: web.Request) -> web.Response:
        """POST /{audience}/users."""
        self._allow(request)
        return await self._changed(request, [self._audience(request.match_info["node"])], add=True)

    async def remove(self, request: web.Request) -> web.Response:
        """DELETE /{audience}/users."""
        self._allow(request)
        return await self._changed(request, [self._audience(request.match_info["node"])], add=False)

    async def remove_everywhere(self, request: web.Request) -> web.Response:
        """DELETE /act_{account}/usersofanyaudience."""
        self._allow(request)
        lists = [each for each in self._account(request)["audiences"] if each["subtype"] == "CUSTOM"]
        return await self._changed(request, lists, add=False)

    async def _changed(self, request: web.Request, audiences: list[dict[str, Any]], *, add: bool) -> web.Response:
        payload = json.loads(str((await request.post())["payload"]))
        hashes = payload["data"]
        if payload["schema"] != "EMAIL_SHA256" or len(hashes) > MOST_HASHES or not hashes:
            raise GraphError(100)
        if any(each["operation_status"]["code"] == FLAGGED for each in audiences):
            raise GraphError(100, 1713230)
        good = {each for each in hashes if SHA256.fullmatch(each)}
        for each in audiences:
            each["members"] = sorted(set(each["members"]) | good if add else set(each["members"]) - good)
        first = audiences[0]["id"] if audiences else "0"
        invalid = len(hashes) - sum(each in good for each in hashes)
        body = {"audience_id": first, "session_id": "7001", "num_received": len(hashes), "num_invalid_entries": invalid}
        return web.json_response(body | {"invalid_entry_samples": {}})

    def _allow(self, request: web.Request) -> None:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if sent not in {self.held["token"], *self.held["page_tokens"].values()}:
            raise GraphError(190)
        if self.held["refuse"]:
            raise GraphError(0, body=self.held["refuse"])

    def _account(self, request: web.Request) -> dict[str, Any]:
        account: dict[str, Any] | None = self.held["accounts"].get(request.match_info["account"])
        if account is None:
            raise GraphError(100, 33)
        return account

    def _audience(self, number: str) -> dict[str, Any]:
        for account in self.held["accounts"].values():
            for each in account["audiences"]:
                if each["id"] == number:
                    found: dict[str, Any] = each
                    return found
        raise GraphError(100, 33)

    def _form(self, number: str) -> dict[str, Any]:
        for page in self.held["pages"].values():
            for each in page["forms"]:
                if each["id"] == number:
                    found: dict[str, Any] = each
                    return found
        raise GraphError(100, 33)

    def _lead(self, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for page in self.held["pages"].values():
            for form in page["forms"]:
                for each in form["leads"]:
                    if each["id"] == number:
                        return form, each
        raise GraphError(100, 33)


def _shown(request: web.Request, item: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields that were asked for; an unknown one is refused."""
    fields = request.query.get("fields", "id").split(",")
    if not set(fields) <= known:
        raise GraphError(100)
    return {name: item[name] for name in fields if name in item}


def _listed(request: web.Request, items: list[dict[str, Any]], known: frozenset[str]) -> web.Response:
    if request.query.keys() - {"fields", "limit", "after"}:
        raise GraphError(100)
    start, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "25"))
    page = [_shown(request, each, known) for each in items[start : start + limit]]
    if not page:
        return web.json_response({"data": []})
    paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + len(page))}}
    if start + limit < len(items):
        following = request.url.update_query(after=str(start + len(page)))
        paging["next"] = f"https://graph.facebook.com{following.raw_path_qs}"
    return web.json_response({"data": page, "paging": paging})


def _limited(minutes: int) -> dict[str, str]:
    usage = {
        "type": "custom_audience",
        "call_count": 100,
        "total_cputime": 25,
        "total_time": 25,
        "estimated_time_to_regain_access": minutes,
    }
    return {"X-Business-Use-Case-Usage": json.dumps({"1001": [usage]})}


FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit": (400, _limited(1), error(80003, 2446079)),
    "rate_limit_without_hint": (400, {}, error(17, 2446079)),
    "server_error": (500, {}, error(2)),
    "unauthorised": (400, {}, error(190, 463)),
    "forbidden": (403, {}, error(200)),
}


@web.middleware
async def in_metas_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as Meta puts them."""
    try:
        return await handler(request)
    except GraphError as refused:
        return web.json_response(refused.body, status=400)


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above. `/v26.0` is a part of the path, as of every version."""
    meta = Meta(state or {})
    application = web.Application(middlewares=[in_metas_words], client_max_size=256 << 20)
    router = application.router
    router.add_get("/v26.0/act_{account}/customaudiences", meta.audiences)
    router.add_delete("/v26.0/act_{account}/usersofanyaudience", meta.remove_everywhere)
    router.add_get("/v26.0/{node}/leadgen_forms", meta.forms)
    router.add_get("/v26.0/{node}/leads", meta.leads)
    router.add_post("/v26.0/{node}/users", meta.add)
    router.add_delete("/v26.0/{node}/users", meta.remove)
    router.add_get("/v26.0/{node}", meta.lead)
    router.add_delete("/v26.0/{node}", meta.delete_lead)
    breakable(application, Faults(bodies=FAULTS), meta.state, meta.replace)
    return application
