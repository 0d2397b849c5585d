"""A link, a passphrase, one package, once."""

import asyncio

import aiohttp
import pytest

from ledger.links import Expired, LinkView, Locked, Used
from tests.unit.web_rig import PASSPHRASE, REQUEST_ID, TOKEN, FakeDesk, door
from vault.sealed import Tampered

LINK = f"/v1/downloads/{TOKEN}"


async def test_looking_at_a_link_uses_nothing_up() -> None:
    """A mail scanner's GET, however often, burns and reveals nothing; HEAD neither."""
    desk = FakeDesk()

    async with door(desk) as web:
        pages = [await web.get(LINK) for _ in range(20)]
        head = await web.ask("HEAD", LINK)
        package = await web.form(PASSPHRASE)

    assert {page.status for page in pages} == {head.status} == {package.status} == {200}
    assert b"Passphrase" in pages[0].body
    assert REQUEST_ID.encode() not in pages[0].body
    assert package.headers["Content-Type"] == "application/zip"


async def test_the_page_is_plain_and_keeps_to_itself() -> None:
    """No script, nothing from elsewhere, no referrer, no copy in a cache; the controller's name as text."""
    async with door(FakeDesk()) as web:
        page = await web.get(LINK)

    text = page.body.decode()
    policy = page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "<script" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "Example &amp; Söhne" in text
    assert TOKEN not in text


async def test_the_right_passphrase_gets_the_package_once() -> None:
    """Streamed, as an attachment; the link is used up from then on."""
    desk = FakeDesk()

    async with door(desk) as web:
        package = await web.form(f"  {PASSPHRASE} ")
        again = await web.form(PASSPHRASE)
        page = await web.get(LINK)

    assert package.body == b"PK\x03\x04" + b"x" * 70_000 + b"end"
    assert package.headers["Content-Disposition"] == f'attachment; filename="your-data-{REQUEST_ID}.zip"'
    assert package.headers["Transfer-Encoding"] == "chunked"
    assert package.headers["Cache-Control"] == "no-store"
    assert (again.status, page.status) == (410, 410)
    assert b"has been used" in again.body


async def test_of_two_at_once_one_gets_the_package() -> None:
    """The other is told that the link has been used."""
    desk = FakeDesk()

    async with door(desk) as web:
        both = await asyncio.gather(web.form(PASSPHRASE), web.form(PASSPHRASE))

    assert sorted(answer.status for answer in both) == [200, 410]
    assert desk.calls.count("package package.zip") == 1


async def test_a_wrong_passphrase_is_told_with_the_attempts_left() -> None:
    """On the same page, for screen readers too; the last one locks."""
    desk = FakeDesk()
    desk.attempts_left = 3

    async with door(desk) as web:
        first = await web.form("wrong")
        second = await web.form("wrong")
        third = await web.form("wrong")
        right = await web.form(PASSPHRASE)

    assert [answer.status for answer in (first, second, third, right)] == [403] * 4
    assert b"You can try 2 more times." in first.body
    assert b'role="alert"' in first.body
    assert b"You can try once more." in second.body
    assert b"This link is locked" in third.body
    assert b"<form" not in third.body


async def test_no_passphrase_costs_no_attempt() -> None:
    """Empty, blank or missing: the page asks again."""
    desk = FakeDesk()

    async with door(desk) as web:
        blank = await web.form("  ")
        missing = await web.ask("POST", LINK, data={"other": "x"})

    assert (blank.status, missing.status) == (422, 422)
    assert b"Please enter the passphrase." in blank.body
    assert "collect" not in desk.calls


@pytest.mark.parametrize(
    ("link", "status", "words"),
    [(Expired(), 410, b"has expired"), (Used(), 410, b"has been used"), (Locked(), 403, b"is locked")],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_dead_link_says_what_to_do(link: LinkView, status: int, words: bytes, method: str) -> None:
    """Whom to write to, and no form."""
    desk = FakeDesk()
    desk.dead = link

    async with door(desk) as web:
        page = await (web.get(LINK) if method == "GET" else web.form(PASSPHRASE))

    assert page.status == status
    assert words in page.body
    assert b"mailto:hello@example.test" in page.body
    assert b"<form" not in page.body


async def test_an_unknown_link_is_a_404_page() -> None:
    """For looking and for trying; what stands in it is not repeated."""
    async with door(FakeDesk()) as web:
        page = await web.get("/v1/downloads/canary%3Cb%3E")
        tried = await web.form(PASSPHRASE, token="canary")

    assert (page.status, tried.status) == (404, 404)
    assert b"not one of ours" in page.body
    assert b"canary" not in page.body


async def test_what_breaks_before_it_begins_is_told_on_a_page() -> None:
    """The vault is down, or the object altered: never half a file under a 200."""
    desk = FakeDesk()
    desk.blocks = [Tampered("a sealed object does not open")]

    async with door(desk) as web:
        page = await web.form(PASSPHRASE)

    assert page.status == 503
    assert b"could not begin" in page.body
    assert b"fresh one" in page.body


async def test_what_breaks_half_way_is_never_taken_for_whole() -> None:
    """The connection is torn, and the link stays used: a fresh one has to be asked for."""
    desk = FakeDesk()
    desk.blocks = [b"x" * 100_000, b"y" * 100_000, Tampered("a sealed object does not open")]

    async with door(desk) as web:
        with pytest.raises(aiohttp.ClientError):
            await web.form(PASSPHRASE)
        page = await web.get(LINK)

    assert page.status == 410
    assert b"If it broke off" in page.body


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": {"passphrase": "x" * 5_000}}, 413),
        ({"json": {"passphrase": PASSPHRASE}}, 415),
        ({"data": b"%ff=%zz&&&=", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 422),
    ],
)
async def test_a_form_that_is_none_gets_a_page(options: dict[str, object], status: int) -> None:
    """People read pages: problem documents are for programs."""
    desk = FakeDesk()

    async with door(desk) as web:
        answer = await web.ask("POST", LINK, **options)

    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "collect" not in desk.calls


async def test_with_the_ledger_down_a_page_says_so() -> None:
    """503, and nothing of why."""
    desk = FakeDesk()
    desk.fails["look"] = ConnectionRefusedError("canary")

    async with door(desk) as web:
        page = await web.get(LINK)

    assert page.status == 503
    assert b"cannot be done at the moment" in page.body
    assert b"canary" not in page.body
