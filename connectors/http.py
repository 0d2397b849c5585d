"""The one way to a vendor's HTTP interface, with the one policy of what its refusals mean.

Each vendor says "not now" in its own way: an integer or a date in Retry-After (Notion, Figma, Klaviyo), nothing
at all (Mailchimp), 529 (Notion), 403 (Drive; Mailchimp at volume). All of them end as `TryLater`; 401 and 403 end as
`NeedsPerson`; an answer that was promised as JSON and is not (a proxy's error page) is `TryLater` too.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ValidationError
from yarl import URL

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.pace import Account

CHUNK = 1 << 16
MAX_JSON = 64 << 20
"""Larger answers are refused: a page of work fits in far less."""

OK = frozenset({200, 201, 202, 204})
TRY_LATER = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504, 529})

LONGEST_WAIT = timedelta(days=31)
"""A wait beyond this is a vendor's mistake: Figma's smallest plan counts by the month, nobody counts longer."""

Headers = Mapping[str, str]
ModelT = TypeVar("ModelT", bound=BaseModel)
T = TypeVar("T")


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Await all at once, results in order; the first failure stops the others before it is raised.

    Unlike `asyncio.gather`, which would leave the others running, and writing, behind the caller's back.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def retry_after(headers: Headers, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> timedelta | None:
    """The wait a vendor asks for: Retry-After in seconds or as a date (RFC 9110, 10.2.3); `None` if unsaid."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(float(value), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:  # "-0000": the date is in UTC and says nothing of a zone
        until = until.replace(tzinfo=UTC)
    return min(max(until - now(), timedelta(0)), LONGEST_WAIT)


class Answer:
    """A vendor's answer, read whole. `path` is the route's template and never carries an identifier."""

    def __init__(self, status: int, headers: Headers, body: bytes, path: str) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.path = path

    def json(self) -> Any:
        """The body as JSON; a vendor that answers with something else is not well, so try later."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise TryLater(f"{self.path} answered {self.status} with a body that is not JSON") from None

    def read(self, model: type[ModelT]) -> ModelT:
        """The body as one of the vendor's objects; one that lacks what it should have is no answer: try later."""
        return shaped(model, self.json(), self.path)


def shaped(model: type[ModelT], value: Any, path: str) -> ModelT:
    """A part of an answer as one of the vendor's objects; `TryLater` names the fields that are wrong, no values."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        where = sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]})  # deeper steps may be data
        raise TryLater(f"{path} answered without a proper {', '.join(where) or model.__name__}") from None


class Http:
    """Requests to one vendor, kept below its limits. `busy` recognises a refusal that only means "not now".

    Error texts name the route (`path` is its template, `args` fill it) and the status, never an identifier,
    a query or a body: they reach logs and the engine's history.
    """

    def __init__(
        self,
        config: SystemConfig,
        headers: Headers | None = None,
        busy: Callable[[Answer], bool] = lambda _: False,
        max_bytes: int = MAX_JSON,
        account: Account | None = None,
    ) -> None:
        self._config = config
        self._headers = dict(headers or {})
        self._busy = busy
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None
        self._account = account or config.account

    async def request(
        self,
        method: str,
        path: str,
        *args: str,
        ok: frozenset[int] = OK,
        base_url: str | None = None,
        headers: Headers | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | str | Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; statuses in `ok` come back, all others are raised as what they mean.

        `path` is a template (`/lists/{}/members/{}`), filled with `args`, each percent-encoded whole.
        Redirects are not followed: a credential goes to the address in systems.toml and nowhere else.
        """
        async with self._sent(method, path, args, base_url, headers, params, json, data) as response:
            body = await self._read(response, path)
        answer = Answer(response.status, response.headers, body, path)
        if answer.status in ok:
            return answer
        raise self._meaning(answer)

    async def stream(
        self,
        path: str,
        *args: str,
        base_url: str | None = None,
        headers: Headers | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AsyncIterator[bytes]:
        """Download a file piece by piece."""
        async with self._sent("GET", path, args, base_url, headers, params, None, None) as response:
            if response.status not in OK:
                body = await self._read(response, path)
                raise self._meaning(Answer(response.status, response.headers, body, path))
            async for chunk in response.content.iter_chunked(CHUNK):
                yield chunk

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        path: str,
        args: tuple[str, ...],
        base_url: str | None,
        headers: Headers | None,
        params: Mapping[str, str] | None,
        json: Any,
        data: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = URL((base_url or self._config.base_url).rstrip("/") + path.format(*map(_encoded, args)), encoded=True)
        async with self._account.turn():
            try:
                async with self._open().request(
                    method,
                    url,
                    headers={**self._headers, **(headers or {})},
                    params=params,
                    json=json,
                    data=data,
                    allow_redirects=False,
                ) as response:
                    yield response
            except (TimeoutError, aiohttp.ClientError) as error:
                raise TryLater(f"{self._config.title}: {path} failed: {type(error).__name__}") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self._config.timeout_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _read(self, response: aiohttp.ClientResponse, path: str) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise NeedsPerson(
                    f"{self._config.title}: {path} answered more than {self._max_bytes} bytes",
                    "Ask for a smaller page_size in systems.toml, then retry.",
                )
        return bytes(body)

    def _meaning(self, answer: Answer) -> Exception:
        said = f"{self._config.title}: {answer.path} answered {answer.status}"
        if answer.status in TRY_LATER or self._busy(answer):
            return TryLater(said, retry_after(answer.headers))
        if answer.status in {401, 403}:
            return NeedsPerson(
                said,
                f"The credential for {self._config.title} is missing, expired or lacks a right. "
                f"Renew it where systems.toml points for [{self._config.name}], restart the worker, then retry.",
            )
        if answer.status >= 500 or answer.status // 100 == 3:
            return TryLater(said)
        return NeedsPerson(
            said, f"{self._config.title} refused the request as it stands. An engineer should look at {answer.path}."
        )


def _encoded(value: str) -> str:
    if value in {"", ".", ".."}:  # percent-encoding cannot save these: the path would name another resource
        raise ValueError("an empty or dotted path argument")
    return quote(value, safe="")
