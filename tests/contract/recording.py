"""What a connector and its stand-in said to each other, for comparing both sides with the vendor's own description."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from standins.faults import Handler


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; bodies as JSON, `None` where there was none."""

    method: str
    path: str
    query: frozenset[str]
    body: Any
    status: int
    answer: Any


def recorded(application: web.Application, into: list[Exchange]) -> web.Application:
    """The stand-in, with every exchange on the vendor's own JSON routes kept in `into`."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control/"):
            return await handler(request)
        body = await request.json() if request.content_type == "application/json" and request.body_exists else None
        response = await handler(request)
        assert isinstance(response, web.Response)
        answer = None if response.text is None else json.loads(response.text)
        query = frozenset(request.query)
        into.append(Exchange(request.method, request.path, query, body, response.status, answer))
        return response

    application.middlewares.insert(0, keep)
    return application
