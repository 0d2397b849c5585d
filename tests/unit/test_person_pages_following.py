"""Following a request on the web: where it stands, the code, taking it back."""

import pytest

from dsar.case import Ending, State
from dsar.requests import Right
from intake.desk import Refused
from intake.engine import EngineDown
from tests.unit.person_rig import PAGE, Telling, visiting
from tests.unit.web_rig import REQUEST_ID, FakeDesk, row


async def test_it_says_where_the_request_stands_and_why() -> None:
    """In words, with the dates of the saga, and their reasons; nothing of what is found where."""
    async with visiting(Telling()) as person:
        page = await person.open(PAGE)

    assert page.status == 200
    for text in ("We are waiting for your code", "3 August 2026", "31 July 2026", "extended", REQUEST_ID):
        assert text in page.text
    assert "Canary system" not in page.html


@pytest.mark.parametrize("state", list(State))
async def test_every_state_has_its_words(state: State) -> None:
    """And offers to take it back as long as that can be."""
    over = state in {State.ANSWERED, State.CLOSED}

    async with visiting(Telling(state=state)) as person:
        page = await person.open(PAGE)

    assert page.status == 200
    assert (f"{PAGE}/cancel" in page.links) is not over
    assert ("Confirm" in page.html) is (state is State.AWAITING_PROOF)


@pytest.mark.parametrize("ending", list(Ending))
async def test_every_ending_has_its_words(ending: Ending) -> None:
    """From the ledger, when the saga is long over."""
    desk = FakeDesk()
    desk.rows[REQUEST_ID] = row(state=State.ANSWERED, closed_at=row().opened_at, outcome=ending)

    async with visiting(desk) as person:
        page = await person.open(PAGE)

    assert page.status == 200
    assert "status" not in desk.calls
    assert "Take this request back" not in page.html


async def test_a_right_that_needs_no_code_asks_for_none() -> None:
    """An opt-out is never gated, and nobody is to believe that it is."""
    desk = Telling(right=Right.OPT_OUT, attempts_left=None)
    desk.rows[REQUEST_ID] = row(right=Right.OPT_OUT)

    async with visiting(desk) as person:
        page = await person.open(PAGE)

    assert "We begin at once" in page.text
    assert page.value("code") == []
    assert "You show that it is you" not in page.text


async def test_the_code_is_taken_as_people_type_it() -> None:
    """With spaces; and the page that follows can be reloaded."""
    desk = Telling()

    async with visiting(desk) as person:
        page = await person.press(await person.open(PAGE), "Confirm", code=" 123 456 ")

    assert "confirm 123456" in desk.calls
    assert str(page.url.relative()) == f"{PAGE}?note=confirmed"
    assert "Thank you" in page.text
    assert page.value("code") == []


async def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    """After a redirect: a reload costs no attempt."""
    desk = Telling()

    async with visiting(desk) as person:
        page = await person.press(await person.open(PAGE), "Confirm", code="654321")
        again = await person.open(str(page.url.relative()))

    assert desk.calls.count("confirm 654321") == 1
    assert "That is not the code" in page.text
    assert "4 tries" in page.text
    assert again.text == page.text
    assert "code-wrong" in page.described & page.ids


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16"])
async def test_what_cannot_be_a_code_costs_no_attempt(typed: str) -> None:
    """It comes back in its field."""
    desk = Telling()

    async with visiting(desk) as person:
        page = await person.press(await person.open(PAGE), "Confirm", code=typed)

    assert page.status == 422
    assert page.value("code") == [typed]
    assert not any(call.startswith("confirm") for call in desk.calls)


async def test_a_dead_code_is_replaced() -> None:
    """The form for it goes, the button for another one stays."""
    desk = Telling(attempts_left=0)

    async with visiting(desk) as person:
        page = await person.open(PAGE)
        sent = await person.press(page, "Send another code")

    assert page.value("code") == []
    assert "send_another_code" in desk.calls
    assert "on its way" in sent.text


async def test_what_the_saga_refuses_is_told() -> None:
    """In its own words; nothing breaks."""
    desk = Telling()
    desk.fails["send_another_code"] = Refused("no more codes for this request; the company will contact you")

    async with visiting(desk) as person:
        page = await person.press(await person.open(PAGE), "Send another code")

    assert page.status == 409
    assert "No more codes for this request; the company will contact you." in page.text


async def test_taking_back_is_asked_twice() -> None:
    """Opening the page does nothing; the button does."""
    desk = Telling()

    async with visiting(desk) as person:
        asks = await person.open(f"{PAGE}/cancel")
        before = list(desk.calls)
        done = await person.press(asks, "Yes, take it back")

    assert not any(call.startswith("cancel") for call in before)
    assert "cancel by the person, on the web page" in desk.calls
    assert "is being taken back" in done.text
    assert "waiting for your code" not in done.text
    assert PAGE in asks.links


@pytest.mark.parametrize(
    ("right", "ending", "told"),
    [
        (Right.ACCESS, Ending.COMPLIED, True),
        (Right.ACCESS, Ending.NOTHING_FOUND, False),
        (Right.ACCESS, Ending.PARTLY, False),
        (Right.DELETE, Ending.COMPLIED, False),
    ],
)
async def test_whoever_has_a_copy_is_told_what_opens_it(right: Right, ending: Ending, *, told: bool) -> None:
    """Where the link is, and which of the words that were shown it asks for."""
    desk = FakeDesk()
    desk.rows[REQUEST_ID] = row(right=right, state=State.ANSWERED, closed_at=row().opened_at, outcome=ending)

    async with visiting(desk) as person:
        page = await person.open(PAGE)

    assert ("shown when you entered your code" in page.text) is told


async def test_what_is_over_cannot_be_taken_back() -> None:
    """The page leads back to where it stands."""
    async with visiting(Telling(state=State.ANSWERED, ending=Ending.COMPLIED)) as person:
        page = await person.open(f"{PAGE}/cancel")

    assert page.url.path == PAGE


async def test_too_late_is_told() -> None:
    """When the erasure began between the page and the button."""
    desk = Telling()

    async with visiting(desk) as person:
        asks = await person.open(f"{PAGE}/cancel")
        desk.fails["cancel by the person, on the web page"] = Refused("too late to cancel: the erasure has begun")
        page = await person.press(asks, "Yes, take it back")

    assert page.status == 409
    assert "Too late to cancel" in page.text


async def test_with_the_engine_down_it_says_what_the_ledger_knows() -> None:
    """And that the details come later; a code is not lost, it can be sent again."""
    desk = Telling()

    async with visiting(desk) as person:
        open_page = await person.open(PAGE)
        desk.fails |= {"status": EngineDown(), "confirm 123456": EngineDown()}
        page = await person.open(PAGE)
        tried = await person.press(open_page, "Confirm", code="123456")

    assert page.status == 200
    assert "come back in a few minutes" in page.text
    assert "No code has been sent" not in page.text
    assert tried.status == 503
    assert "does not work at the moment" in tried.text


@pytest.mark.parametrize("path", [PAGE[:-1] + "y", "/privacy/requests/canary", f"{PAGE[:-1]}y/cancel", "/privacy/x"])
async def test_a_request_that_is_not_there_is_a_page(path: str) -> None:
    """404, in words, and nothing of what was typed."""
    async with visiting(FakeDesk()) as person:
        page = await person.open(path)

    assert page.status == 404
    assert "no such page" in page.text
    assert "canary" not in page.html


async def test_only_our_own_notes_are_said() -> None:
    """A link cannot put words on the page."""
    async with visiting(Telling()) as person:
        page = await person.open(f"{PAGE}?note=canary")

    assert page.status == 200
    assert "canary" not in page.html


async def test_pages_are_kept_by_nobody() -> None:
    """No cache, no search engine, no referrer, no frame, no script."""
    async with visiting(Telling()) as person:
        page = await person.open(PAGE)

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert "<script" not in page.html
    assert "style=" not in page.html


async def test_the_number_alone_leads_to_the_request() -> None:
    """As it stands at the end of our letters, however it is typed."""
    async with visiting(Telling()) as person:
        start = await person.open("/privacy")
        find = await person.open("/privacy/find")
        page = await person.press(find, "Show it", number=f"  {REQUEST_ID.upper()} ")

    assert "/privacy/find" in start.links
    assert page.url.path == PAGE
    assert page.status == 200


@pytest.mark.parametrize("typed", ["", "canary", "request-", f"{REQUEST_ID}/cancel", "//canary.test"])
async def test_what_is_no_number_leads_nowhere(typed: str) -> None:
    """It is asked again."""
    async with visiting(Telling()) as person:
        page = await person.press(await person.open("/privacy/find"), "Show it", number=typed)

    assert page.status == 422
    assert page.value("number") == [typed]
    assert "number-wrong" in page.described & page.ids
