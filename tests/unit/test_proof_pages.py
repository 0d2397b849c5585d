"""The page on which a person tells what we hold and signs, and what the request's own page says of it."""

from typing import Any

import pytest

from dsar.case import Ending, State
from dsar.data_points import Point
from dsar.policy import Demand, Promise
from dsar.requests import Right
from dsar.status import ProofAsked
from intake.desk import Refused
from tests.unit.person_rig import PAGE, POLICY, Telling, visiting
from tests.unit.web_rig import REQUEST_ID, row, status

ASKED = ProofAsked(asks=tuple(Point), points=2, declaration=True, attempts_left=3, given=False)
GIVEN = ASKED.model_copy(update={"given": True, "attempts_left": 2})
HIGH = POLICY.model_copy(update={"rights": {Right.ACCESS: Promise(proof=Demand.REASONABLY_HIGH)}})
SIGNED: dict[str, Any] = {"name": "Ada Canary", "declare": ["yes"]}


async def test_after_the_code_the_page_leads_to_what_more_is_asked() -> None:
    """It does not say that the work begins, because it does not."""
    async with visiting(Telling(proving=ASKED)) as person:
        page = await person.open(f"{PAGE}?note=confirmed")
        form = await person.press(page, "Go on")

    assert "One more step" in page.text
    assert "We begin now" not in page.text
    assert "Tell us two more things" in form.text
    assert "under penalty of perjury under the laws of the State of California" in form.text
    assert REQUEST_ID in form.text


async def test_what_is_told_and_signed_reaches_the_desk_and_no_page() -> None:
    """Only what was filled in; the words that were signed are those that were shown."""
    desk = Telling(proving=ASKED)
    async with visiting(desk) as person:
        form = await person.open(f"{PAGE}/proof")
        desk.said["proving"] = GIVEN
        page = await person.press(form, "Send", customer_id="C-4711", phone="+1 415 555 0134", **SIGNED)

    ((told, signed),) = desk.told
    assert told == {Point.CUSTOMER_ID: "C-4711", Point.PHONE: "+1 415 555 0134"}
    assert signed is not None
    assert signed.name == "Ada Canary"
    assert signed.text.startswith("I declare under penalty of perjury")
    assert "Signed by Ada Canary on" in signed.text
    assert "We are checking what you told us" in page.text
    assert not any(each in page.html for each in ("4711", "0134", "Canary"))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"phone": "4155550134", "company": "Acme", **SIGNED}, "Fill in at least two things"),
        ({**SIGNED}, "Fill in at least two things"),
        ({"customer_id": "1", "phone": "12", **SIGNED}, "at least seven digits"),
        ({"customer_id": "1", "last_invoice": "yesterday", **SIGNED}, "Enter a month and a year"),
        ({"customer_id": "1", "phone": "4155550134", "declare": ["yes"]}, "Enter your full name"),
        ({"customer_id": "1", "phone": "4155550134", "name": "Ada"}, "Tick the box"),
        ({"customer_id": "1" * 300, "phone": "4155550134", **SIGNED}, "too long"),
    ],
)
async def test_what_can_be_no_proof_costs_no_attempt(typed: dict[str, Any], says: str) -> None:
    """Only its form is judged, at the field; what was typed stays."""
    desk = Telling(proving=ASKED)
    async with visiting(desk) as person:
        page = await person.press(await person.open(f"{PAGE}/proof"), "Send", **typed)

    assert page.status == 422
    assert says in page.text
    assert desk.told == []
    assert page.described <= page.ids
    assert page.value("name") == [str(typed.get("name", ""))]


async def test_where_one_thing_is_enough_nothing_is_signed() -> None:
    """And the page says so."""
    desk = Telling(proving=ASKED.model_copy(update={"points": 1, "declaration": False}))
    async with visiting(desk) as person:
        form = await person.open(f"{PAGE}/proof")
        await person.press(form, "Send", postal_code="94105")

    assert "Tell us one more thing" in form.text
    assert "perjury" not in form.text
    assert desk.told == [({Point.POSTAL_CODE: "94105"}, None)]


async def test_right_and_wrong_read_the_same() -> None:
    """Whatever state the saga and the ledger are in: until the answer, it is being checked."""
    seen = set()
    for state in (State.AWAITING_PROOF, State.IN_PROGRESS, State.ON_HOLD):
        desk = Telling(proving=GIVEN, state=state)
        desk.rows[REQUEST_ID] = row(state=state)
        async with visiting(desk, policy=HIGH) as person:
            seen.add((await person.open(PAGE)).text)
            seen.add((await person.open(PAGE)).text)

    assert len(seen) == 1
    assert "You can tell us more 2 times" in seen.pop()


async def test_they_read_the_same_while_the_engine_is_down() -> None:
    """The ledger knows more than may be said."""
    seen = set()
    for state in (State.AWAITING_PROOF, State.IN_PROGRESS):
        desk = Telling()
        desk.fails["status"] = Refused("not running")
        desk.rows[REQUEST_ID] = row(state=state)
        async with visiting(desk, policy=HIGH) as person:
            seen.add((await person.open(PAGE)).text)

    assert len(seen) == 1


@pytest.mark.parametrize("proving", [None, ASKED.model_copy(update={"attempts_left": 0})])
async def test_where_nothing_can_be_told_the_requests_own_page_says_where_it_stands(proving: ProofAsked | None) -> None:
    """Before the code, where a code is enough, and after the last attempt."""
    async with visiting(Telling(proving=proving)) as person:
        page = await person.open(f"{PAGE}/proof")

    assert page.url.path == PAGE


async def test_a_form_from_elsewhere_tells_nothing() -> None:
    """Without its token it comes back, with what was typed."""
    desk = Telling(proving=ASKED)
    async with visiting(desk) as person:
        form = await person.open(f"{PAGE}/proof")
        page = await person.press(form, "Send", customer_id="1", phone="4155550134", form_token="x", **SIGNED)

    assert page.status == 403
    assert desk.told == []


async def test_a_refusal_of_the_saga_is_told() -> None:
    """Too often, over all requests of the person."""
    desk = Telling(proving=ASKED)
    desk.fails["prove by the person, on the web page"] = Refused("this was tried too often")
    async with visiting(desk) as person:
        form = await person.open(f"{PAGE}/proof")
        page = await person.press(form, "Send", customer_id="1", phone="4155550134", **SIGNED)

    assert page.status == 409
    assert "This was tried too often." in page.text


def test_the_saga_says_the_state_until_something_was_told_and_after_the_answer() -> None:
    """In between it says what it said before, right or wrong."""
    working = status(REQUEST_ID).model_copy(update={"state": State.IN_PROGRESS})

    assert working.told_state is State.IN_PROGRESS
    assert working.model_copy(update={"proving": ASKED}).told_state is State.IN_PROGRESS
    assert working.model_copy(update={"proving": GIVEN}).told_state is State.AWAITING_PROOF
    answered = {"proving": GIVEN, "state": State.ANSWERED, "ending": Ending.COMPLIED}
    assert working.model_copy(update=answered).told_state is State.ANSWERED
