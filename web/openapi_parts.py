"""The pieces that the description of the interface is put together from."""

from typing import Any

from pydantic import BaseModel

from web import problems
from web.problems import CONTENT_TYPE, Kind, ProblemDocument

Json = dict[str, Any]

SCHEMAS = "#/components/schemas/"

_ANY_BODY = (problems.MALFORMED, problems.INVALID, problems.TOO_LARGE, problems.UNSUPPORTED, problems.TOO_SLOW)


def operation(
    name: str, summary: str, answers: Json, *, body: type[BaseModel] | None = None, fails: tuple[Kind, ...] = ()
) -> Json:
    """One operation: `fails` with these problems, and with those of any body where it takes one."""
    fails_with = (*fails, *(_ANY_BODY if body else ()))
    described: Json = {"operationId": name, "summary": summary, "responses": answers | failures(fails_with)}
    if body:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    return described


def failures(kinds: tuple[Kind, ...]) -> Json:
    """One answer for each status, naming every problem that has it."""
    by_status: dict[str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(str(kind.status), []).append(f"{kind.title} (`/problems/{kind.slug}`).")
    content = {CONTENT_TYPE: {"schema": ref(ProblemDocument)}}
    return {status: {"description": " ".join(says), "content": content} for status, says in sorted(by_status.items())}


def answer(description: str, model: type[BaseModel]) -> Json:
    """An answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": ref(model)}}}


def accepted(description: str, model: type[BaseModel]) -> Json:
    """A 202 that says where to look."""
    location = {"Location": {"description": "Its status.", "schema": {"type": "string", "format": "uri"}}}
    return answer(description, model) | {"headers": location}


def ref(model: type[BaseModel]) -> Json:
    """A reference to a model's schema."""
    return {"$ref": f"{SCHEMAS}{model.__name__}"}


def path(name: str) -> Json:
    """A parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
