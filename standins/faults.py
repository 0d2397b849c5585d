"""Ways to break a stand-in on purpose, the same for all of them.

Control interface of every stand-in, beside the vendor's own routes:

    POST   /_control/faults   {"kind": "server_error", "times": 3}         the next three answers are 500
    POST   /_control/faults   {"kind": "down", "times": -1}                 until cleared
    POST   /_control/faults   {"kind": "rate_limit", "times": 1, "path": "/lists"}   only where the path contains it
    DELETE /_control/faults                                                clear
    GET    /_control/calls                                                 [{"method", "path"}], oldest first
    DELETE /_control/calls                                                 forget them
    GET    /_control/state                                                 all that the vendor holds
    PUT    /_control/state                                                 replace it (seeding)
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass
class Faults:
    """What is to go wrong, and a record of what was asked."""

    bodies: dict[str, tuple[int, dict[str, str], Any]] = field(default_factory=dict)
    """The vendor's own way to say it: kind -> (status, headers, JSON body or None)."""
    pending: list[dict[str, Any]] = field(default_factory=list)
    calls: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=100_000))

    def take(self, path: str) -> str | None:
        """The fault that befalls this path now, used up by one."""
        for fault in self.pending:
            if fault.get("path", "") in path:
                if fault["times"] > 0:
                    fault["times"] -= 1
                    if fault["times"] == 0:
                        self.pending.remove(fault)
                return str(fault["kind"])
        return None

    async def answer(self, kind: str) -> web.StreamResponse:
        """The broken answer of this kind."""
        if kind in self.bodies:
            status, headers, body = self.bodies[kind]
            text = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json", **headers} if text else headers
            return web.Response(text=text, status=status, headers=headers)
        match kind:
            case "rate_limit":
                return web.json_response({}, status=429, headers={"Retry-After": "1"})
            case "rate_limit_without_hint":
                return web.Response(status=429)
            case "server_error":
                return web.json_response({}, status=500)
            case "overloaded_529":
                return web.json_response({}, status=529, headers={"Retry-After": "1"})
            case "down":
                return web.Response(status=503)
            case "html":
                return web.Response(text=HTML, content_type="text/html", status=200)
            case "unauthorised":
                return web.json_response({}, status=401)
            case "forbidden":
                return web.json_response({}, status=403)
            case "timeout":
                await asyncio.sleep(3600)
        raise web.HTTPBadRequest(text=f"no such fault: {kind}")


def breakable(app: web.Application, faults: Faults, state: Callable[[], Any], replace: Callable[[Any], None]) -> None:
    """Give a stand-in its control interface and let its faults befall the vendor's routes."""

    @web.middleware
    async def befall(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "/_control/" in request.path:
            return await handler(request)
        faults.calls.append({"method": request.method, "path": request.path_qs})
        kind = faults.take(request.path_qs)
        return await faults.answer(kind) if kind else await handler(request)

    async def add(request: web.Request) -> web.Response:
        faults.pending.append({"times": 1, **(await request.json())})
        return web.json_response({})

    async def clear(request: web.Request) -> web.Response:
        faults.pending.clear()
        return web.json_response({})

    async def calls(request: web.Request) -> web.Response:
        return web.json_response(list(faults.calls))

    async def forget(request: web.Request) -> web.Response:
        faults.calls.clear()
        return web.json_response({})

    async def read(request: web.Request) -> web.Response:
        return web.json_response(state())

    async def write(request: web.Request) -> web.Response:
        replace(await request.json())
        return web.json_response({})

    app.middlewares.append(befall)
    app.router.add_post("/_control/faults", add)
    app.router.add_delete("/_control/faults", clear)
    app.router.add_get("/_control/calls", calls)
    app.router.add_delete("/_control/calls", forget)
    app.router.add_get("/_control/state", read)
    app.router.add_put("/_control/state", write)
