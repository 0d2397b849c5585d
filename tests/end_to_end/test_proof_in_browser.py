"""Proving more than a code, in a real browser: by keyboard alone, held to WCAG, with a mistake on the way."""

import pytest

from tests.end_to_end.chromium import browser
from tests.end_to_end.test_person_in_browser import SCREENS, too_wide, violations
from tests.unit.person_rig import PAGE, Telling, visiting
from tests.unit.test_proof_pages import ASKED, GIVEN

pytestmark = pytest.mark.timeout(180)


async def test_telling_and_signing_by_keyboard_alone() -> None:
    """Each page flawless; the mistake is told at the top and leads to its field; nothing typed twice."""
    desk = Telling(proving=ASKED)
    async with browser() as tab, visiting(desk) as door:
        await tab.look(SCREENS[0])
        await tab.open(f"{door.base}{PAGE}?note=confirmed")
        found = await violations(tab)
        await tab.enter("Go on")
        found += await violations(tab)
        await tab.focus("Customer number")
        await tab.write("C-4711")
        await tab.focus("Telephone number")
        await tab.write("415 555 0134")
        await tab.enter("Send")
        found += await violations(tab)
        wide = await too_wide(tab)
        focused = await tab.evaluate("document.activeElement.id")
        await tab.focus("Your full name")
        await tab.write("Ada Lovelace")
        await tab.focus("I declare this under penalty of perjury")
        await tab.key(" ")
        desk.said["proving"] = GIVEN
        await tab.enter("Send")
        found += await violations(tab)

        assert found == []
        assert not wide
        assert focused == "summary"
        assert "We are checking what you told us" in await tab.text()
        ((told, signed),) = desk.told
        assert set(told.values()) == {"C-4711", "415 555 0134"}
        assert signed is not None
        assert signed.name == "Ada Lovelace"


async def test_the_proof_page_breaks_no_rule_on_any_screen() -> None:
    """On a phone and a desk, by day and by night."""
    async with browser() as tab, visiting(Telling(proving=ASKED)) as door:
        found = []
        for screen in SCREENS:
            await tab.look(screen)
            await tab.open(f"{door.base}{PAGE}/proof")
            found += await violations(tab)
            found += ["too wide"] if await too_wide(tab) else []

    assert found == []
