"""The pages for people in a real browser: by keyboard alone, held to WCAG, and one request on its whole way."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.contract.npm_specs import npm_file
from tests.end_to_end.chromium import Screen, Tab, browser
from tests.end_to_end.company import CODE, Company, until
from tests.end_to_end.holdings import NOTHING, Somebody, held, plant
from tests.unit.person_rig import PAGE, Telling, Visitor, visiting
from tests.unit.web_rig import TOKEN

pytestmark = pytest.mark.timeout(180)

AXE = "axe-core@4.14.1"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [Screen(390), Screen(390, dark=True), Screen(1200), Screen(1200, dark=True)]
EVERY_RIGHT = "access", "know", "portability", "correct", "delete", "opt-out", "withdraw", "object", "limit", "restrict"
EVERYTHING = "/privacy/details?" + "&".join(f"right={right}" for right in (*EVERY_RIGHT, "appeal", "complaint"))
PAGES = {
    "start": "/privacy",
    "details": EVERYTHING,
    "a request": PAGE,
    "a wrong code": f"{PAGE}?note=wrong-code",
    "a confirmed code": f"{PAGE}?note=confirmed",
    "taking back": f"{PAGE}/cancel",
    "opting out": "/privacy/opt-out",
    "finding": "/privacy/find",
    "a receipt that is gone": "/privacy/sent",
    "nothing there": "/privacy/nowhere",
    "a download": f"/v1/downloads/{TOKEN}",
    "no download": "/v1/downloads/none",
}


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    """A browser's only tab."""
    async with browser() as opened:
        yield opened


@pytest.fixture
async def door() -> AsyncIterator[Visitor]:
    """The pages, in front of a desk of the tests' own."""
    async with visiting(Telling()) as opened:
        yield opened


async def violations(tab: Tab) -> list[str]:
    """What axe has against the page."""
    script = await asyncio.to_thread(npm_file(AXE, "axe.min.js").read_text, "utf-8")
    await tab.evaluate(script + "; 0")
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    found = await tab.evaluate(
        f"axe.run(document, {options}).then(found => JSON.stringify(found.violations.map("
        "each => each.id + ': ' + each.nodes.map(node => node.html).join(' '))))"
    )
    return list(json.loads(found))


async def too_wide(tab: Tab) -> bool:
    """Whether one has to scroll sideways."""
    return bool(await tab.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("screen", SCREENS, ids=lambda each: f"{each.width}-{'dark' if each.dark else 'light'}")
async def test_no_page_breaks_a_rule_of_wcag(tab: Tab, door: Visitor, screen: Screen) -> None:
    """Twelve pages, on a phone and a desk, by day and by night: nothing for axe to say, nothing to scroll sideways."""
    await tab.look(screen)

    found: list[str] = []
    for name, path in PAGES.items():
        await tab.open(door.base + path)
        found += [f"{name}: {each}" for each in await violations(tab)]
        found += [f"{name}: too wide"] if await too_wide(tab) else []

    assert found == []
    assert [each for each in tab.complaints if "Content Security Policy" in each] == []


async def test_a_page_that_breaks_rules_is_found_out(tab: Tab, door: Visitor) -> None:
    """The tests above would see it: a field without a label, pale text, a picture without words."""
    await tab.open(f"{door.base}/privacy")

    await tab.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<input><img src=/x><p class=pale>Pale</p>');"
        "document.querySelector('.pale').style.color = '#ccc'"
    )
    found = await violations(tab)

    assert {each.partition(":")[0] for each in found} >= {"label", "image-alt", "color-contrast"}


async def test_at_320_pixels_nothing_is_cut_off(tab: Tab, door: Visitor) -> None:
    """What 400 % of zoom makes of a desk (WCAG 1.4.10)."""
    await tab.look(Screen(320))

    wide = []
    for name, path in PAGES.items():
        await tab.open(door.base + path)
        wide += [name] if await too_wide(tab) else []

    assert wide == []


async def test_asking_by_keyboard_alone(tab: Tab, door: Visitor) -> None:
    """From the first page to the receipt, with a mistake on the way: each page flawless, nothing typed twice."""
    await tab.look(SCREENS[0])
    await tab.open(f"{door.base}/privacy")

    await tab.focus("Give me a copy of my data")
    await tab.key(" ")
    await tab.enter("Continue")
    await tab.focus("Name")
    await tab.write("Ada Lovelace")
    await tab.enter("Continue")
    mistaken = await violations(tab)
    focused = await tab.evaluate("document.activeElement.id")
    await tab.focus("Enter an email address or a customer number")
    await tab.key("Enter")
    at_field = await tab.evaluate("document.activeElement.id || location.hash")
    await tab.evaluate("document.getElementById('email').focus()")
    await tab.write("ada@example.test")
    await tab.enter("Continue")
    review, checked = await tab.text(), await violations(tab)
    await tab.enter("Send my request")
    receipt, sent = await tab.text(), await violations(tab)

    assert (mistaken, checked, sent) == ([], [], [])
    assert focused == "summary"
    assert at_field in {"email", "#email"}
    assert "Ada Lovelace" in review
    assert "ada@example.test" in review
    assert await tab.path() == "/privacy/sent"
    assert "tick-et-no01" in receipt


async def test_going_back_brings_back_what_was_typed(tab: Tab, door: Visitor) -> None:
    """By the browser's own button: nothing is typed twice."""
    await tab.open(f"{door.base}/privacy")
    await tab.focus("Give me a copy of my data")
    await tab.key(" ")
    await tab.enter("Continue")
    await tab.focus("Email address")
    await tab.write("ada@example.test")
    await tab.enter("Continue")

    async def says(script: str) -> bool:
        return bool(await tab.evaluate(script))

    await tab.evaluate("history.back()")
    await until("the address is there", lambda: says("document.getElementById('email')?.value == 'ada@example.test'"))
    await tab.evaluate("history.back()")
    await until("the choice is there", lambda: says("document.getElementById('right')?.checked"))


@pytest.mark.asyncio(loop_scope="session")
async def test_pages_do_not_tell_whom_we_know(habeas: Company) -> None:
    """Receipt, status and wrong codes read the same for a person who is in every system and for one who is in none."""
    known, unknown = Somebody(), Somebody()
    await plant(habeas.stack, known)
    habeas.canaries.update((*known.canaries, *unknown.canaries))

    async with browser() as tab:
        pages = [await seen_by(habeas, tab, person) for person in (known, unknown)]

    assert pages[0] == pages[1]
    assert "4 tries left" in pages[0][-1]


async def seen_by(habeas: Company, tab: Tab, person: Somebody) -> list[str]:
    """All that the pages say to somebody who asks, cannot enter the code, and tries one."""
    await tab.open(f"{habeas.url}/privacy/details?right=delete")
    await tab.focus("Email address")
    await tab.write(person.email)
    await tab.enter("Continue")
    await tab.enter("Send my request")
    said = [await tab.text()]
    await tab.enter("Follow this request")
    page = await tab.path()
    await asked_for_code(habeas, tab)
    said += [await tab.text()]
    await tab.focus("Code")
    await tab.write("000000")
    await tab.enter("Confirm")
    said += [await tab.text()]
    return [text.replace(page.rpartition("/")[2], "THE NUMBER") for text in said]


async def asked_for_code(habeas: Company, tab: Tab) -> None:
    """Reload a request's page until its saga has sent the code."""
    page = await tab.path()

    async def can_be_entered() -> bool:
        await tab.open(f"{habeas.url}{page}")
        return bool(await tab.evaluate("document.getElementById('code') !== null"))

    await until("the page asks for the code", can_be_entered)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_deletion_on_its_whole_way(habeas: Company) -> None:
    """Asked for in the browser, proved with the code from the mailbox, taken through the systems, and told there."""
    async with browser() as tab:
        await deleted(habeas, tab)


async def deleted(habeas: Company, tab: Tab) -> None:
    person = Somebody()
    await plant(habeas.stack, person)
    habeas.canaries.update(person.canaries)
    await tab.look(SCREENS[0])

    await tab.open(f"{habeas.url}/privacy/details?right=delete")
    await tab.focus("Email address")
    await tab.write(person.email)
    await tab.focus("Name")
    await tab.write(person.name)
    await tab.enter("Continue")
    await tab.enter("Send my request")
    await tab.enter("Follow this request")
    request_id = (await tab.path()).rpartition("/")[2]

    async def codes() -> list[str]:
        return [code for letter in await habeas.letters(person) for code in CODE.findall(letter.body)]

    (code,) = await until("a letter with a code", codes)
    await asked_for_code(habeas, tab)
    await tab.focus("Code")
    await tab.write("000000" if code != "000000" else "111111")
    await tab.enter("Confirm")
    wrong = await tab.text()
    await tab.focus("Code")
    await tab.write(code)
    await tab.enter("Confirm")
    right = await tab.text()
    row = await habeas.answered(request_id)
    await tab.open(f"{habeas.url}/privacy/requests/{request_id}")
    answered = await tab.text()

    assert "That is not the code" in wrong
    assert "4 tries left" in wrong
    assert "Thank you" in right
    assert (row.channel, row.outcome) == ("web", "complied")
    assert await held(habeas.stack, person) == NOTHING
    assert "What you asked for was done." in answered
    assert "Take this request back" not in answered


@pytest.mark.asyncio(loop_scope="session")
async def test_a_request_is_taken_back_in_the_browser(habeas: Company) -> None:
    """Asked, asked again whether it is meant, and over."""
    async with browser() as tab:
        await taken_back(habeas, tab)


async def taken_back(habeas: Company, tab: Tab) -> None:
    person = Somebody()
    habeas.canaries.update(person.canaries)
    await tab.open(f"{habeas.url}/privacy/details?right=delete")
    await tab.focus("Email address")
    await tab.write(person.email)
    await tab.enter("Continue")
    await tab.enter("Send my request")
    await tab.enter("Follow this request")
    await asked_for_code(habeas, tab)
    request_id = (await tab.path()).rpartition("/")[2]

    await tab.enter("Take this request back")
    await tab.enter("Yes, take it back")
    assert "taken back" in await tab.text()
    row = await habeas.answered(request_id)
    await tab.open(f"{habeas.url}/privacy/requests/{request_id}")

    assert row.outcome == "cancelled"
    assert "Everything is as it was." in await tab.text()
