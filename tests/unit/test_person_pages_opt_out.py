"""Opting out on the web: one button, no proof, and the browser's own signal."""

import pytest

from dsar.requests import Right
from dsar.submission import Channel
from tests.unit.person_rig import Visitor, visiting
from tests.unit.web_rig import FakeDesk

OPT_OUT = "/privacy/opt-out"
BROWSER = "1234567890.1700000000"


def measured(person: Visitor, cookie: str = f"GA1.1.{BROWSER}") -> None:
    person.session.cookie_jar.update_cookies({"_ga": cookie})


async def test_an_address_is_enough() -> None:
    """One page, one button, and a receipt without a code or a passphrase."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        sent = await person.press(await person.open(OPT_OUT), "Opt me out", email="canary@person.test")

    (asked,) = desk.submissions
    assert (asked.asked, asked.channel) == ((Right.OPT_OUT,), Channel.WEB)
    assert asked.person.model_dump(exclude_none=True) == {"email": "canary@person.test"}
    assert "We begin at once" in sent.text
    assert "tick-et" not in sent.html


async def test_the_browsers_signal_is_seen_and_is_one_click() -> None:
    """Global Privacy Control: the page says so, and the box for this browser is ticked."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        person.headers["Sec-GPC"] = "1"
        measured(person)
        page = await person.open(OPT_OUT)
        await person.press(page, "Opt me out")

    assert "Your browser tells us that you opt out" in page.text
    assert desk.submissions[0].person.model_dump(exclude_none=True) == {"client_id": BROWSER}


@pytest.mark.parametrize("signal", ["", "0", "true", "11"])
async def test_only_the_signal_is_the_signal(signal: str) -> None:
    """Anything but 1 is none."""
    async with visiting(FakeDesk()) as person:
        person.headers["Sec-GPC"] = signal
        page = await person.open(OPT_OUT)

    assert "Your browser tells us" not in page.text


async def test_without_the_tick_the_browsers_id_is_not_used() -> None:
    """It is the person's to give."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        measured(person)
        page = await person.open(OPT_OUT)
        nothing = await person.press(page, "Opt me out")
        await person.press(nothing, "Opt me out", email="canary@person.test")

    assert nothing.status == 422
    assert "tick the box" in nothing.text
    assert desk.submissions[0].person.client_id is None


@pytest.mark.parametrize(
    ("cookie", "found"),
    [
        (f"GA1.1.{BROWSER}", True),
        (f"GA1.2-2.{BROWSER}", True),
        (f"GA1.3.{BROWSER}", True),
        (BROWSER, False),
        ("GA1.1.canary.1", False),
        (f"GA1.1.{BROWSER}.1", False),
        ("GA1.1.1", False),
        (f"GA1.1.{'1' * 40}.1", False),
    ],
)
async def test_the_id_is_the_last_two_fields_of_the_cookie(cookie: str, found: bool) -> None:
    """And what is not made like one is no id: the box is not even there."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        measured(person, cookie)
        page = await person.open(OPT_OUT)
        await person.press(page, "Opt me out", email="canary@person.test", analytics=["yes"])

    assert ("analytics" in page.ids) is found
    assert desk.submissions[0].person.client_id == (BROWSER if found else None)


@pytest.mark.parametrize("email", ["", "canary", "x" * 255 + "@person.test"])
async def test_what_is_no_address_is_told(email: str) -> None:
    """At the field, with what was typed."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.press(await person.open(OPT_OUT), "Opt me out", email=email)

    assert page.status == 422
    assert page.value("email") == [email]
    assert "email-wrong" in page.described & page.ids
    assert desk.submissions == []


async def test_a_double_click_opts_out_once() -> None:
    """The second press gets the receipt of the first."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.open(OPT_OUT)
        await person.press(page, "Opt me out", email="canary@person.test")
        again = await person.press(page, "Opt me out", email="canary@person.test")

    assert again.url.path == "/privacy/sent"
    assert len(desk.submissions) == 1


async def test_whoever_goes_back_opts_out_somebody_else_too() -> None:
    """The same form with another address is another request: two people at one machine, or a mistyped address."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.open(OPT_OUT)
        await person.press(page, "Opt me out", email="canary@person.test")
        other = await person.press(page, "Opt me out", email="canary@other.test")

    assert other.url.path == "/privacy/sent"
    assert [asked.person.email for asked in desk.submissions] == ["canary@person.test", "canary@other.test"]


async def test_when_we_are_broken_the_address_stays() -> None:
    """503, and the same button once more."""
    desk = FakeDesk()
    desk.fails["submit"] = OSError("canary-outage")

    async with visiting(desk) as person:
        page = await person.press(await person.open(OPT_OUT), "Opt me out", email="canary@person.test")

    assert page.status == 503
    assert page.value("email") == ["canary@person.test"]
    assert "canary-outage" not in page.html
