"""The protocol's endpoints as OpenAPI shows them; every answer is signed."""

from web import problems
from web.doors import Described
from web.openapi_parts import STORED, Json, header, path, ref, with_headers
from web.opendsr import errors
from web.opendsr.bodies import IDENTITY_TYPES, RIGHTS, SUPPORTED, UUID4, DsrRequest
from web.opendsr.signing import DOMAIN, SIGNATURE
from web.problems import Kind

_TIME: Json = {"type": "string", "format": "date-time"}
_TEXT: Json = {"type": "string"}
_REF: Json = {"type": "string", "pattern": UUID4}
_STATES: Json = {"enum": ["pending", "in_progress", "completed", "cancelled"]}
_BODY = (problems.TOO_SLOW, problems.TOO_LARGE, problems.UNSUPPORTED)
_BEARER: Json = {"security": [{"opendsrToken": []}]}


def described(requests: str, request: str, certificate: str, discovery: str) -> Described:
    """What is served at these paths."""
    return Described(
        paths={
            discovery: {"get": _operation("discoverOpenDsr", "What is supported here.", {200: _discovery()})},
            certificate: {"get": _certificate()},
            requests: {"post": _create()},
            request: {"parameters": [path("subject_request_id", _REF)], "get": _status(), "delete": _cancel()},
        },
        takes=(DsrRequest,),
        security={"opendsrToken": {"type": "http", "scheme": "bearer"}},
        webhooks={"opendsrStatus": {"post": _callback()}},
    )


def _create() -> Json:
    answer = _object(
        controller_id=_TEXT,
        expected_completion_time=_TIME,
        received_time=_TIME,
        encoded_request={"type": "string", "contentEncoding": "base64"},
        subject_request_id=_REF,
    )
    answer["properties"]["extensions"] = {
        "type": "object",
        "description": "By our domain: the `ticket` that the person enters with their code, for a download. Told once.",
    }
    return (
        _BEARER
        | _operation(
            "createOpenDsrRequest",
            "Take a request in. The same bytes again are answered the same.",
            {201: _signed("Kept; it is carried out.", answer)},
            (errors.INVALID, errors.REUSED, errors.UNKNOWN_TOKEN, *_BODY),
        )
        | {"requestBody": {"required": True, "content": {"application/json": {"schema": ref(DsrRequest)}}}}
    )


def _status() -> Json:
    standing = _standing(api_version=_TEXT)
    return _BEARER | _operation(
        "showOpenDsrRequest",
        "Where a request stands.",
        {200: _signed("Where it stands.", standing)},
        (errors.UNKNOWN_TOKEN, problems.NOT_FOUND),
    )


def _cancel() -> Json:
    answer = _object(controller_id=_TEXT, received_time=_TIME, subject_request_id=_REF, api_version=_TEXT)
    return _BEARER | _operation(
        "cancelOpenDsrRequest",
        "Take a request back while it is pending. What the person or another asked for, too, goes on for them.",
        {202: _signed("Taken back.", answer)},
        (errors.NOT_PENDING, errors.UNKNOWN_TOKEN, problems.NOT_FOUND, problems.ENGINE_DOWN),
    )


def _discovery() -> Json:
    identity = _object(identity_type={"enum": [*IDENTITY_TYPES]}, identity_format={"const": "raw"})
    return _signed(
        f"Of the identity types, at most {', '.join(SUPPORTED)}.",
        _object(
            api_version=_TEXT,
            supported_identities={"type": "array", "items": identity},
            supported_subject_request_types={"type": "array", "items": {"enum": [*RIGHTS]}},
            processor_certificate={"type": "string", "format": "uri"},
        ),
    )


def _certificate() -> Json:
    pem = {"description": "PEM, the leaf first.", "content": {"application/x-pem-file": {"schema": _TEXT}}}
    return _operation("showOpenDsrCertificate", "What verifies our answers.", {200: pem})


def _callback() -> Json:
    return {
        "operationId": "opendsrStatus",
        "summary": "We tell a controller what changed, at the callback addresses that it named and that were agreed.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _standing(status_callback_url=_TEXT)}},
        },
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": _TEXT} for name in (DOMAIN, SIGNATURE)
        ],
        "responses": {"2XX": {"description": "Heard. Anything else is told again later."}},
    }


def _operation(name: str, summary: str, answers: dict[int, Json], kinds: tuple[Kind, ...] = ()) -> Json:
    fails = {problems.BROKEN.status: [problems.BROKEN]}
    for kind in (*kinds, *(STORED[1:] if kinds else ())):
        fails.setdefault(kind.status, []).append(kind)
    failed = {
        str(status): with_headers(status, _signed(" ".join(dict.fromkeys(k.advice for k in found)), error(found)))
        for status, found in sorted(fails.items())
    }
    return {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): answer for status, answer in answers.items()} | failed,
    }


def error(kinds: list[Kind]) -> Json:
    """The protocol's own form of what goes wrong."""
    one = _object(domain=_TEXT, reason={"enum": [*dict.fromkeys(kind.slug for kind in kinds)]}, message=_TEXT)
    error = _object(
        code={"const": kinds[0].status}, message=_TEXT, errors={"type": "array", "items": one, "minItems": 1}
    )
    return _object(error=error)


def _standing(**more: Json) -> Json:
    return _object(
        controller_id=_TEXT,
        expected_completion_time=_TIME,
        subject_request_id=_REF,
        request_status=_STATES,
        **more,
    )


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": [*properties], "properties": properties}


def _signed(description: str, schema: Json) -> Json:
    return {
        "description": description,
        "headers": {
            DOMAIN: header("Whose certificate signed it."),
            SIGNATURE: header("Base64 of RSA PKCS#1 v1.5 with SHA-256 over the bytes of the body."),
        },
        "content": {"application/json": {"schema": schema}},
    }
