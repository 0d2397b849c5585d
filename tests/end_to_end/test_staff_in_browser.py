"""The pages for our own people in a real browser: by keyboard, on a phone and a desk, by day and by night."""

from collections.abc import AsyncIterator

import pytest

from dsar.case import TaskKind
from tests.end_to_end.chromium import Screen, Tab, browser
from tests.end_to_end.test_person_in_browser import SCREENS, too_wide, violations
from tests.unit.staff_rig import NAME, PASSWORD, REQUEST, TASK, Office, Staff, at_work, task
from tests.unit.web_rig import REQUEST_ID, row

pytestmark = pytest.mark.timeout(180)

PAGES = {
    "what is due": "/staff",
    "a task": TASK,
    "a message": f"/staff/tasks/{REQUEST_ID}.2",
    "whom to reach": f"/staff/tasks/{REQUEST_ID}.4",
    "a request": REQUEST,
    "a plan": f"{REQUEST}/plans/crm",
    "no such number": "/staff/find?number=1",
    "entering": "/staff/enter",
    "nothing there": "/staff/nowhere",
}
OPENED = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    """A browser's only tab."""
    async with browser() as opened:
        yield opened


@pytest.fixture
async def desk() -> Office:
    """A desk with something of each kind."""
    office = Office(
        task(),
        task(TaskKind.TALK, f"{REQUEST_ID}.2"),
        task(TaskKind.APPROVE, f"{REQUEST_ID}.3"),
        task(TaskKind.REACH, f"{REQUEST_ID}.4"),
    )
    office.rows["request-b"] = row(id="request-b", safe=row().received_at.date())
    return office


@pytest.fixture
async def door(desk: Office) -> AsyncIterator[Staff]:
    """The pages, in front of it."""
    async with at_work(desk, signed_in=False) as opened:
        yield opened


async def signed_in(tab: Tab, door: Staff) -> None:
    """By keyboard alone."""
    await tab.open(f"{door.base}/staff")
    await tab.focus("Name")
    await tab.write(NAME)
    await tab.focus("Password")
    await tab.write(PASSWORD)
    await tab.enter("Sign in")


async def test_no_page_breaks_a_rule_of_wcag(tab: Tab, door: Staff) -> None:
    """Nothing for axe to say with every part opened, and nothing to scroll sideways, at 320 pixels too."""
    found: list[str] = []

    async def look(name: str) -> None:
        await tab.evaluate(OPENED)
        for screen in (*SCREENS, Screen(320)):
            await tab.look(screen)
            found.extend(f"{name}: {each}" for each in await violations(tab))
            found.extend([f"{name} at {screen.width}: too wide"] if await too_wide(tab) else [])

    await tab.open(f"{door.base}/staff/sign-in")
    await look("signing in")
    await signed_in(tab, door)
    for name, path in PAGES.items():
        await tab.open(door.base + path)
        await look(name)

    assert found == []
    assert [each for each in tab.complaints if "Content Security Policy" in each] == []


async def test_a_day_by_keyboard_alone(tab: Tab, door: Staff, desk: Office) -> None:
    """A mistake on the way, a task finished, a letter entered, signed out."""
    await tab.look(SCREENS[0])
    await signed_in(tab, door)

    await tab.open(door.base + TASK)
    await tab.focus("Note")
    await tab.write("looked at both")
    await tab.enter("Finish this task")
    mistaken, focused = await violations(tab), await tab.evaluate("document.activeElement.id")
    kept = await tab.evaluate("document.getElementById('note').value")
    await tab.focus("Done")
    await tab.key(" ")
    await tab.enter("Finish this task")
    done = await tab.text()
    await tab.enter("Enter a request")
    await tab.focus("By letter")
    await tab.key(" ")
    await tab.focus("Access: a copy")
    await tab.key(" ")
    await tab.focus("Email address")
    await tab.write("ada@example.test")
    await tab.enter("Enter this request")
    receipt, checked = await tab.text(), await violations(tab)
    await tab.enter("Sign out")
    out = await tab.text()

    assert (mistaken, checked) == ([], [])
    assert (focused, kept) == ("summary", "looked at both")
    assert "Finished." in done
    assert [order[:1] + order[3:] for order in desk.orders] == [("resolve", NAME, "looked at both")]
    assert "tick-et-no01" in receipt
    assert "You are signed out." in out
