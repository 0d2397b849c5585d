"""The description of the interface (OpenAPI 3.1), its schemas generated from the models that read and write."""

import json

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from dsar.proof import Attempt
from intake.desk import Readiness
from web import problems
from web.bodies import CodeBody, Followed, Health, ReasonBody, RequestBody, Standing, Submitted
from web.openapi_parts import SCHEMAS, Json, accepted, answer, operation, path
from web.pages import Page, Pages
from web.problems import KINDS, ProblemDocument

_IN: tuple[type[BaseModel], ...] = (RequestBody, CodeBody, ReasonBody)
_OUT: tuple[type[BaseModel], ...] = (Submitted, Standing, Followed, Attempt, Health, Readiness, ProblemDocument)

_ENGINE = (problems.NOT_FOUND, problems.CONFLICT, problems.ENGINE_DOWN)

_SIGNED: Json = {
    "security": [{"webhookId": [], "webhookTimestamp": [], "webhookSignature": []}],
}


class ApiDescription:
    """`/openapi.json`, and a page for each type of problem."""

    def __init__(self, public_url: str, paper: Pages, *, codec: bool) -> None:
        self._text = json.dumps(document(public_url, codec=codec))
        self._paper = paper

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get("/openapi.json", self.show), web.get("/problems/{slug}", self.problem)]

    async def show(self, _: web.Request) -> web.Response:
        """The description."""
        return web.Response(
            text=self._text, content_type="application/json", headers={"Cache-Control": "public, max-age=300"}
        )

    async def problem(self, request: web.Request) -> web.Response:
        """What a type of problem means, where its type leads to."""
        kind = KINDS.get(request.match_info["slug"])
        if kind is None:
            raise problems.Problem(problems.NOT_FOUND)
        return self._paper.render(Page(kind.title, [kind.advice, f"Answered with the HTTP status {kind.status}."]))


def document(public_url: str, *, codec: bool = False) -> Json:
    """The whole description; `codec`: whether the engine's codec is served."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in _IN]
    modes += [(model, "serialization") for model in _OUT]
    _, described = models_json_schema(modes, ref_template=SCHEMAS + "{model}")
    schemas = described["$defs"]
    for model in _OUT:
        schemas[model.__name__].pop("additionalProperties", None)  # an answer may grow; a reader must not mind
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Habeas",
            "version": "1",
            "description": "Rights requests: handed in by signed webhook, followed and confirmed by their id, "
            "answered with a package behind a link that works once.",
        },
        "servers": [{"url": public_url.rstrip("/")}],
        "paths": {**_requests(), **_downloads(), **_service(), **(_codec() if codec else {})},
        "components": {"schemas": schemas, "securitySchemes": _schemes(codec=codec)},
    }


def _requests() -> Json:
    return {
        "/v1/requests": {
            "post": _SIGNED
            | operation(
                "submitRequest",
                "Hand in a request. The same webhook-id again is answered the same, and starts nothing new.",
                {"202": accepted("Kept; it is carried out.", Submitted)},
                body=RequestBody,
                fails=(problems.UNSIGNED, problems.REUSED, problems.REFUSED, problems.UNAVAILABLE),
            )
        },
        "/v1/requests/{request_id}": {
            "parameters": [path("request_id")],
            "get": operation(
                "showRequest",
                "Where a request stands, without personal data.",
                {"200": answer("Where it stands.", Standing)},
                fails=(problems.NOT_FOUND,),
            ),
        },
        "/v1/requests/{request_id}/confirmation": {
            "parameters": [path("request_id")],
            "post": operation(
                "confirmRequest",
                "Enter the code that was sent to the address on file.",
                {"200": answer("Whether it was the code, and how many attempts are left.", Attempt)},
                body=CodeBody,
                fails=_ENGINE,
            ),
        },
        "/v1/requests/{request_id}/code": {
            "parameters": [path("request_id")],
            "post": operation(
                "sendAnotherCode",
                "Ask for a fresh code. It goes to the address on file; the one before it is dead.",
                {"202": accepted("It is on its way.", Followed)},
                fails=_ENGINE,
            ),
        },
        "/v1/requests/{request_id}/cancellation": {
            "parameters": [path("request_id")],
            "post": _SIGNED
            | operation(
                "cancelRequest",
                "Take a request back, while nothing is erased yet.",
                {"202": accepted("What was set aside is being put back.", Followed)},
                body=ReasonBody,
                fails=(problems.UNSIGNED, problems.REUSED, *_ENGINE),
            ),
        },
    }


def _downloads() -> Json:
    page = {"text/html": {"schema": {"type": "string"}}}
    dead = {
        "403": {"description": "A wrong passphrase, or too many of them.", "content": page},
        "404": {"description": "No such link.", "content": page},
        "410": {"description": "Used or expired.", "content": page},
    }
    form = {
        "type": "object",
        "required": ["passphrase"],
        "properties": {"passphrase": {"type": "string", "maxLength": 100}},
    }
    return {
        "/v1/downloads/{token}": {
            "parameters": [path("token")],
            "get": {
                "operationId": "showDownload",
                "summary": "A page that asks for the passphrase. Uses nothing up.",
                "responses": {"200": {"description": "The page.", "content": page}, **dead},
            },
            "post": {
                "operationId": "download",
                "summary": "The package, once.",
                "requestBody": {
                    "required": True,
                    "content": {"application/x-www-form-urlencoded": {"schema": form}},
                },
                "responses": {
                    "200": {
                        "description": "The package. Not whole if the connection breaks off.",
                        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
                    },
                    **dead,
                    **{
                        str(kind.status): {"description": kind.title, "content": page}
                        for kind in (problems.TOO_LARGE, problems.UNSUPPORTED, problems.INVALID, problems.UNAVAILABLE)
                    },
                },
            },
        }
    }


def _service() -> Json:
    return {
        "/healthz": {"get": operation("health", "The process is up.", {"200": answer("It is.", Health)})},
        "/readyz": {
            "get": operation(
                "readiness",
                "Whether requests can be taken in. With only the engine down they can.",
                {"200": answer("They can.", Readiness), "503": answer("They cannot.", Readiness)},
            )
        },
        "/openapi.json": {
            "get": operation(
                "describe",
                "This description.",
                {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {}}}}},
            )
        },
        "/problems/{slug}": {
            "parameters": [path("slug")],
            "get": operation(
                "explainProblem",
                "What a type of problem means, and what to do.",
                {"200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}},
                fails=(problems.NOT_FOUND,),
            ),
        },
    }


def _codec() -> Json:
    payloads = {"application/json": {"schema": {"type": "object", "properties": {"payloads": {"type": "array"}}}}}
    return {
        "/codec/decode": {
            "post": operation(
                "decodePayloads",
                "Open sealed payloads, for the engine's UI.",
                {"200": {"description": "The payloads in clear.", "content": payloads}},
                fails=(problems.MALFORMED, problems.UNAUTHORISED, problems.CONFLICT, problems.TOO_LARGE),
            )
            | {"security": [{"codecToken": []}], "requestBody": {"required": True, "content": payloads}},
            "options": operation(
                "allowDecoding", "Lets the UI's script call.", {"204": {"description": "Whether it may."}}
            ),
        }
    }


def _schemes(*, codec: bool) -> Json:
    def header(name: str, description: str) -> Json:
        return {"type": "apiKey", "in": "header", "name": name, "description": description}

    schemes = {
        "webhookId": header("webhook-id", "Unique to this message; a repeat has the same."),
        "webhookTimestamp": header("webhook-timestamp", "Seconds since 1970, at most five minutes off."),
        "webhookSignature": header(
            "webhook-signature",
            "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` under the shared secret (Standard Webhooks).",
        ),
    }
    return schemes | ({"codecToken": {"type": "http", "scheme": "bearer"}} if codec else {})
