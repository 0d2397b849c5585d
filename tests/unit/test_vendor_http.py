"""The one policy of what a vendor's refusals mean, over real connections to a server that misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel, SecretStr

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.http import LONGEST_WAIT, Answer, Http, retry_after, together
from standins.faults import Handler
from standins.serving import serving

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "key-1a2b3c"
WHO = "ada@example.com"

HOSTILE = ["a/b", "a?b=c", "a#b", "a%2Fb", "a b", "ü", "a\r\nb", "{}", "..%2f", "' OR 1=1", "a\\b", "...", "a/../b"]


class Thing(BaseModel):
    id: str
    size: int


@asynccontextmanager
async def vendor(handler: Handler, **changed: Any) -> AsyncIterator[Http]:
    app = web.Application()
    app.router.add_route("*", r"/{tail:[\s\S]*}", handler)
    busy: Callable[[Answer], bool] = changed.pop("busy", lambda _: False)
    max_bytes = changed.pop("max_bytes", 1 << 20)
    async with serving(app) as address:
        settings = {"base_url": address, "timeout_seconds": 0.2, **changed}
        config = SystemConfig(name="crm", kind="crm", title="The CRM", secret=SecretStr(SECRET), **settings)
        http = Http(config, {"Authorization": SECRET}, busy=busy, max_bytes=max_bytes)
        try:
            yield http
        finally:
            await http.close()


def answering(status: int, text: str = "{}", **headers: str) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return handle


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("7", timedelta(seconds=7)),
        (" 0 ", timedelta(0)),
        ("Sun, 01 Mar 2026 12:01:30 GMT", timedelta(seconds=90)),
        ("Sun, 01 Mar 2026 12:01:30 -0000", timedelta(seconds=90)),
        ("Sun, 01 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("9" * 400, LONGEST_WAIT),
        ("Sun, 01 Mar 2099 12:00:00 GMT", LONGEST_WAIT),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_the_wait_is_what_the_vendor_says_in_seconds_or_as_a_date(said: str, wait: timedelta | None) -> None:
    """Retry-After is read in both its forms, never negative, never absurd, and nonsense is no wait at all."""
    assert retry_after({"Retry-After": said}, lambda: NOW) == wait


def test_no_header_is_no_wait() -> None:
    """A vendor that does not say how long leaves it to the engine."""
    assert retry_after({}) is None


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529, 599])
async def test_not_now_is_try_later(status: int) -> None:
    """Each vendor's way to say "not now" ends the same."""
    async with vendor(answering(status, Retry_After="3")) as http:
        with pytest.raises(TryLater) as refused:
            await http.request("GET", "/x")

    assert str(status) in str(refused.value)
    if status in {429, 503, 529}:
        assert refused.value.after == timedelta(seconds=3)


@pytest.mark.parametrize("status", [401, 403])
async def test_no_access_needs_a_person_who_is_told_which_credential(status: int) -> None:
    """Nobody can repeat their way into a system; the instructions name the entry."""
    async with vendor(answering(status)) as http:
        with pytest.raises(NeedsPerson) as refused:
            await http.request("GET", "/x")

    assert "[crm]" in refused.value.instructions


async def test_a_vendor_may_say_busy_with_any_status() -> None:
    """A 403 that the connector recognises as too many requests is `TryLater`."""
    async with vendor(answering(403, text=""), busy=lambda answer: not answer.body) as http:
        with pytest.raises(TryLater):
            await http.request("GET", "/x")


async def test_a_request_the_vendor_cannot_understand_needs_an_engineer() -> None:
    """A 400 will be a 400 the next time too."""
    async with vendor(answering(400)) as http:
        with pytest.raises(NeedsPerson, match="/x answered 400"):
            await http.request("GET", "/x")


async def test_expected_statuses_come_back() -> None:
    """What the caller says is an answer, is one: a 404 may be all that was asked."""
    async with vendor(answering(404)) as http:
        answer = await http.request("GET", "/x", ok=frozenset({404}))

    assert answer.status == 404


async def test_an_error_page_where_json_was_promised_is_try_later() -> None:
    """A proxy's HTML with status 200 is not an answer."""
    async with vendor(answering(200, "<html>Bad Gateway</html>")) as http:
        answer = await http.request("GET", "/x")

        with pytest.raises(TryLater, match="not JSON"):
            answer.json()


async def test_an_answer_of_the_wrong_shape_names_its_fields_and_no_values() -> None:
    """An object that lacks what it should have is try later, and the text does not quote it."""
    async with vendor(answering(200, f'{{"id": 7, "size": "{WHO}"}}')) as http:
        answer = await http.request("GET", "/x")

        with pytest.raises(TryLater, match="/x answered without a proper id, size") as refused:
            answer.read(Thing)

    assert WHO not in str(refused.value)


async def test_silence_is_try_later() -> None:
    """A vendor that does not answer in time is asked again."""

    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    async with vendor(hang) as http:
        with pytest.raises(TryLater, match="/x failed"):
            await http.request("GET", "/x")


async def test_a_connection_that_breaks_off_is_try_later() -> None:
    """Half an answer is no answer, whether it is read whole or streamed."""

    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"{")
        assert request.transport is not None
        request.transport.close()
        return response

    async with vendor(break_off) as http:
        with pytest.raises(TryLater):
            await http.request("GET", "/x")
        with pytest.raises(TryLater):
            _ = [chunk async for chunk in http.stream("/x")]


async def test_a_vendor_that_is_not_there_is_try_later() -> None:
    """A refused connection is no bug of ours."""
    async with vendor(answering(200), base_url="http://127.0.0.1:1") as http:
        with pytest.raises(TryLater):
            await http.request("GET", "/x")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """A credential goes to the address in systems.toml and nowhere else."""
    stolen: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        stolen.append(request.headers.get("Authorization", ""))
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/stolen", elsewhere)

    async with serving(app) as thief, vendor(answering(status, Location=f"{thief}/stolen")) as http:
        with pytest.raises(TryLater):
            await http.request("GET", "/x")

    assert stolen == []


async def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    """A page of work fits in far less; a person is told which setting to change."""
    async with vendor(answering(200, "x" * 5000), max_bytes=1000) as http:
        with pytest.raises(NeedsPerson, match="more than 1000 bytes"):
            await http.request("GET", "/x")


@pytest.mark.parametrize("value", HOSTILE)
async def test_an_argument_is_one_step_of_the_path_whatever_it_holds(value: str) -> None:
    """Nothing that a person can call themselves reaches another resource."""
    seen: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        seen.append(request.rel_url.raw_path)
        return web.json_response(request.match_info["tail"])

    async with vendor(note) as http:
        answer = await http.request("GET", "/people/{}/notes", value)

    assert seen[0].count("/") == 3
    assert answer.json() == f"people/{value}/notes"


@pytest.mark.parametrize("value", ["", ".", ".."])
async def test_an_argument_that_would_name_another_resource_is_never_sent(value: str) -> None:
    """No encoding saves these: they are refused before anything leaves."""
    async with vendor(answering(200)) as http:
        with pytest.raises(ValueError, match="path argument"):
            await http.request("DELETE", "/people/{}", value)


async def test_query_values_are_values_whatever_they_hold() -> None:
    """A plus stays a plus, an ampersand starts no second parameter."""

    async def echo(request: web.Request) -> web.StreamResponse:
        return web.json_response(dict(request.query))

    async with vendor(echo) as http:
        answer = await http.request("GET", "/x", params={"query": "a+b@x.com&admin=1#%00 ü"})

    assert answer.json() == {"query": "a+b@x.com&admin=1#%00 ü"}


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500])
async def test_error_texts_name_the_route_and_nobody(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Path arguments, queries, bodies and the credential stay out of texts and logs."""
    async with vendor(answering(status, f"<p>{WHO}</p>", Location=f"/{WHO}")) as http:
        with pytest.raises((TryLater, NeedsPerson)) as refused:
            (await http.request("POST", "/people/{}", WHO, params={"q": WHO}, json={"email": WHO})).json()

    said = f"{refused.value} {getattr(refused.value, 'instructions', '')} {caplog.text}"
    assert "/people/{}" in said
    assert WHO not in said
    assert "ada%40" not in said
    assert SECRET not in said


async def test_no_more_requests_at_once_than_the_vendor_allows() -> None:
    """The cap on connections holds however much is asked at once."""
    now = most = 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return web.json_response({})

    async with vendor(count, max_connections=3) as http:
        await together(http.request("GET", "/x") for _ in range(12))

    assert most == 3


async def test_requests_are_paced_below_the_vendors_rate() -> None:
    """With a rate set, the first request goes at once and the next one waits for its turn."""
    arrived: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        arrived.append(request.path)
        return web.json_response({})

    async with vendor(note, requests_per_second=1 / 3600) as http:
        await http.request("GET", "/first")
        second = asyncio.create_task(http.request("GET", "/second"))
        done, waiting = await asyncio.wait([second], timeout=0.05)
        second.cancel()

    assert (done, waiting) == (set(), {second})
    assert arrived == ["/first"]


async def test_cookies_are_not_kept() -> None:
    """What a vendor plants in one request is not carried into another person's."""
    cookies: list[str] = []

    async def plant(request: web.Request) -> web.StreamResponse:
        cookies.append(request.headers.get("Cookie", ""))
        return web.Response(text="{}", headers={"Set-Cookie": "who=ada; Path=/"})

    async with vendor(plant) as http:
        await http.request("GET", "/x")
        await http.request("GET", "/x")

    assert cookies == ["", ""]


async def test_a_file_is_streamed_in_pieces() -> None:
    """A download is never held whole, and its errors mean what all errors mean."""
    async with vendor(answering(200, "x" * 300_000)) as http:
        chunks = [chunk async for chunk in http.stream("/files/{}", "a/b")]

    assert sum(map(len, chunks)) == 300_000
    assert len(chunks) > 1

    async with vendor(answering(401)) as http:
        with pytest.raises(NeedsPerson):
            _ = [chunk async for chunk in http.stream("/files/{}", "a/b")]


async def test_the_first_failure_stops_the_others() -> None:
    """Nothing goes on writing behind the caller's back once the act has failed."""
    stopped = asyncio.Event()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise TryLater("not now")

    async def go_on() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            stopped.set()
            raise

    with pytest.raises(TryLater, match="not now"):
        await together([go_on(), fail()])

    assert stopped.is_set()


async def test_results_come_in_the_order_asked() -> None:
    """Whoever is done first, the results stand in their places."""

    async def after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert await together(after(n) for n in (3, 1, 2)) == [3, 1, 2]
