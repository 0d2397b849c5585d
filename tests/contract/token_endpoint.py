"""A token endpoint (RFC 6749) as Microsoft and Google have theirs: it gives tokens out, lets them die, and says no."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web

CLIENT = "app-7"
CLIENT_SECRET = "canary-client-secret"
REFRESH = "canary-refresh-token"
SCOPE = "https://mail.example/imap"


class TokenEndpoint:
    """Gives each who asks rightly another token; the mail server beside it takes those in `valid`."""

    def __init__(self) -> None:
        self.valid: set[str] = set()
        self.asked: list[dict[str, str]] = []
        self.refreshing = {REFRESH}
        """The refresh tokens that are good."""
        self.gives: dict[str, Any] = {}
        """What is said beside the token, and instead of it."""
        self.refuses: tuple[int, Any] | None = None
        """Status and body of every answer."""
        self.redirects = ""
        self._numbers = count(1)
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["TokenEndpoint"]:
        """Listen."""
        application = web.Application()
        application.router.add_post("/tenant/token", self._answer)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/tenant/token"
        try:
            yield self
        finally:
            await runner.cleanup()

    def secret(self, **changed: Any) -> str:
        """A credential that it takes, as JSON."""
        grant = {"token_url": self.url, "client_id": CLIENT, "client_secret": CLIENT_SECRET, "scope": SCOPE}
        grant |= {"refresh_token": REFRESH} | changed
        return json.dumps({name: value for name, value in grant.items() if value is not None})

    async def _answer(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.redirects:
            return web.Response(status=307, headers={"Location": self.redirects})
        if self.refuses:
            status, body = self.refuses
            return web.Response(status=status, text=body if isinstance(body, str) else json.dumps(body))
        if (form["client_id"], form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            return _no("invalid_client", "AADSTS7000215: Invalid client secret provided canary-client-secret.", 401)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] not in self.refreshing:
            return _no("invalid_grant", f"Token {form['refresh_token']} has been expired or revoked.", 400)
        token = f"canary.access-token_{next(self._numbers)}"
        self.valid.add(token)
        return web.json_response({"token_type": "Bearer", "access_token": token, "expires_in": 3600} | self.gives)


def _no(code: str, description: str, status: int) -> web.Response:
    return web.json_response({"error": code, "error_description": description}, status=status)
