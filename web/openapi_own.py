"""Our own interface, described: requests by signed webhook, downloads, health, the engine's codec."""

from intake.desk import Confirmed, Readiness
from web import problems
from web.bodies import CodeBody, Followed, Health, ReasonBody, RequestBody, Standing, Submitted
from web.doors import Described
from web.openapi_parts import FORM, STORED, Json, accepted, answer, operation, page, path, with_headers
from web.problems import ProblemDocument

_ENGINE = (problems.NOT_FOUND, problems.CONFLICT, problems.ENGINE_DOWN, *STORED)

_SIGNED: Json = {
    "security": [{"webhookId": [], "webhookTimestamp": [], "webhookSignature": []}],
}


def own(*, codec: bool) -> Described:
    """Everything but partners' protocols and the person's pages; `codec`: whether the engine's codec is served."""
    return Described(
        paths={**_requests(), **_downloads(), **_service(), **(_codec() if codec else {})},
        takes=(RequestBody, CodeBody, ReasonBody),
        gives=(Submitted, Standing, Followed, Confirmed, Health, Readiness, ProblemDocument),
        security=_schemes() | ({"codecToken": {"type": "http", "scheme": "bearer"}} if codec else {}),
    )


def _requests() -> Json:
    return {
        "/v1/requests": {
            "post": _SIGNED
            | operation(
                "submitRequest",
                "Hand in a request. The same webhook-id again is answered the same, and starts nothing new.",
                {"202": accepted("Kept; it is carried out.", Submitted)},
                body=RequestBody,
                fails=(problems.UNSIGNED, problems.REUSED, problems.REFUSED, *STORED),
            )
        },
        "/v1/requests/{request_id}": {
            "parameters": [path("request_id")],
            "get": operation(
                "showRequest",
                "Where a request stands, without personal data.",
                {"200": answer("Where it stands.", Standing)},
                fails=(problems.NOT_FOUND, *STORED),
            ),
        },
        "/v1/requests/{request_id}/confirmation": {
            "parameters": [path("request_id")],
            "post": operation(
                "confirmRequest",
                "Enter the code that was sent to the address on file.",
                {"200": answer("Whether it was the code; with the ticket, the passphrase.", Confirmed)},
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
    dead = {
        "403": page("A wrong passphrase, or too many of them."),
        "404": page("No such link."),
        "410": page("Used or expired."),
    }
    form = {
        "type": "object",
        "required": ["passphrase"],
        "properties": {"passphrase": {"type": "string"}},
    }
    fails = {str(kind.status): with_headers(kind.status, page(kind.title)) for kind in STORED}
    taken = (problems.TOO_LARGE, problems.UNSUPPORTED, problems.INVALID, problems.TOO_SLOW)
    package = {
        "description": "The package. Not whole if the connection breaks off.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
    return {
        "/v1/downloads/{token}": {
            "parameters": [path("token")],
            "get": {
                "operationId": "showDownload",
                "summary": "A page that asks for the passphrase. Uses nothing up.",
                "responses": {"200": page("The page."), **dead, **fails},
            },
            "post": {
                "operationId": "download",
                "summary": "The package, once.",
                "requestBody": {"required": True, "content": {FORM: {"schema": form}}},
                "responses": {
                    "200": package,
                    **dead,
                    **{str(kind.status): page(kind.title) for kind in taken},
                    **fails,
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
                {"200": page("A page.")},
                fails=(problems.NOT_FOUND,),
            ),
        },
    }


def _codec() -> Json:
    payloads = {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["payloads"],
                "properties": {"payloads": {"type": "array", "items": {"type": "object"}}},
            }
        }
    }
    fails = (
        problems.MALFORMED, problems.UNAUTHORISED, problems.CONFLICT, problems.TOO_LARGE, problems.UNSUPPORTED,
        problems.TOO_SLOW, *STORED,
    )  # fmt: skip
    decode = operation(
        "decodePayloads",
        "Open sealed payloads, for the engine's UI.",
        {"200": {"description": "The payloads in clear.", "content": payloads}},
        fails=fails,
    )
    may = with_headers(204, {"description": "Whether it may."})
    return {
        "/codec/decode": {
            "post": decode | {"security": [{"codecToken": []}], "requestBody": {"required": True, "content": payloads}},
            "options": operation("allowDecoding", "Lets the UI's script call.", {"204": may}),
        }
    }


def _schemes() -> Json:
    def in_header(name: str, description: str) -> Json:
        return {"type": "apiKey", "in": "header", "name": name, "description": description}

    return {
        "webhookId": in_header("webhook-id", "Unique to this message; a repeat has the same."),
        "webhookTimestamp": in_header("webhook-timestamp", "Seconds since 1970, at most five minutes off."),
        "webhookSignature": in_header(
            "webhook-signature",
            "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` under the shared secret (Standard Webhooks).",
        ),
    }
