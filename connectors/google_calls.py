"""Calls to one of Google's interfaces as a service account: the token fetched, and forgotten once it is refused."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.google_account import Incoming, ServiceAccountToken, busy
from connectors.http import OK, Answer, Http

GONE = 404


class Refused(Incoming):
    """A refusal in Google's own words; a proxy's is none."""

    error: dict[str, Any]


class GoogleCalls:
    """One connection pool to one of Google's interfaces."""

    def __init__(
        self,
        config: SystemConfig,
        token_url: str,
        scopes: Sequence[str],
        clock: Callable[[], datetime],
        subject: str | None = None,
    ) -> None:
        self._title = config.title
        self._http = Http(config, busy=busy)
        self._token = ServiceAccountToken(self._http, config.secret, token_url, scopes, clock, subject)

    async def call(
        self,
        method: str,
        path: str,
        *args: str,
        ok: frozenset[int] = OK,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """Send one request; statuses in `ok` come back, a refusal among them in Google's own words or not at all."""
        try:
            headers = await self._token.header()
            answer = await self._http.request(method, path, *args, ok=ok, headers=headers, params=params, json=json)
        except NeedsPerson:
            self._token.forget()
            raise
        if answer.status >= 400:
            answer.read(Refused)
        return answer

    async def delete(self, path: str, *args: str, params: Mapping[str, str] | None = None) -> bool:
        """Delete one thing: whether it was there. Google answers 204; 200 with a body is a proxy's page."""
        answer = await self.call("DELETE", path, *args, ok=frozenset({200, 204, GONE}), params=params)
        if answer.status == 200:
            raise TryLater(f"{self._title}: DELETE {path} answered with something that is not Google's")
        return answer.status != GONE

    async def stream(self, path: str, *args: str, params: Mapping[str, str] | None = None) -> AsyncIterator[bytes]:
        """Download content piece by piece."""
        try:
            headers = await self._token.header()
            async for chunk in self._http.stream(path, *args, headers=headers, params=params):
                yield chunk
        except NeedsPerson:
            self._token.forget()
            raise

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
