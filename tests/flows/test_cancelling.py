"""What is given up or taken back: everything that can be undone is, quickly, and no task is left open."""

import asyncio
import base64
import re
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.connector import NeedsPerson
from dsar.case import Ending, TaskState
from dsar.identity import Identity
from dsar.records import Located
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, house, policy
from tests.flows.test_deletion import invoice, mine

LONG_HOLD = policy(hold_before_erasure=timedelta(days=60))


@pytest.mark.parametrize("stuck_at", ["locate", "suppress"])
async def test_a_system_that_is_down_does_not_keep_a_cancellation_waiting(tmp_path: Path, stuck_at: str) -> None:
    """Its step is stopped where it waits for its next attempt; the others are put back and the person is told."""
    news, crm = FakeSystem("news", [mine("a"), invoice("i")]), FakeSystem("crm", [mine("b")])
    crm.down_for = {stuck_at}
    async with house(tmp_path, news, crm, rules=LONG_HOLD) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: news.suppressed == {"a"} and news.restricted == {"i"} and stuck_at in crm.tried)

        await at.cancel(receipt)
        await at.until(lambda: not news.suppressed | news.restricted)
        await at.until(lambda: any("was cancelled" in subject for subject, _ in at.mail.to(ADA)))

        assert (await at.ended(receipt)).ending is Ending.CANCELLED
        assert crm.suppressed == set()
        assert crm.erased_calls == news.erased_calls == 0


async def test_what_is_being_withheld_when_the_request_is_cancelled_goes_no_further(tmp_path: Path) -> None:
    """A step that ends well although it was cancelled is put back like any other."""
    crm = FakeSystem("crm", [mine("a")])
    crm.gates["suppress"] = asyncio.Event()
    async with house(tmp_path, crm, rules=LONG_HOLD) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: "suppress" in crm.tried)

        await at.desk.cancel(receipt.request_id, by="ada", reason="changed my mind")
        crm.gates["suppress"].set()
        closed = await at.ended(receipt)

        assert closed.ending is Ending.CANCELLED
        assert crm.suppressed == set()
        assert crm.erased_calls == 0


async def test_a_system_given_up_before_the_pivot_is_put_back_and_does_not_delay_the_answer(tmp_path: Path) -> None:
    """A person lets the answer go without it: half withheld, it is put back once it is up again."""
    crm = FakeSystem("crm", [mine("a"), mine("b"), mine("c")])
    crm.failing["suppress"] = [NeedsPerson("CRM answered 401", "renew the key")]
    crm.suppressed = {"a"}
    crm.down_for = {"restore"}
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.EXCEPTION, by="lead")
        await at.until(lambda: bool(at.answers()))
        assert "We could not get an answer from: Crm" in at.answers()[0]
        crm.down_for = set()
        closed = await at.ended(receipt)

        assert closed.ending is Ending.PARTLY
        assert set(crm.records) == {"a", "b", "c"}
        assert crm.suppressed == set()


async def test_a_task_that_nobody_needs_any_more_is_withdrawn(tmp_path: Path) -> None:
    """A cancelled request leaves no open task behind, in the saga or in the ledger; nor can it be resolved."""
    crm = FakeSystem("crm", [mine("a")])
    async with house(tmp_path, crm, rules=policy(approve_every_erasure=True)) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.task(receipt, "approve")

        await at.cancel(receipt)
        await at.ended(receipt)

        assert (await at.status(receipt)).tasks == ()
        [row] = await at.foundation.ledger.tasks.list(receipt.request_id, open_only=False)
        assert row.state is TaskState.WITHDRAWN


async def test_a_system_that_answers_at_last_takes_its_question_back(tmp_path: Path) -> None:
    """At the escalation people are asked about each system that is not done; when it is, they are not needed."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.env.sleep(timedelta(days=44, hours=12))
        await at.task(receipt, "finish")

        crm.down = False
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert (await at.status(receipt)).tasks == ()
        assert await at.foundation.ledger.tasks.list(receipt.request_id) == ()


async def test_going_on_waiting_is_asked_again_on_the_last_day_but_not_before(tmp_path: Path) -> None:
    """One question at a time for a system; done means go on waiting."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down = True
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.env.sleep(timedelta(days=44, hours=12))
        first = await at.task(receipt, "finish")

        await at.desk.resolve(first, TaskState.DONE, by="lead")
        await at.env.sleep(timedelta(days=1))
        second = await at.task(receipt, "finish")

        assert second != first
        assert len((await at.status(receipt)).tasks) == 1


async def test_a_cancel_in_the_engine_after_the_pivot_is_ignored(tmp_path: Path) -> None:
    """What is erased already cannot be put back: the rest is erased too, and the person is answered."""
    news, crm = FakeSystem("news", [mine("a")]), FakeSystem("crm", [mine("b")])
    crm.down_for = {"erase"}
    async with house(tmp_path, news, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: not news.records and "erase" in crm.tried)

        await at.cancel_in_engine(receipt)
        crm.down_for = set()
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert not crm.records


async def test_a_cancel_in_the_engine_does_not_stop_what_is_being_put_back(tmp_path: Path) -> None:
    """The person cancelled, and ops do too, impatiently, while a system is still down."""
    crm = FakeSystem("crm", [mine("a")])
    crm.down_for = {"restore"}
    async with house(tmp_path, crm, rules=LONG_HOLD) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: crm.suppressed == {"a"})
        await at.cancel(receipt)
        await at.until(lambda: "restore" in crm.tried)

        await at.cancel_in_engine(receipt)
        crm.down_for = set()
        closed = await at.ended(receipt)

        assert closed.ending is Ending.CANCELLED
        assert crm.suppressed == set()


async def test_a_cancel_in_the_engine_lets_nothing_go_that_the_law_keeps(tmp_path: Path) -> None:
    """A hold has one end: the day comes and the records are erased. Its key is its own, the request's long gone."""
    books = FakeSystem("books", [invoice("i")])
    async with house(tmp_path, books) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.ended(receipt)
        assert await at.forget() == 1
        hold = at.hold(receipt)
        history = (await hold.fetch_history()).to_json()
        sealed_by = set(re.findall(r'"habeas-key": "([^"]+)"', history))

        await hold.cancel()

        assert {base64.b64decode(owner).decode() for owner in sealed_by} == {hold.id}
        assert await at.ended_saga(hold, timedelta(days=400)) == 1
        assert not books.records


class HalfFound(FakeSystem):
    """Goes down when the first page of a search is found; whatever else it is asked then, it does not answer."""

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        self.down = cursor is not None
        return await super().locate(identity, cursor)


async def test_a_search_that_was_stopped_left_nothing_to_put_back(tmp_path: Path) -> None:
    """Nothing is taken out of use before all is found: whoever cancels then waits for no system that is down."""
    crm = HalfFound("crm", [mine("a"), mine("b"), mine("c")])
    async with house(tmp_path, crm, rules=LONG_HOLD) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: crm.down)

        await at.cancel(receipt)

        assert (await at.ended(receipt)).ending is Ending.CANCELLED
        assert "restore" not in crm.tried
