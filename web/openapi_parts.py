"""The pieces that the description of the interface is put together from."""

from typing import Any

from pydantic import BaseModel

from web import problems
from web.problems import CONTENT_TYPE, Kind, ProblemDocument

Json = dict[str, Any]

SCHEMAS = "#/components/schemas/"
HTML = "text/html"
FORM = "application/x-www-form-urlencoded"

ANY_BODY = (problems.MALFORMED, problems.INVALID, problems.TOO_LARGE, problems.UNSUPPORTED, problems.TOO_SLOW)
"""What can be wrong with a body of JSON."""
ALWAYS = (problems.BROKEN,)
STORED = (problems.BROKEN, problems.UNAVAILABLE)
"""What can happen wherever the ledger or the vault is asked."""


def operation(
    name: str, summary: str, answers: Json, *, body: type[BaseModel] | None = None, fails: tuple[Kind, ...] = ()
) -> Json:
    """One operation: `fails` with these problems, and with those of any body where it takes one."""
    fails_with = (*fails, *(ANY_BODY if body else ()), *ALWAYS)
    described: Json = {"operationId": name, "summary": summary, "responses": answers | failures(fails_with)}
    if body:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    return described


def failures(kinds: tuple[Kind, ...]) -> Json:
    """One answer for each status, naming every problem that has it."""
    content = {CONTENT_TYPE: {"schema": ref(ProblemDocument)}}
    return {
        status: with_headers(int(status), {"description": says, "content": content})
        for status, says in by_status(kinds).items()
    }


def by_status(kinds: tuple[Kind, ...]) -> dict[str, str]:
    """The problems of each status, in words."""
    found: dict[str, dict[str, None]] = {}
    for kind in kinds:
        found.setdefault(str(kind.status), {})[f"{kind.title} (`/problems/{kind.slug}`)."] = None
    return {status: " ".join(says) for status, says in sorted(found.items())}


def with_headers(status: int, answer: Json) -> Json:
    """An answer with the headers that its status comes with, beside its own."""
    always = {
        401: {"WWW-Authenticate": header("How to say who asks.")},
        503: {"Retry-After": header("Seconds.", {"type": "integer", "minimum": 1})},
    }.get(status)
    return answer | {"headers": answer.get("headers", {}) | always} if always else answer


def header(description: str, schema: Json | None = None) -> Json:
    """A header that an answer always has."""
    return {"description": description, "required": True, "schema": schema or {"type": "string", "minLength": 1}}


def answer(description: str, model: type[BaseModel]) -> Json:
    """An answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": ref(model)}}}


def accepted(description: str, model: type[BaseModel]) -> Json:
    """A 202 that says where to look."""
    return answer(description, model) | {
        "headers": {"Location": header("Its status.", {"type": "string", "format": "uri"})}
    }


def page(description: str) -> Json:
    """An answer to read."""
    return {
        "description": description,
        "headers": {"Content-Security-Policy": header("No script, and nothing from elsewhere.")},
        "content": {HTML: {"schema": {"type": "string"}}},
    }


def ref(model: type[BaseModel]) -> Json:
    """A reference to a model's schema."""
    return {"$ref": f"{SCHEMAS}{model.__name__}"}


def path(name: str, schema: Json | None = None) -> Json:
    """A parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema or {"type": "string", "minLength": 1}}
