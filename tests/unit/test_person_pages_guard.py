"""Who may send our forms, how fast, and in which language the pages answer."""

import re
import tomllib
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from tests.unit.person_rig import FORM, PAGE, Visitor, visiting
from tests.unit.web_rig import REQUEST_ID, FakeDesk
from web.person.pace import AT_ONCE, EVERY_SECONDS, LONGEST_SECONDS, Pace, sender
from web.person.words import FOLDER, Languages

CODE = f"/privacy/requests/{REQUEST_ID}/code"
ACTS = {
    "/privacy/requests": "right=access&email=canary@person.test",
    CODE: "code=123456",
    f"/privacy/requests/{REQUEST_ID}/another-code": "",
    f"/privacy/requests/{REQUEST_ID}/cancel": "",
    "/privacy/opt-out": "email=canary@person.test",
    f"{PAGE}/write": "message=canary",
}


def done(desk: FakeDesk) -> list[str]:
    return [call for call in desk.calls if call.split()[0] not in {"row", "status", "talk", "dispatch"}]


@pytest.mark.parametrize("path", ACTS)
async def test_without_our_token_nothing_is_done(path: str) -> None:
    """403, on a page with what was entered and a fresh token: pressing once more works."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.ask("POST", path, data=ACTS[path].encode(), headers={"Content-Type": FORM})

    assert page.status == 403
    assert "press the button once more" in page.text
    assert done(desk) == []
    assert all(page.value("form_token"))


async def test_what_another_site_sends_is_not_ours() -> None:
    """Even with a token and a cookie that fit: browsers say where a form comes from."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        review = await person.asked("access")
        person.headers["Sec-Fetch-Site"] = "cross-site"
        page = await person.press(review, "Send my request")

    assert page.status == 403
    assert done(desk) == []


async def test_anothers_token_is_none() -> None:
    """It belongs to the browser that it was shown in."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        review = await person.asked("access")
        person.session.cookie_jar.clear()
        await person.open("/privacy")
        page = await person.press(review, "Send my request")
        sent = await person.press(page, "Send my request")

    assert page.status == 403
    assert page.value("email") == ["canary@person.test"]
    assert sent.url.path == "/privacy/sent"
    assert done(desk) == ["submit"]


@pytest.mark.parametrize(("url", "secure"), [("https://rights.example.test", True), ("http://localhost:8080", False)])
async def test_cookies_are_ours_alone(url: str, secure: bool) -> None:
    """Not for scripts, not from other sites; over https only where people come by https."""
    async with visiting(FakeDesk(), public_url=url) as person:
        cookie = (await person.open("/privacy")).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert ("Secure" in cookie, cookie.startswith("__Host-")) == (secure, secure)


async def test_the_style_sheet_is_kept_for_a_year_under_its_hash() -> None:
    """The page names it; a changed one has another address."""
    async with visiting(FakeDesk()) as person:
        start = await person.open("/privacy")
        (address,) = re.findall(r'stylesheet" href="([^"]+)"', start.html)
        sheet = await person.open(address)

    assert sheet.status == 200
    assert sheet.headers["Content-Type"].startswith("text/css")
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_logs_hold_nothing_that_was_entered() -> None:
    """Whatever goes wrong: patterns of addresses, and the ids of requests."""
    desk = FakeDesk()
    typed = {"email": "canary@person.test", "statement": "canary", "name": "Canary", "about": "canary"}

    with capture_logs() as logs:
        async with visiting(desk) as person:
            await person.open("/privacy/details?right=canary&right=delete")
            await person.asked("appeal", **typed)
            review = await person.asked("delete", "object", **typed)
            desk.fails["submit"] = ValueError("canary@person.test")
            await person.press(review, "Send my request")
            desk.fails.clear()
            await person.press(review, "Send my request")
            await person.press(await person.open("/privacy/opt-out"), "Opt me out", email="canary@person.test")
            await person.press(await person.open("/privacy/find"), "Show it", number="canary")
            await person.open("/privacy/requests/canary@person.test?note=canary")

    assert len(logs) > 10
    assert "canary" not in str(logs).lower()


# How fast


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def from_(remote: str, **headers: str) -> web.Request:
    request = make_mocked_request(
        "POST", CODE, headers={name.replace("_", "-"): each for name, each in headers.items()}
    )
    return request.clone(remote=remote)


@pytest.fixture
def paced() -> tuple[Pace, Time]:
    time = Time()
    return Pace(clock=time, sleep=time.sleep), time


async def test_a_few_forms_wait_for_nothing(paced: tuple[Pace, Time]) -> None:
    """A household, or somebody who mistypes."""
    pace, time = paced

    for _ in range(AT_ONCE):
        await pace.keep(from_("192.0.2.1"))

    assert time.slept == []


async def test_many_wait_longer_and_longer_and_none_is_turned_away(paced: tuple[Pace, Time]) -> None:
    """Ten seconds at most, whatever comes; and others do not wait for them."""
    pace, time = paced

    for _ in range(1_000):
        await pace.keep(from_("192.0.2.1"))
    await pace.keep(from_("192.0.2.2"))

    assert len(time.slept) == 1_000 - AT_ONCE
    assert time.slept[:2] == [EVERY_SECONDS, 2 * EVERY_SECONDS]
    assert max(time.slept) == time.slept[-1] == LONGEST_SECONDS


async def test_who_comes_back_later_waits_for_nothing(paced: tuple[Pace, Time]) -> None:
    """What was sent long ago is forgiven."""
    pace, time = paced
    for _ in range(1_000):
        await pace.keep(from_("192.0.2.1"))
    time.slept.clear()
    time.now += 60

    await pace.keep(from_("192.0.2.1"))

    assert time.slept == []


@pytest.mark.parametrize(
    ("remote", "forwarded", "is_from"),
    [
        ("127.0.0.1", "203.0.113.7, 198.51.100.9", "198.51.100.9"),
        ("172.18.0.1", "198.51.100.9", "198.51.100.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "canary", "127.0.0.1"),
        ("8.8.8.8", "198.51.100.9", "8.8.8.8"),
        ("2001:4860:4860:1:2:3:4:5", "", "2001:4860:4860:1::/64"),
    ],
)
def test_a_proxy_of_ours_says_who_sends(remote: str, forwarded: str, is_from: str) -> None:
    """Anybody else may write there what they like."""
    headers = {"X_Forwarded_For": forwarded} if forwarded else {}

    assert sender(from_(remote, **headers)) == is_from


# In which language


def keys(code: str) -> set[str]:
    return set(Languages()[code].texts)


@pytest.mark.parametrize("code", Languages().codes)
def test_every_language_says_everything(code: str) -> None:
    """What English has, with the same values to fill in."""
    english, words = Languages()["en"].texts, Languages()[code].texts

    assert words.keys() == english.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", words[key]))


def test_nothing_is_said_that_no_page_says() -> None:
    """Each key, or the beginning of it, stands in a template or a module."""
    root = Path(__file__).parents[2] / "web" / "person"
    source = "".join(path.read_text(encoding="utf-8") for path in (*FOLDER.glob("*.html"), *root.glob("*.py")))
    tables = {
        "right",
        "group",
        "law",
        "field",
        "state",
        "ending",
        "note",
        "mistakes",
        "alert",
        "problem",
        "point",
        "basis",
        "age",
    }
    composed = re.compile(r"(details\.detail_|request\.(step|is)_|permission\.(title|text)_)")

    def of_a_field(key: str) -> bool:
        """Said by a macro that is told the table, and adds the field, and what is said of it."""
        table, _, name = key.partition(".")
        field = re.sub(r"_(hint|label|unsaid)$", "", name)
        return table == "details" and (f'".{name}"' in source or f'(of, "{field}"' in source)

    unused = {
        key
        for key in keys("en")
        if key.partition(".")[0] not in tables
        and not composed.match(key)
        and not of_a_field(key)
        and f'"{key}"' not in source
    }

    assert unused == set()


@pytest.mark.parametrize("table", ["mistakes", "alert"])
def test_every_mistake_has_words_and_is_made(table: str) -> None:
    """No more, no fewer."""
    said = tomllib.loads((FOLDER / "en" / "words.toml").read_text(encoding="utf-8"))[table]
    root = Path(__file__).parents[2] / "web" / "person"
    source = "".join(path.read_text(encoding="utf-8") for path in root.glob("*.py"))

    assert {key for key in said if f'"{key}"' not in source} == set()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("", "en"),
        ("xx", "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en;q=0.5, de", "de"),
        ("pt-br", "pt-BR"),
        ("pt", "en"),
        ("de;q=0, en", "en"),
        ("de;q=canary", "en"),
        ("*", "en"),
    ],
)
def test_the_browser_says_the_language(tmp_path: Path, asked: str, code: str) -> None:
    """The best of those that we have, and English otherwise."""
    for each in ("en", "de", "pt-BR"):
        (tmp_path / each).mkdir()
        for name in ("words.toml", "language.toml"):
            (tmp_path / each / name).write_bytes((FOLDER / "en" / name).read_bytes())

    assert Languages(tmp_path).asked_for(asked).language.code == code


async def test_a_page_says_its_language() -> None:
    """To the browser, and to caches."""

    async def opened(person: Visitor) -> str:
        return str((await person.open("/privacy")).headers["Content-Language"])

    async with visiting(FakeDesk()) as person:
        assert await opened(person) == "en"
