"""The staff's pages in front of the real desk, ledger and vault, with an engine that is down."""

import base64
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import pytest

from activities.policies import Policies
from dsar.agency import Agent, Permission
from dsar.case import Case, TaskKind
from dsar.identity import Key
from dsar.requests import Right
from dsar.submission import Person, Submission
from intake.desk import Desk
from intake.engine import Engine
from intake.handing_over import CASE
from ledger.ledger import Ledger
from tests.unit.person_rig import POLICY
from tests.unit.staff_rig import NAME, NOW, at_work
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

BERLIN = ZoneInfo("Europe/Berlin")


class Rooms:
    """The desk and what it stands on."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self.ledger = ledger
        self.vault = vault
        engine = Engine(_no_engine, "none")
        self.desk = Desk(engine, ledger, vault, Policies(ledger), POLICY, (), b"s" * 32, now=lambda: NOW)


async def _no_engine() -> NoReturn:
    raise ConnectionRefusedError


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[Rooms]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", b"a" * 32)
    store = DiskStore(tmp_path / "vault", durable=False)
    yield Rooms(ledger, Vault(store, KeyRing(store, {"m1": b"k" * 32}, "m1")))
    await ledger.close()


async def test_a_letter_is_kept_with_who_entered_it(rooms: Rooms) -> None:
    """The engine comes later: the request is due from the day of the letter, and listed by its dates alone."""
    async with at_work(rooms.desk) as staff:
        form = await staff.open("/staff/enter")
        page = await staff.press(
            form, "Enter this request", channel="post", received="2026-05-05", right=["delete"],
            email="canary@person.test", name="Canary Person",
        )  # fmt: skip
        (row,) = await rooms.desk.open_requests()
        due = await staff.open("/staff")
        request = await staff.open(f"/staff/requests/{row.id}")
        late = await staff.press(request, "Take the request back", cancel_reason="typed before")

    case = await rooms.vault.get_model(row.id, CASE, Case)
    assert (case.entered_by, case.channel, row.received_at.astimezone(BERLIN).date()) == (
        NAME,
        "post",
        date(2026, 5, 5),
    )
    assert "begins as soon as the engine is back" in page.text
    assert row.id in due.text
    assert "begins as soon as the engine is back" in due.text
    assert "Nothing more can be said now" in request.text
    assert (late.status, late.value("cancel_reason")) == (503, ["typed before"])
    assert "canary" not in (due.html + request.html + late.html).lower()


async def test_a_date_that_cannot_be_is_refused_as_everywhere(rooms: Rooms) -> None:
    """By the desk's own rule, in its words; nothing is kept."""
    async with at_work(rooms.desk) as staff:
        form = await staff.open("/staff/enter")
        page = await staff.press(
            form, "Enter this request", channel="post", received="2016-05-05", right=["delete"], email="a@person.test"
        )

    assert page.status == 409
    assert "is the year right?" in page.text
    assert page.value("received") == ["2016-05-05"]
    assert await rooms.desk.open_requests() == []


async def test_a_task_is_listed_from_the_ledger(rooms: Rooms) -> None:
    """Its instructions stay in the saga: while that is silent, the page says so, and the list still stands."""
    await rooms.ledger.tasks.open("request-a.1", "request-a", TaskKind.ACT, "crm", "deputy", date(2026, 5, 9))

    async with at_work(rooms.desk) as staff:
        due = await staff.open("/staff")
        page = await staff.open("/staff/tasks/request-a.1")

    assert "Due by 9 May 2026. Deputy." in due.text
    assert page.status == 404  # the ledger has no such request, only its task


async def test_a_plan_is_of_a_system_that_the_request_is_about_and_of_no_other_folder(rooms: Rooms) -> None:
    """A name from an address opens nothing else of the vault; what is forgotten is said to be."""
    receipt = await rooms.desk.submit(Submission(right=Right.ACCESS, person=Person(email="canary@person.test")))
    page = f"/staff/requests/{receipt.request_id}/plans"

    async with at_work(rooms.desk) as staff:
        others = [await staff.open(f"{page}/{name}") for name in ("crm", "..%2Fcase", "%00", "case")]
        await rooms.vault.destroy(receipt.request_id)
        over = await staff.open(f"{page}/crm")

    assert [other.status for other in others] == [404] * 4
    assert over.status == 409
    assert "all that it held is forgotten" in over.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/pdf"])
async def test_the_words_of_a_permission_are_read_where_they_came_as_text(rooms: Rooms, media_type: str) -> None:
    """A file stays sealed, and is said to be there; who has no agent has neither."""
    signed = Permission(content=base64.b64encode(b"I permit it. Ada"), media_type=media_type)
    person = Person(email="canary@person.test", name="Canary Person")
    agent = Agent(name="Agency & co")

    asked = await rooms.desk.submit(Submission(right=Right.DELETE, person=person, agent=agent, permission=signed))
    alone = await rooms.desk.submit(Submission(right=Right.ACCESS, person=person))
    with_agent, without = [await rooms.desk.who_asks(each.request_id) for each in (asked, alone)]

    assert [(each.kind, each.value) for each in with_agent.given][:1] == [(Key.EMAIL, "canary@person.test")]
    assert with_agent.words == ("I permit it. Ada" if media_type == "text/plain" else "")
    assert (with_agent.document, without.document, without.agent) == (True, False, None)
