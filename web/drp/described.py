"""The protocol's endpoints as OpenAPI shows them."""

from web import problems
from web.doors import Described
from web.drp import errors
from web.drp.states import StatusObject
from web.openapi_parts import STORED, Json, path, ref, with_headers
from web.problems import Kind

_SIGNED: Json = {
    "required": True,
    "content": {
        "text/plain": {
            "schema": {
                "type": "string",
                "contentEncoding": "base64",
                "minLength": 88,
                "pattern": "^[A-Za-z0-9+/]+={0,2}$",
                "description": "base64(signature || JSON): Ed25519 in libsodium's combined mode. "
                "The JSON has `agent-id`, `business-id`, `issued-at`, `expires-at`, `drp.version`, and what is asked.",
            }
        }
    },
}
_BEARER: Json = {"security": [{"drpToken": []}]}
_BODY = (problems.TOO_SLOW, problems.TOO_LARGE, problems.UNSUPPORTED)
_MESSAGE = (errors.MALFORMED, errors.FORBIDDEN, errors.UNKNOWN, errors.UNTIMELY, *_BODY)
_ENGINE = (problems.ENGINE_DOWN,)


def described(agent: str, exercise: str, request: str) -> Described:
    """What is served at these paths."""
    return Described(
        paths={
            agent: {"parameters": [path("agent_id")], "post": _set_up(), "get": _agent()},
            exercise: {"post": _exercise("exerciseRight")},
            exercise + "/": {"post": _exercise("exerciseRightWithSlash")},
            request: {"parameters": [path("request_id")], "get": _status(), "delete": _revoke()},
        },
        gives=(StatusObject,),
        security={"drpToken": {"type": "http", "scheme": "bearer"}},
        webhooks={"drpStatus": {"post": _callback()}},
    )


def _set_up() -> Json:
    token = _json(
        "A token; the one before is dead.",
        {
            "type": "object",
            "required": ["agent-id", "token"],
            "properties": {"agent-id": {"type": "string"}, "token": {"type": "string"}},
        },
    )
    made = _operation("setUpAgent", "Give an agent a token (2.05).", {200: token}, _BODY) | {"requestBody": _SIGNED}
    made["responses"]["403"] = {"description": "Whatever does not hold; with no body."}
    return made


def _agent() -> Json:
    good = _json("It is.", {"type": "object", "maxProperties": 0})
    kinds = (errors.UNKNOWN, errors.FORBIDDEN)
    return _BEARER | _operation("showAgent", "Whether a token is still good (2.06).", {200: good}, kinds)


def _exercise(name: str) -> Json:
    kinds = (*_MESSAGE, errors.INVALID, errors.REPLAYED)
    kept = _json("Kept; it is carried out.", ref(StatusObject))
    return _BEARER | _operation(name, "Take a request in (2.01).", {200: kept}, kinds) | {"requestBody": _SIGNED}


def _status() -> Json:
    stands = _json("Where it stands.", ref(StatusObject))
    kinds = (errors.UNKNOWN, errors.FORBIDDEN)
    return _BEARER | _operation("showExercise", "Where a request stands (2.02).", {200: stands}, kinds)


def _revoke() -> Json:
    revoked = _json("Revoked.", ref(StatusObject))
    kinds = (*_MESSAGE, errors.TOO_LATE, *_ENGINE)
    summary = "Take a request back (2.04). What the person or another asked for, too, goes on for them."
    return _BEARER | _operation("revokeExercise", summary, {200: revoked}, kinds) | {"requestBody": _SIGNED}


def _callback() -> Json:
    return {
        "operationId": "drpStatus",
        "summary": "We tell an agent what changed (2.03), at its `status_callback`, if that was agreed.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref(StatusObject)}}},
        "responses": {"2XX": {"description": "Heard. Anything else is told again later."}},
    }


def _operation(name: str, summary: str, answers: dict[int, Json], kinds: tuple[Kind, ...]) -> Json:
    fails: dict[int, list[str]] = {}
    for kind in (*kinds, *STORED):
        fails.setdefault(kind.status, []).append(f"{kind.title}: {kind.advice}")
    failed = {
        str(status): with_headers(status, _json(" ".join(dict.fromkeys(says)), _error(status)))
        for status, says in sorted(fails.items())
    }
    return {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): answer for status, answer in answers.items()} | failed,
    }


def _error(status: int) -> Json:
    """3.06; `fatal`: the same again is of no use."""
    return {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"const": str(status)},
            "message": {"type": "string"},
            "fatal": {"const": True},
        },
    }


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
