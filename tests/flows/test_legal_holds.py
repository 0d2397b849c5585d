"""Legal holds, through the real saga: what people forbid to erase is kept, whoever asks and however long ago."""

from datetime import timedelta
from pathlib import Path

import pytest

from activities.holds import SUBJECTS, Held, Subjects
from activities.outbox import ADDRESS
from activities.pages import Pages, PlanPage
from dsar.case import Ending
from dsar.fingerprints import fingerprint
from dsar.identity import Identifier, Key
from dsar.legal_holds import LegalHold
from dsar.plans import Action, Step
from dsar.requests import Right
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, QUEUE, House, house, policy
from tests.flows.test_deletion import invoice, mine
from workflows.retention_hold import HoldStart, RetentionHold

OF_ADA = fingerprint(bytes(32), Identifier(kind=Key.EMAIL, value=ADA.upper()))
OF_ANOTHER = fingerprint(bytes(32), Identifier(kind=Key.EMAIL, value="bob@example.com"))


async def placed(at: House, **scope: str) -> None:
    hold = LegalHold(id="legal-1", reason="pending litigation", **scope)
    await at.foundation.ledger.legal_holds.place(hold, by="Lea")


async def lifted(at: House) -> None:
    await at.foundation.ledger.legal_holds.ask_lift("legal-1", by="Lea")
    await at.foundation.ledger.legal_holds.lift("legal-1", by="Dee")


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ({"system": "news"}, {"a"}),
        ({"subject": OF_ADA}, {"a"}),
        ({"subject": OF_ANOTHER}, set()),
        ({"system": "x"}, set()),
    ],
)
async def test_a_legal_hold_keeps_what_it_covers_and_the_person_is_told(
    tmp_path: Path, scope: dict[str, str], kept: set[str]
) -> None:
    """What would have been erased is retained, restricted, and named with its reason; nothing else is."""
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news) as at:
        await placed(at, **scope)
        receipt = await at.submit()
        await at.proved(receipt)

        closed = await at.ended(receipt)

        assert set(news.records) == news.restricted == kept
        assert closed.ending is (Ending.PARTLY if kept else Ending.COMPLIED)
        assert ("pending litigation" in at.answers()[0]) is bool(kept)


async def test_a_hold_placed_after_the_plan_is_seen_when_it_runs(tmp_path: Path) -> None:
    """The plan said erase; the lawsuit came in the last night before it ran."""
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news) as at:
        receipt = await at.submit()
        news.down_for.add("suppress")
        await at.proved(receipt)
        await at.until(lambda: "suppress" in news.tried)
        await placed(at, system="news")
        news.down_for.clear()

        assert (await at.ended(receipt)).ending is Ending.PARTLY
        assert set(news.records) == {"a"}


async def test_lifted_by_two_people_it_goes_at_the_next_look(tmp_path: Path) -> None:
    """While the hold stands nothing is erased; once it is lifted, the record is gone within a month."""
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news) as at:
        await placed(at, system="news")
        receipt = await at.submit()
        await at.proved(receipt)
        await at.ended(receipt)
        await at.env.sleep(timedelta(days=100))
        assert set(news.records) == {"a"}

        await lifted(at)

        assert await at.ended_saga(at.hold(receipt), timedelta(days=10)) == 1
        assert not news.records


async def test_what_tax_law_lets_go_a_lawsuit_keeps(tmp_path: Path) -> None:
    """Its years are over, and a hold on this very person has come meanwhile: the record stays until it is lifted."""
    books = FakeSystem("books", [invoice("i")])
    async with house(tmp_path, books) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.ended(receipt)
        await placed(at, subject=OF_ADA)
        for _ in range(8):
            await at.env.sleep(timedelta(days=200))
        assert set(books.records) == {"i"}

        await lifted(at)

        assert await at.ended_saga(at.hold(receipt), timedelta(days=10)) == 1
        assert not books.records


async def test_a_hold_of_many_years_goes_on_as_a_new_run_and_forgets_nothing(tmp_path: Path) -> None:
    """Each look starts a new run, with what is still kept and what was erased before; at the end it says all of it."""
    news = FakeSystem("news", [mine("a"), mine("b")])
    async with house(tmp_path, news) as at:
        await placed(at, system="news")
        kept = await held_in(at, "hold-1", ("a", "b"))
        start = HoldStart(
            hold_id="hold-1", right=Right.DELETE, policy=kept, zone="America/Los_Angeles", looks=1,
            held=(Held(system="news", records=2, next_day=None), Held(system="gone", records=0, next_day=None)),
            erased=3,
        )  # fmt: skip
        hold = await at.env.client.start_workflow(RetentionHold.run, start, id="hold-1", task_queue=QUEUE)
        first = hold.first_execution_run_id
        for _ in range(4):
            await at.env.sleep(timedelta(days=31))
        assert set(news.records) == {"a", "b"}
        assert (await at.env.client.get_workflow_handle("hold-1").describe()).run_id != first

        await lifted(at)

        assert await at.ended_saga(at.env.client.get_workflow_handle("hold-1"), timedelta(days=10)) == 5
        assert not news.records


async def held_in(at: House, hold_id: str, names: tuple[str, ...]) -> str:
    """What a deletion hands over to a hold; the digest of its policy."""
    vault = at.foundation.vault
    await vault.create(hold_id)
    await vault.put(hold_id, ADDRESS, ADA.encode())
    await vault.put_model(hold_id, SUBJECTS, Subjects(fingerprints=frozenset({OF_ADA})))
    steps = tuple(Step(record=mine(name), action=Action.RETAIN, why="pending litigation") for name in names)
    await Pages(vault, hold_id, "held/news", PlanPage).keep(0, PlanPage(steps=steps))
    return await at.foundation.policies.remember(policy())
