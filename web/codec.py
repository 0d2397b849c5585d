"""The remote codec that lets the engine's UI show payloads in clear, to whoever may see them."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from vault.codec import NotSealed
from vault.keys import KeyUnavailable
from web import problems
from web.problems import Problem
from web.reading import read

LIMIT_BYTES = 8 * 1024 * 1024
"""The engine answers with 4 MiB at most; base64 makes a third more of it."""

_HEADERS = "Authorization, Content-Type, X-Namespace"


@dataclass(frozen=True)
class Codec:
    """How the endpoint is set up. It opens what is sealed: give it a token wherever others reach this server."""

    decode: Callable[[bytes], Awaitable[bytes]]
    """The vault's `decode_payloads`, with its keys."""
    origin: str
    """Of the UI, as its browser sends it: `http://localhost:8233`. No other site's scripts are answered."""
    token: str | None = field(default=None, repr=False)


class CodecEndpoint:
    """`POST /codec/decode`: give `<public_url>/codec` to the UI or to `temporal --codec-endpoint`."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.post("/codec/decode", self.decode), web.options("/codec/decode", self.preflight)]

    async def preflight(self, request: web.Request) -> web.Response:
        """A browser asks whether the UI's script may call."""
        return self._shared(request, web.Response(status=204))

    async def decode(self, request: web.Request) -> web.Response:
        """Open payloads."""
        try:
            opened = await self._opened(request)
        except Problem as problem:
            return self._shared(request, problems.document(problem))
        return self._shared(request, web.Response(body=opened, content_type="application/json"))

    async def _opened(self, request: web.Request) -> bytes:
        self._check_token(request)
        body = await read(request, LIMIT_BYTES)
        try:
            return await self._codec.decode(body)
        except NotSealed:
            raise Problem(
                problems.MALFORMED, "These are no payloads of the remote codec protocol, or altered."
            ) from None
        except KeyUnavailable:
            raise Problem(problems.CONFLICT, "The key that these payloads are sealed with is not here.") from None

    def _check_token(self, request: web.Request) -> None:
        if self._codec.token is None:
            return
        given = request.headers.get(hdrs.AUTHORIZATION, "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._codec.token}".encode()):
            raise Problem(problems.UNAUTHORISED, headers={"WWW-Authenticate": "Bearer"})

    def _shared(self, request: web.Request, response: web.Response) -> web.Response:
        """The answer with what a browser needs to hand it to the UI's script, and to no other's."""
        response.headers["Vary"] = "Origin"
        if request.headers.get(hdrs.ORIGIN) == self._codec.origin:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = self._codec.origin
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = "POST"
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = _HEADERS
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
