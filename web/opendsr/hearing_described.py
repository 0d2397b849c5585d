"""The address for callbacks as OpenAPI shows it."""

from connectors.opendsr_answers import StatusCallback
from connectors.opendsr_signing import DOMAIN, SIGNATURE
from web import problems
from web.doors import Described
from web.openapi_parts import STORED, Json, path, ref, with_headers
from web.opendsr import errors
from web.opendsr.described import error
from web.problems import Kind

_FAILS = (
    errors.INVALID, errors.ELSEWHERE, errors.NOT_THEIRS, problems.NOT_FOUND, problems.TOO_SLOW, problems.TOO_LARGE,
    problems.UNSUPPORTED, errors.UNCHECKED, problems.ENGINE_DOWN, *STORED,
)  # fmt: skip
_TEXT: Json = {"type": "string"}


def described(callback: str) -> Described:
    """What is served at this path."""
    fails: dict[int, list[Kind]] = {}
    for kind in _FAILS:
        fails.setdefault(kind.status, []).append(kind)
    operation: Json = {
        "operationId": "hearOpenDsrStatus",
        "summary": "A processor of ours says that something changed. It is asked what: the status itself is not used.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref(StatusCallback)}}},
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": _TEXT} for name in (DOMAIN, SIGNATURE)
        ],
        "responses": {
            "202": {"description": "Heard.", "content": {"application/json": {"schema": {"type": "object"}}}},
            **{str(status): with_headers(status, _failed(kinds)) for status, kinds in sorted(fails.items())},
        },
    }
    return Described(paths={callback: {"parameters": [path("system")], "post": operation}}, takes=(StatusCallback,))


def _failed(kinds: list[Kind]) -> Json:
    advice = " ".join(dict.fromkeys(kind.advice for kind in kinds))
    return {"description": advice, "content": {"application/json": {"schema": error(kinds)}}}
