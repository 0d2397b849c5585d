"""Entering on the phone what a person tells: what is refused at once, and what staff read of a request that waits."""

import asyncio
from argparse import Namespace
from types import SimpleNamespace
from typing import Any

import pytest

from console import proof
from dsar.case import State
from dsar.data_points import Point
from intake.desk import Refused
from tests.unit.person_rig import POLICY
from tests.unit.test_proof_pages import ASKED
from tests.unit.web_rig import REQUEST_ID, FakeDesk, status


def entered(desk: FakeDesk, *told: str, signed: str | None = None) -> int:
    """Run the command."""
    args = Namespace(request=REQUEST_ID, told=list(told), signed=signed, by="lea")
    call: Any = SimpleNamespace(args=args, desk=desk, settings=SimpleNamespace(policy=POLICY))
    return asyncio.run(proof.prove(call))


def test_all_of_it_goes_to_the_desk_with_what_was_signed() -> None:
    """By whom it was entered, and the words of the declaration."""
    desk = FakeDesk()

    assert entered(desk, "customer_id=C-4711", "last_invoice=05/2026", signed="Ada Canary") == 0

    ((told, signed),) = desk.told
    assert told == {Point.CUSTOMER_ID: "C-4711", Point.LAST_INVOICE: "05/2026"}
    assert "prove by lea" in desk.calls
    assert signed is not None
    assert REQUEST_ID in signed.text
    assert "Signed by Ada Canary on 20" in signed.text


@pytest.mark.parametrize("told", ["name=Ada", "phone", "phone=12", "last_invoice=soon"])
def test_what_can_be_no_proof_is_refused_before_it_costs_an_attempt(told: str) -> None:
    """Without repeating what was given."""
    desk = FakeDesk()

    with pytest.raises(Refused) as refused:
        entered(desk, told)

    assert desk.told == []
    assert "Ada" not in str(refused.value)


def test_staff_read_what_is_still_needed() -> None:
    """Until it is proved, and not after."""
    waiting = status(REQUEST_ID).model_copy(update={"proving": ASKED})

    assert "2 held things and a signed declaration, attempts left: 3" in proof.needed(waiting)
    assert proof.needed(status(REQUEST_ID)) == ""
    assert proof.needed(waiting.model_copy(update={"state": State.IN_PROGRESS})) == ""
