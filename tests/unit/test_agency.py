"""Who may say what of an agent, a parent, a permission; and how a passphrase reaches the person."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from dsar.agency import LARGEST_DOCUMENT, Agent, Permission
from dsar.requests import Right
from dsar.submission import Submission
from intake.desk import Refused
from tests.unit.person_rig import PAGE, Telling, visiting
from tests.unit.web_rig import PASSPHRASE, REQUEST_ID, FakeDesk

LINK = f"/privacy/permission/{REQUEST_ID}/a-token"
ANN: dict[str, Any] = {"name": "Ann Agency Inc."}
SIGNED = {"content": base64.b64encode(b"signed").decode(), "media_type": "text/plain"}


@pytest.mark.parametrize(
    "name", ["x.evil.example", "a@b.example", "see http://evil", "Ann\nCode: 1", "", "a\\b", "x" * 81]
)
def test_an_agents_name_brings_nothing_into_our_letter(name: str) -> None:
    """A stranger chooses it, and the person reads it: no address, no second line."""
    with pytest.raises(ValidationError):
        Agent(name=name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent": ANN | {"basis": "parent"}},
        {"agent": ANN | {"child": "under_13"}},
        {"agent": ANN | {"answer_to_agent": True}},
        {"agent": ANN | {"email": "ADA@person.example"}},
        {"agent": ANN | {"email": "no address"}},
        {"agent": ANN, "right": "opt-out"},
        {"agent": ANN, "right": "limit"},
        {"permission": SIGNED},
        {"agent": ANN, "permission": {"content": ""}},
        {"agent": ANN, "permission": {"content": base64.b64encode(bytes(LARGEST_DOCUMENT + 1)).decode()}},
    ],
)
def test_what_does_not_fit_is_refused_at_the_door(wrong: dict[str, Any]) -> None:
    """A guardian without an age, an agent with the person's own address, an opt-out without the permission."""
    with pytest.raises(ValidationError):
        Submission.model_validate({"right": "delete", "person": {"email": "ada@person.example"}, **wrong})


@pytest.mark.parametrize("right", ["opt-out", "delete", "access"])
def test_a_permission_is_enough_to_be_taken_in(right: str) -> None:
    """And for an opt-out it is all that is asked for."""
    asked = Submission.model_validate(
        {"right": right, "person": {"email": "ada@person.example"}, "agent": ANN, "permission": SIGNED}
    )

    assert asked.permission == Permission.model_validate(SIGNED)
    assert asked.permission.content == b"signed"


async def test_looking_at_the_link_answers_nothing() -> None:
    """Mail scanners open every link: the page is the same for each, and only its form says something, once."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.open(LINK)
        await person.ask("POST", LINK, data={"given": "yes"})

    assert page.status == 200
    assert not any("permission" in call for call in desk.calls)


@pytest.mark.parametrize(("button", "given"), [("Yes, I gave permission", True), ("No, I gave none", False)])
async def test_the_person_says_yes_or_no(button: str, given: bool) -> None:
    """By one of two buttons; the answer comes to them unless they tick that it shall not."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.open(LINK)
        form = dict(page.forms[0].values) | {"given": "yes" if given else "no"}
        said = await person.ask("POST", LINK, data=form)

    assert button in page.text
    assert f"permission {given} False a-token" in desk.calls
    assert said.status == 200
    assert (PAGE in said.links) is given  # where more may be asked


async def test_what_the_saga_refuses_is_told() -> None:
    """A second word, a link that is none, a no that comes too late."""
    desk = FakeDesk()
    desk.fails["permission True False a-token"] = Refused("you have answered this already")

    async with visiting(desk) as person:
        form = dict((await person.open(LINK)).forms[0].values) | {"given": "yes"}
        said = await person.ask("POST", LINK, data=form)

    assert said.status == 409
    assert "You have answered this already." in said.text


async def test_the_passphrase_is_shown_to_who_asked_and_has_the_code() -> None:
    """In one browser nothing is typed twice: it holds the ticket for a quarter of an hour."""
    desk = Telling(right=Right.ACCESS, attempts_left=5)

    async with visiting(desk) as person:
        sent = await person.press(await person.asked("access"), "Send my request")
        before = await person.open(PAGE)
        shown = await person.press(before, "Confirm", code="123456")
        gone = await person.press(shown, "I have written it down")
        again = await person.open(f"{PAGE}/passphrase")

    assert PASSPHRASE not in sent.html + before.html + gone.html + again.html
    assert PASSPHRASE in shown.text
    assert shown.url.path == f"{PAGE}/passphrase"
    assert shown.headers["Cache-Control"] == "no-store"


async def test_who_only_reads_the_mailbox_is_shown_no_passphrase() -> None:
    """The code counts; the page asks for the ticket, and without it shows nothing."""
    desk = Telling(right=Right.ACCESS, attempts_left=5)

    async with visiting(desk) as person:
        asked = await person.open(PAGE)
        page = await person.press(asked, "Confirm", code="123456")

    assert "Ticket" in asked.text
    assert PASSPHRASE not in page.html
    assert str(page.url.relative()) == f"{PAGE}?note=confirmed"


async def test_elsewhere_the_ticket_is_typed() -> None:
    """Asked on one machine, the code entered on another."""
    desk = Telling(right=Right.ACCESS, attempts_left=5)

    async with visiting(desk) as person:
        shown = await person.press(await person.open(PAGE), "Confirm", code="123456", ticket="tick-et-no01")

    assert PASSPHRASE in shown.text


async def test_an_agent_asks_by_the_form() -> None:
    """With the words of the permission, which become the document that is sealed."""
    desk = FakeDesk()
    typed: dict[str, Any] = {
        "acts": "permission",
        "agent_name": "Ann Agency",
        "permission": "I, Ada, agree.",
        "to_agent": ["yes"],
    }

    async with visiting(desk) as person:
        review = await person.asked("opt-out", email="ada@person.test", agent_email="ann@agency.test", **typed)
        await person.press(review, "Send my request")

    (asked,) = desk.submissions
    assert asked.agent == Agent(name="Ann Agency", email="ann@agency.test", answer_to_agent=True)
    assert asked.permission is not None
    assert asked.permission.content == b"I, Ada, agree."
    assert "Whose data it is about Email address ada@person.test" in review.text
    assert "With their signed permission" in review.text
    assert "Ann Agency The permission that they signed I, Ada, agree." in review.text
    assert "The answer goes to You, as their permission says Your email address ann@agency.test" in review.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"acts": "permission", "agent_name": "see http://evil"}, "agent_name"),
        ({"acts": "parent", "agent_name": "Byron"}, "child"),
        ({"acts": "permission", "agent_name": "Ann", "agent_email": "ADA@person.test"}, "agent_email"),
        ({"acts": "permission", "agent_name": "Ann", "to_agent": ["yes"]}, "agent_email"),
        ({"acts": "permission", "agent_name": "Ann"}, "permission"),
    ],
)
async def test_what_an_agent_left_out_is_asked_for(typed: dict[str, Any], field: str) -> None:
    """At its field, with everything that was entered."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.asked("opt-out", email="ada@person.test", **typed)

    assert page.status == 422
    assert f"#{field}" in page.links
    assert f"{field}-wrong" in page.described & page.ids
    assert page.value("agent_name") == [typed["agent_name"]]
    assert desk.submissions == []
