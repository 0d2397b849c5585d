"""A processor that takes requests by OpenDSR 2.0, as far as a controller meets it (specification, 6 to 9).

It signs every answer with a key whose certificate comes from an authority of its own; both are made when it starts, and
`authority.root` is what a controller has to trust. It holds people by address, and does nothing by itself: `advance`
moves its requests on, or `at_once` says that each is completed when it comes in.

State: {"people": {"ada@example.com": [{"note": "..."}]}, "requests": [{"id", "type", "status", "identities",
"callbacks", "digest", "expected"}], "supports": [["email", "raw"]], "types": ["access", "erasure"], "at_once": false}

Beside the control interface of every stand-in: POST /_control/advance {"status": "completed", "type": "erasure"};
POST /_control/lie {"with": "domain"} makes what it says untrue in one of `LIES`, until told otherwise.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from standins.faults import Faults, breakable
from standins.opendsr_authority import DOMAIN, Authority

TOKEN = "standin-opendsr"
LIES = ("domain", "signature", "request", "receipt", "certificate", "elsewhere", "unsigned")
TAKES = timedelta(days=10)

Json = dict[str, Any]


class Processor:
    """What it holds, what it was asked, and how it signs."""

    def __init__(
        self, now: Callable[[], datetime] = lambda: datetime.now(UTC), authority: Authority | None = None
    ) -> None:
        self.now = now
        self.authority = authority or Authority()
        self.held: Json = {}
        self.lie = ""
        self.results_at: str | None = None  # where it says that results are, instead of where they are
        self.replace({})

    def state(self) -> Json:
        """All of it."""
        return self.held

    def replace(self, state: Json) -> None:
        """Hold this instead."""
        self.held = {
            "people": {},
            "requests": [],
            "supports": [["email", "raw"], ["controller_customer_id", "raw"]],
            "types": ["access", "portability", "erasure"],
            "at_once": False,
        } | state

    def routes(self) -> list[web.RouteDef]:
        """The protocol's endpoints, and the stand-in's own."""
        return [
            web.get("/v2/discovery", self.discovery),
            web.get("/v2/certificate.pem", self.certificate),
            web.post("/v2/requests", self.create),
            web.get("/v2/requests/{id}", self.status),
            web.get("/v2/results/{id}.json", self.results),
            web.post("/_control/advance", self.advance),
            web.post("/_control/lie", self.lies),
        ]

    async def discovery(self, request: web.Request) -> web.Response:
        """GET /discovery."""
        here = "https://elsewhere.test" if self.lie == "elsewhere" else f"{request.scheme}://{request.host}"
        mounted = request.path.removesuffix("/v2/discovery")
        return self._signed(
            {
                "api_version": "2.0",
                "supported_identities": [
                    {"identity_type": kind, "identity_format": form} for kind, form in self.held["supports"]
                ],
                "supported_subject_request_types": self.held["types"],
                "processor_certificate": f"{here}{mounted}/v2/certificate.pem",
            }
        )

    async def certificate(self, _: web.Request) -> web.Response:
        """The leaf and what leads to the authority."""
        pem = self.authority.strangers if self.lie == "certificate" else self.authority.certificate
        return web.Response(text=pem, content_type="application/x-pem-file")

    async def create(self, request: web.Request) -> web.Response:
        """POST /requests: the same bytes again are answered the same, others under the same id refused."""
        raw = await request.read()
        asked = json.loads(raw)
        digest = hashlib.sha256(raw).hexdigest()
        kept = self._request(asked["subject_request_id"])
        if wrong := self._wrong(asked):
            return self._refused(wrong)
        if kept is None:
            kept = {
                "id": asked["subject_request_id"],
                "type": asked["subject_request_type"],
                "status": "pending",
                "identities": asked["subject_identities"],
                "callbacks": asked.get("status_callback_urls", []),
                "digest": digest,
                "expected": _rfc3339(self.now() + TAKES),
            }
            self.held["requests"].append(kept)
            if self.held["at_once"]:
                self._move(kept, "completed")
        if kept["digest"] != digest:
            return self._refused("subject_request_id was used for another request")
        encoded = base64.b64encode(b"{}" if self.lie == "receipt" else raw).decode()
        answer = {"received_time": _rfc3339(self.now()), "encoded_request": encoded, **self._about(kept)}
        return self._signed(answer, 201)

    async def status(self, request: web.Request) -> web.Response:
        """GET /requests/{id}."""
        kept = self._request(request.match_info["id"])
        if kept is None:
            return self._refused("no such request", 404)
        return self._signed(self.standing(kept, request) | {"api_version": "2.0"})

    async def results(self, request: web.Request) -> web.StreamResponse:
        """What a copy is: the person's records, as JSON. Not signed: the specification says nothing of it."""
        kept = self._request(request.match_info["id"])
        if self.lie == "elsewhere":
            return web.HTTPFound("https://elsewhere.test/results")
        return web.json_response(self._records(kept or {"identities": []}))

    async def advance(self, request: web.Request) -> web.Response:
        """Move requests of a type on."""
        wanted = await request.json()
        for kept in self.held["requests"]:
            if kept["type"] == wanted.get("type", kept["type"]):
                self._move(kept, wanted["status"])
        return web.json_response({})

    async def lies(self, request: web.Request) -> web.Response:
        """From here on, untrue in one way; `""`: true again."""
        self.lie = (await request.json())["with"]
        return web.json_response({})

    def standing(self, kept: Json, request: web.Request | None = None) -> Json:
        """What status and callback have in common."""
        found = {"request_status": kept["status"], **self._about(kept)}
        if kept["status"] == "completed" and kept["type"] != "erasure" and (records := self._records(kept)) and request:
            mounted = request.path.partition("/v2/")[0]
            here = f"{request.scheme}://{request.host}{mounted}/v2/results/{kept['id']}.json"
            found["results_url"] = here if self.results_at is None else self.results_at
            found["results_count"] = len(records)
        return found

    def headers(self, body: bytes) -> dict[str, str]:
        """The two headers of a body."""
        key = self.authority.strangers_key if self.lie == "signature" else self.authority.key
        signature = key.sign(body, PKCS1v15(), hashes.SHA256())
        domain = "elsewhere.test" if self.lie == "domain" else DOMAIN
        return {"X-OpenDSR-Processor-Domain": domain, "X-OpenDSR-Signature": base64.b64encode(signature).decode()}

    def holds(self, identities: list[Json]) -> bool:
        """Whether it holds anything of somebody who is named so."""
        return bool(self._records({"identities": identities}))

    def _about(self, kept: Json) -> Json:
        about = "a7551968-d5d6-44b2-9831-815ac9017798" if self.lie == "request" else kept["id"]
        return {"controller_id": "us", "expected_completion_time": kept["expected"], "subject_request_id": about}

    def _wrong(self, asked: Json) -> str:
        if asked["subject_request_type"] not in self.held["types"]:
            return "subject_request_type is not supported"
        named = [[each["identity_type"], each["identity_format"]] for each in asked["subject_identities"]]
        return "" if all(each in self.held["supports"] for each in named) else "identity_type is not supported"

    def _request(self, number: str) -> Json | None:
        return next((each for each in self.held["requests"] if each["id"] == number), None)

    def _move(self, kept: Json, status: str) -> None:
        kept["status"] = status
        if status == "completed" and kept["type"] == "erasure":
            for address in [a for a in self.held["people"] if _named(a, kept["identities"])]:
                del self.held["people"][address]

    def _records(self, kept: Json) -> list[Json]:
        people = self.held["people"].items()
        return [record for address, records in people if _named(address, kept["identities"]) for record in records]

    def _refused(self, message: str, status: int = 400) -> web.Response:
        one = {"domain": "Validation", "reason": "IllegalArgumentException", "message": message}
        return self._signed({"error": {"code": status, "message": message, "errors": [one]}}, status)

    def _signed(self, content: Json, status: int = 200) -> web.Response:
        body = json.dumps(content).encode()
        headers = {} if self.lie == "unsigned" else self.headers(body)
        return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def app(seed: Json | None = None, processor: Processor | None = None) -> web.Application:
    """The stand-in."""
    processor = processor or Processor()
    processor.replace(seed or {})
    application = web.Application(middlewares=[_authorised])
    application.add_routes(processor.routes())
    breakable(application, Faults({"gateway_404": (404, {}, None)}), processor.state, processor.replace)
    return application


@web.middleware
async def _authorised(request: web.Request, handler: Any) -> web.StreamResponse:
    public = "/_control/" in request.path or request.path.endswith("/certificate.pem")
    if not public and request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return web.json_response({"error": {"code": 401}}, status=401)
    response: web.StreamResponse = await handler(request)
    return response


def _named(address: str, identities: list[Json]) -> bool:
    """Whether one of these is the address, in whatever format."""
    value = address.lower().encode()
    hashed = {form: hashlib.new(form, value, usedforsecurity=False).hexdigest() for form in ("sha256", "sha1", "md5")}
    forms = {"raw": value.decode(), **hashed}
    return any(
        each["identity_type"] == "email" and each["identity_value"].lower() == forms[each["identity_format"]]
        for each in identities
    )


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
