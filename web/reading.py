"""Bodies: read up to a limit, and made a model or a list of mistakes that quotes nothing."""

import asyncio
from collections.abc import Iterator
from typing import Any, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from web import problems
from web.problems import Mistake, Problem

Model = TypeVar("Model", bound=BaseModel)

LIMIT_BYTES = 64 * 1024
_PATIENCE_SECONDS = 30
_JSON = "application/json"


async def read(request: web.Request, limit: int = LIMIT_BYTES) -> bytes:
    """The body, byte by byte as it was signed.

    Raises:
        Problem: larger than `limit`, compressed, or slower than half a minute.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise Problem(problems.UNSUPPORTED, "Send the body as it is, not compressed.")
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await request.clone(client_max_size=limit).read()
    except TimeoutError:
        raise Problem(problems.TOO_SLOW) from None


def parsed(request: web.Request, body: bytes, model: type[Model]) -> Model:
    """The body as a model.

    Raises:
        Problem: it is not JSON, or not this model.
    """
    if request.content_type != _JSON:
        raise Problem(problems.UNSUPPORTED)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
    if mistakes[0]["type"] == "json_invalid":
        raise Problem(problems.MALFORMED)
    found = {(m.pointer, m.detail): m for m in (_mistake(model, mistake) for mistake in mistakes)}
    raise Problem(problems.INVALID, mistakes=list(found.values()))


def _mistake(model: type[BaseModel], mistake: Any) -> Mistake:
    detail = str(mistake["msg"]).removeprefix("Value error, ")
    if mistake["type"] == "extra_forbidden":
        detail = "has a field that is not known here; `/openapi.json` lists those that are"
    return Mistake(pointer="#" + "".join(f"/{field}" for field in _fields(model, mistake["loc"])), detail=detail)


def _fields(model: type[BaseModel], location: tuple[int | str, ...]) -> Iterator[str]:
    """The fields that lead to a mistake, as far as they are the model's own.

    What comes after them is either the sender's text, which is not repeated, or names a branch of a union, which is
    no part of the body.
    """
    inside: object = model
    for step in location:
        if not (isinstance(inside, type) and issubclass(inside, BaseModel)) or step not in inside.model_fields:
            return
        yield str(step)
        inside = inside.model_fields[str(step)].annotation
