"""Asking on the web: choose, say who you are, check, send, and a receipt."""

import asyncio
from typing import Any

import pytest

from dsar.policy import Consent
from dsar.requests import Regime, Right
from dsar.submission import Channel
from intake.desk import Refused
from tests.unit.person_rig import POLICY, Page, Visitor, visiting
from tests.unit.web_rig import REQUEST_ID, FakeDesk

EVERYTHING: dict[str, Any] = {
    "detail": "categories",
    "consents": ["newsletter"],
    "to_phone": "+49 30 1234",
    "to_address": "Am Ufer 1",
    "about": REQUEST_ID,
    "statement": "First line.\n\nSecond <b>line</b>.",
    "email": "canary@person.test",
    "customer_id": "C-77",
    "name": "Canary Person",
    "phone": "+49 30 55",
    "lives": "eu",
}
ALL = [right.value for right in Right]


async def test_what_is_entered_becomes_a_submission_by_web() -> None:
    """Every right at once, with everything that each of them says."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        sent = await person.press(await person.asked(*ALL, **EVERYTHING), "Send my request")

    (asked,) = desk.submissions
    assert sent.status == 200
    assert set(asked.asked) == set(Right)
    assert asked.channel is Channel.WEB
    assert asked.regime is Regime.EU
    assert asked.person.model_dump(exclude_none=True) == {
        name: EVERYTHING[name] for name in ("email", "phone", "name", "customer_id")
    }
    assert asked.wish.model_dump(mode="json") == {
        "detail": "categories",
        "consents": ["newsletter"],
        "changes": [{"field": "phone", "value": "+49 30 1234"}, {"field": "address", "value": "Am Ufer 1"}],
        "statement": EVERYTHING["statement"],
        "about": REQUEST_ID,
    }


async def test_nothing_is_sent_before_it_was_checked() -> None:
    """The third page shows what will be sent, and asks."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        review = await person.asked(*ALL, **EVERYTHING)

    assert desk.submissions == []
    for value in ("Sending you the newsletter", "Am Ufer 1", REQUEST_ID, "Second <b>line</b>.", "C-77", "European"):
        assert value in review.text
    assert "<b>line" not in review.html


async def test_the_receipt_has_the_dates_the_link_and_the_ticket() -> None:
    """And what happens next."""
    async with visiting(FakeDesk()) as person:
        sent = await person.press(await person.asked("access"), "Send my request")

    assert sent.url.path == "/privacy/sent"
    assert f"/privacy/requests/{REQUEST_ID}" in sent.links
    for text in ("tick-et-no01", "19 June 2026", "18 June 2026", "code"):
        assert text in sent.text


async def test_a_ticket_that_brings_nothing_is_not_shown() -> None:
    """A deletion has no download."""
    async with visiting(FakeDesk()) as person:
        sent = await person.press(await person.asked("delete"), "Send my request")

    assert "tick-et" not in sent.html


async def test_the_ticket_goes_when_it_is_written_down() -> None:
    """It survives a reload, and then the browser forgets it."""
    async with visiting(FakeDesk()) as person:
        sent = await person.press(await person.asked("access"), "Send my request")
        again = await person.open("/privacy/sent")
        follow = await person.press(again, "I have written it down")
        gone = await person.open("/privacy/sent")

    assert "tick-et-no01" in again.text
    assert follow.url.path == f"/privacy/requests/{REQUEST_ID}"
    assert (gone.status, "tick-et" in gone.html) == (410, False)
    assert sent.headers["Cache-Control"] == "no-store"


async def test_a_receipt_is_sealed_in_its_cookie() -> None:
    """What lies in the browser says nothing, and what is not of our making is not shown."""
    async with visiting(FakeDesk()) as person:
        answer = await person.press(await person.asked("access"), "Send my request", follow=False)
        person.session.cookie_jar.clear()
        forged = await person.ask("GET", "/privacy/sent", headers={"Cookie": "receipt=forged"})

    assert answer.status == 303
    assert "tick-et" not in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert forged.status == 410


async def test_a_double_click_sends_once() -> None:
    """Two presses of one button, at the same time or later, are one request and one receipt."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        review = await person.asked("access")
        await asyncio.gather(*(person.press(review, "Send my request", follow=False) for _ in range(5)))
        sent = await person.press(review, "Send my request")

    assert len(desk.submissions) == 1
    assert "tick-et-no01" in sent.text


async def test_who_asked_before_is_told_nothing_of_it() -> None:
    """Whether somebody of this address has an open request is nobody's to see."""
    async with visiting(FakeDesk()) as person:
        first = await person.press(await person.asked("delete"), "Send my request")
        second = await person.press(await person.asked("delete"), "Send my request")

    assert first.html == second.html


# Mistakes

WRONG: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "nobody": (["access"], {"email": ""}, "email"),
    "a name alone": (["access"], {"email": "", "name": "Canary"}, "email"),
    "no address": (["access"], {"email": "canary"}, "email"),
    "a long number": (["access"], {"customer_id": "7" * 129}, "customer_id"),
    "two lines": (["access"], {"name": "Canary\nPerson"}, "name"),
    "no consent": (["withdraw"], {}, "consents"),
    "an unknown consent": (["withdraw"], {"consents": ["canary"]}, "consents"),
    "nothing to correct": (["correct"], {}, "to_email"),
    "an address that is none": (["correct"], {"to_email": "canary at home"}, "to_email"),
    "too much to correct": (["correct"], {"to_name": "x" * 501}, "to_name"),
    "an appeal of nothing": (["appeal"], {"statement": "Why?"}, "about"),
    "an appeal without a word": (["appeal"], {"about": REQUEST_ID}, "statement"),
    "a complaint without a word": (["complaint"], {}, "statement"),
    "too many words": (["object"], {"statement": "x" * 4_001}, "statement"),
}


def keeps(page: Page, typed: dict[str, Any]) -> bool:
    return all(
        page.value(name) == ([value] if isinstance(value, str) else value)
        for name, value in typed.items()
        if name != "consents" and "\n" not in value
    )


@pytest.mark.parametrize("name", WRONG)
async def test_a_mistake_is_told_at_the_top_and_at_its_field(name: str) -> None:
    """422: a summary that links to the field, the field described by it, and nothing of what was entered is lost."""
    rights, typed, field = WRONG[name]
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.asked(*rights, **{"phone": "123", **typed})

    assert page.status == 422
    assert "Error: " in page.html.split("</title>")[0]
    assert f"#{field}" in page.links
    assert field in page.ids
    assert f"{field}-wrong" in page.described & page.ids
    assert page.value("phone") == ["123"]
    assert page.value("right") == rights
    assert keeps(page, typed)
    assert desk.submissions == []


async def test_who_chooses_nothing_is_asked_to() -> None:
    """Without a right there is nothing to do."""
    async with visiting(FakeDesk()) as person:
        page = await person.press(await person.open("/privacy"), "Continue")

    assert page.status == 422
    assert "#right" in page.links


async def test_everything_described_is_on_the_page() -> None:
    """No hint or error that a screen reader looks for is missing; no id is used by two."""
    async with visiting(FakeDesk()) as person:
        start = await person.open("/privacy")
        details = await person.press(start, "Continue", right=ALL)
        wrong = await person.press(details, "Continue", email="", consents=[])

    for page in (start, details, wrong):
        assert page.described <= page.ids


async def test_one_can_go_back_and_loses_nothing() -> None:
    """From the last page to the first and forward again."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        review = await person.asked("access", "object", **EVERYTHING)
        details = await person.press(review, "Change something")
        start = await person.press(details, "Change what I ask for")
        details = await person.press(start, "Continue", right=["delete", "object"])
        await person.press(await person.press(details, "Continue"), "Send my request")

    (asked,) = desk.submissions
    assert asked.asked == (Right.DELETE, Right.OBJECT)
    assert asked.wish.statement == EVERYTHING["statement"]
    assert asked.person.name == "Canary Person"


async def test_what_belongs_to_a_right_that_was_taken_back_is_left_out() -> None:
    """A statement for an objection says nothing to a deletion."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        details = await person.press(await person.asked("object", **EVERYTHING), "Change something")
        start = await person.press(details, "Change what I ask for")
        details = await person.press(start, "Continue", right=["delete"])
        await person.press(await person.press(details, "Continue"), "Send my request")

    assert desk.submissions[0].wish.statement == ""


async def test_when_we_are_broken_nothing_is_lost() -> None:
    """503 on the page to send from, which works as soon as we do."""
    desk = FakeDesk()
    desk.fails["submit"] = ConnectionRefusedError("canary-outage")

    async with visiting(desk) as person:
        failed = await person.press(await person.asked("object", **EVERYTHING), "Send my request")
        desk.fails.clear()
        sent = await person.press(failed, "Send my request")

    assert failed.status == 503
    assert failed.headers["Retry-After"]
    assert "everything you entered is still here" in failed.text
    assert "canary-outage" not in failed.html
    assert sent.url.path == "/privacy/sent"
    assert desk.submissions[0].wish.statement == EVERYTHING["statement"]


async def test_an_appeal_of_a_request_that_is_not_there_is_asked_again() -> None:
    """The desk refuses it; the field is named."""
    desk = FakeDesk()
    desk.fails["submit"] = Refused("wish.about: there is no request of this id")

    async with visiting(desk) as person:
        page = await person.press(await person.asked("appeal", **EVERYTHING), "Send my request")

    assert page.status == 422
    assert "#about" in page.links
    assert page.value("statement") == [EVERYTHING["statement"]]


# What is offered


async def test_only_what_the_policy_offers_can_be_asked_for() -> None:
    """On the page, and behind it."""
    desk = FakeDesk()
    policy = POLICY.model_copy(update={"rights": {Right.DELETE: POLICY.rights[Right.DELETE]}})

    async with visiting(desk, policy=policy) as person:
        start = await person.open("/privacy")
        other = await person.open("/privacy/details?right=access")
        opting = await person.open("/privacy/opt-out")

    assert start.html.count('name="right"') == 1
    assert other.status == 422
    assert opting.status == 404


async def test_consents_are_offered_in_the_policys_words() -> None:
    """Whatever they are called; a word of the policy is no markup."""
    policy = POLICY.model_copy(update={"consents": {"a&b": Consent(words="<i>showing</i> your work")}})

    async with visiting(FakeDesk(), policy=policy) as person:
        page = await person.open("/privacy/details?right=withdraw")

    assert "<i>showing</i> your work" in page.text


async def test_a_link_can_name_what_is_asked_for() -> None:
    """A company's own page can lead straight to a deletion."""
    async with visiting(FakeDesk()) as person:
        page = await person.open("/privacy/details?right=delete&right=opt-out&right=canary")

    assert page.value("right") == ["delete", "opt-out"]
    assert "canary" not in page.html


async def refused_body(person: Visitor, **options: Any) -> Page:
    return await person.ask("POST", "/privacy/review", **options)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"json": {"right": "access"}}, 415),
        ({"data": {"statement": "x" * 70_000}}, 413),
        ({"data": {f"f{n}": "1" for n in range(500)}}, 415),
        ({"data": b"%ff=%zz&&&=", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 422),
    ],
)
async def test_what_is_no_form_of_ours_gets_a_page(options: dict[str, Any], status: int) -> None:
    """Never a problem document: people read these."""
    async with visiting(FakeDesk()) as person:
        page = await refused_body(person, **options)

    assert page.status == status
    assert page.headers["Content-Type"].startswith("text/html")
