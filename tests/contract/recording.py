"""What a connector and its stand-in said to each other, for comparing both sides with the vendor's own description."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from standins.faults import Handler


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; bodies as JSON, `None` where there was none or something else."""

    method: str
    path: str
    query: frozenset[str]
    body: Any
    status: int
    answer: Any
    raw_path: str = ""
    """As it was sent: a slash that is part of a name is still encoded."""
    form: dict[str, str] | None = None
    """The fields of a form that was sent."""


def recorded(application: web.Application, into: list[Exchange]) -> web.Application:
    """The stand-in, with every exchange on the vendor's own JSON routes kept in `into`."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control/"):
            return await handler(request)
        body = await request.json() if request.content_type == "application/json" and request.body_exists else None
        form = {name: str(value) for name, value in (await request.post()).items()} if _is_form(request) else None
        response = await handler(request)
        assert isinstance(response, web.Response)
        answer = json.loads(response.text) if response.text and response.content_type == "application/json" else None
        query = frozenset(request.query)
        raw = request.raw_path.partition("?")[0]
        into.append(Exchange(request.method, request.path, query, body, response.status, answer, raw, form))
        return response

    application.middlewares.insert(0, keep)
    return application


def _is_form(request: web.Request) -> bool:
    return request.content_type == "application/x-www-form-urlencoded"
