"""The right to deletion, from receipt to evidence, with time skipped."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.connector import NeedsPerson, TryLater
from dsar.case import Ending, State, TaskState
from dsar.identity import Identifier, Key
from dsar.plans import Action
from dsar.records import Anchor, Outcome, OutcomeKind, Record
from intake.desk import Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, house, policy
from workflows.search import SMALL


def mine(name: str, category: str = "marketing data", **facts: object) -> Record:
    return Record.model_validate({"id": name, "category": category, "matched": {Key.EMAIL}, **facts})


def invoice(name: str) -> Record:
    return mine(name, "financial records and invoices", dates={Anchor.CREATED: date(2024, 1, 31)})


async def test_what_is_asked_for_is_erased_everywhere_and_the_person_is_told(tmp_path: Path) -> None:
    """Acknowledged, proved, erased in every system, answered, closed."""
    news, crm = FakeSystem("news", [mine("a"), mine("b"), mine("c")]), FakeSystem("crm", [mine("d")])
    async with house(tmp_path, news, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert not news.records
        assert not crm.records
        assert "News: 3 records erased." in at.answers()[0]
        assert (await at.foundation.ledger.requests.get(receipt.request_id)).outcome == Ending.COMPLIED  # type: ignore[union-attr]
        assert not (await at.foundation.ledger.journal.verify()).problems


async def test_nothing_is_looked_at_before_the_person_has_proved_who_they_are(tmp_path: Path) -> None:
    """No system hears of the person before the code comes back."""
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news) as at:
        receipt = await at.submit()
        await at.code(receipt)

        assert news.asked_with == []
        await at.proved(receipt)
        await at.ended(receipt)

    assert news.asked_with


async def test_who_never_answers_is_denied_with_reasons_and_nothing_is_touched(tmp_path: Path) -> None:
    """Silence until the safe date ends in a denial that says why, and asks about opting out."""
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news) as at:
        receipt = await at.submit()

        closed = await at.ended(receipt)

        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert "a" in news.records
        assert news.asked_with == []
        assert any("stop selling or sharing" in body for _, body in at.mail.to(ADA))


async def test_five_wrong_codes_kill_the_code_and_another_one_can_be_had(tmp_path: Path) -> None:
    """A dead code is dead even for the right answer; a fresh one works."""
    async with house(tmp_path, FakeSystem("news", [mine("a")])) as at:
        receipt = await at.submit()
        right = await at.code(receipt)
        wrong = f"{(int(right) + 1) % 1_000_000:06}"

        left = [(await at.desk.confirm(receipt.request_id, wrong)).attempts_left for _ in range(5)]

        assert left == [4, 3, 2, 1, 0]
        with pytest.raises(Refused, match="dead"):
            await at.desk.confirm(receipt.request_id, right)
        await at.desk.send_another_code(receipt.request_id)
        await at.until(lambda: len(at.mail.to(ADA)) == 2)
        await at.proved(receipt)
        assert (await at.ended(receipt)).ending is Ending.COMPLIED


async def test_what_is_no_code_costs_no_attempt(tmp_path: Path) -> None:
    """Letters instead of digits are refused before they count."""
    async with house(tmp_path, FakeSystem("news")) as at:
        receipt = await at.submit()
        await at.code(receipt)

        with pytest.raises(Refused, match="six digits"):
            await at.desk.confirm(receipt.request_id, "abcdef")

        assert (await at.status(receipt)).attempts_left == 5


async def test_a_retained_invoice_is_restricted_told_and_erased_seven_years_later(tmp_path: Path) -> None:
    """Kept by law to the day, used for nothing else meanwhile, then gone; the person hears of both."""
    books = FakeSystem("books", [invoice("i"), mine("note")])
    async with house(tmp_path, books) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        assert (await at.ended(receipt)).ending is Ending.PARTLY
        assert set(books.records) == {"i"}
        assert books.restricted == {"i"}
        assert "until 31 January 2031" in at.answers()[0]

        assert await at.ended_saga(at.hold(receipt), timedelta(days=90)) == 1
        assert (await at.env.get_current_time()).date() >= date(2031, 2, 1)
        assert not books.records
        assert any("has been erased" in subject for subject, _ in at.mail.to(ADA))


async def test_a_cancelled_deletion_is_put_back_as_it_was(tmp_path: Path) -> None:
    """Within the hold everything can be taken back, and is."""
    news = FakeSystem("news", [mine("a"), mine("b"), mine("c"), invoice("i")])
    async with house(tmp_path, news, rules=policy(hold_before_erasure=timedelta(days=1))) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: news.suppressed == {"a", "b", "c"} and news.restricted == {"i"})

        await at.cancel(receipt)
        closed = await at.ended(receipt)

        assert closed.ending is Ending.CANCELLED
        assert set(news.records) == {"a", "b", "c", "i"}
        assert news.suppressed == news.restricted == set()


async def test_after_the_pivot_a_cancellation_comes_too_late(tmp_path: Path) -> None:
    """Once something may be erased, the way is forward only."""
    slow = FakeSystem("slow", [mine("a")])
    slow.failing["erase"] = [TryLater("busy", timedelta(hours=1))]
    async with house(tmp_path, slow) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: not slow.failing["erase"])

        with pytest.raises(Refused, match="too late"):
            await at.desk.cancel(receipt.request_id, by="ada", reason="changed my mind")


async def test_a_vendor_that_is_down_delays_only_itself(tmp_path: Path) -> None:
    """The others are erased while one is still being waited for; it is erased when it is back."""
    news, crm = FakeSystem("news", [mine("a")]), FakeSystem("crm", [mine("b")])
    crm.down = True
    async with house(tmp_path, news, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: not news.records)

        await at.unfinished(receipt, ("Crm",))
        crm.down = False

        await at.ended(receipt)
        assert not crm.records


async def test_a_namesakes_record_waits_for_a_person_and_stays_untouched(tmp_path: Path) -> None:
    """Only a name matches: a person says whose it is; somebody else's is neither erased nor exported."""
    crm = FakeSystem("crm", [mine("hers"), mine("a namesake's", matched={Key.NAME})])
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(email=ADA, name="Ada Lovelace")
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.NOT_FOUND, by="lead")
        await at.ended(receipt)

        assert set(crm.records) == {"a namesake's"}


async def test_somebody_elses_customer_number_opens_nothing(tmp_path: Path) -> None:
    """Proving one's own mailbox proves nothing about a number written beside it: a person decides."""
    crm = FakeSystem("crm", [mine("victim's", matched={Key.CUSTOMER_ID})])
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(email="mallory@example.com", customer_id="42")
        await at.proved(receipt, "mallory@example.com")

        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.NOT_FOUND, by="lead")
        await at.ended(receipt)

        assert set(crm.records) == {"victim's"}


async def test_a_system_that_needs_an_identifier_waits_for_the_one_that_teaches_it(tmp_path: Path) -> None:
    """The customer number that the email platform knows leads to the files under it."""
    teacher = FakeSystem("teacher", [mine("a")], learns={Key.CUSTOMER_ID})
    teacher.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="42"),)
    files = FakeSystem("files", [mine("f", matched={Key.CUSTOMER_ID})], needs={Key.CUSTOMER_ID})
    async with house(tmp_path, files, teacher) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.ended(receipt)

    assert files.asked_with[0].values(Key.CUSTOMER_ID) == ("42",)
    assert not files.records


def teacher_and_pupil(records: int) -> tuple[FakeSystem, FakeSystem]:
    """The pupil cannot be searched before the teacher has taught it what it needs."""
    teacher = FakeSystem("teacher", [mine(f"a{n}") for n in range(records)], learns={Key.CUSTOMER_ID})
    teacher.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="c-1", proven=True),)
    return teacher, FakeSystem("pupil", [mine("b")], needs={Key.CUSTOMER_ID})


async def test_who_waits_to_be_taught_does_not_wait_for_much_that_is_done_with_the_lesson(tmp_path: Path) -> None:
    """A teacher that holds much is only asked at first: what takes its time keeps no other system waiting."""
    teacher, pupil = teacher_and_pupil(records=SMALL + 1)
    teacher.gates["suppress"] = asyncio.Event()
    async with house(tmp_path, teacher, pupil, rules=policy(hold_before_erasure=timedelta(0))) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.until(lambda: "suppress" in teacher.tried and not pupil.records)
        teacher.gates["suppress"].set()

        assert (await at.ended(receipt)).ending is Ending.COMPLIED
        assert not teacher.records


@pytest.mark.parametrize("failure", [TryLater("down", timedelta(hours=6)), NeedsPerson("no", "allow it")])
async def test_who_waits_to_be_taught_does_not_wait_for_what_fails(tmp_path: Path, failure: Exception) -> None:
    """The lesson counts although the teacher does not let us act yet, and what failed is done in a step of its own."""
    teacher, pupil = teacher_and_pupil(records=1)
    teacher.failing["suppress"] = [failure, failure]
    async with house(tmp_path, teacher, pupil, rules=policy(hold_before_erasure=timedelta(0))) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        if isinstance(failure, NeedsPerson):
            task = await at.task(receipt, "unblock")
            await at.until(lambda: not pupil.records)
            assert teacher.records
            await at.desk.resolve(task, TaskState.DONE, by="lead")

        assert (await at.ended(receipt)).ending is Ending.COMPLIED
        assert pupil.asked_with[0].values(Key.CUSTOMER_ID) == ("c-1",)
        assert not teacher.records | pupil.records


async def test_systems_that_wait_for_one_another_are_asked_all_the_same(tmp_path: Path) -> None:
    """Each could teach what the other needs: the first goes on with what is known, the other learns from it."""
    one = FakeSystem("one", [mine("a")], learns={Key.CUSTOMER_ID}, needs={Key.CLIENT_ID})
    one.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="42"),)
    two = FakeSystem("two", [mine("b", matched={Key.CUSTOMER_ID})], learns={Key.CLIENT_ID}, needs={Key.CUSTOMER_ID})
    async with house(tmp_path, one, two) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.ended(receipt)

    assert two.asked_with[0].values(Key.CUSTOMER_ID) == ("42",)
    assert not one.records | two.records


async def test_more_than_the_bound_waits_for_approval(tmp_path: Path) -> None:
    """A plan that touches more records than policy allows runs only after a person has looked at it."""
    crm = FakeSystem("crm", [mine(str(n)) for n in range(5)])
    async with house(tmp_path, crm, rules=policy(approve_above_records=4)) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        task = await at.task(receipt, "approve")

        assert len(crm.records) == 5
        assert crm.suppressed == set()
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        await at.ended(receipt)

        assert not crm.records


async def test_a_refused_approval_leaves_the_system_out_and_says_so(tmp_path: Path) -> None:
    """The person is told which system was not asked."""
    crm = FakeSystem("crm", [mine("a")])
    async with house(tmp_path, crm, rules=policy(approve_every_erasure=True)) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "approve"), TaskState.EXCEPTION, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.PARTLY
        assert set(crm.records) == {"a"}
        assert "We could not get an answer from: Crm" in at.answers()[0]


async def test_what_no_interface_can_erase_is_a_persons_task_and_looked_for_afterwards(tmp_path: Path) -> None:
    """Done is believed only when it is seen: said too early, the task comes back."""
    figma = FakeSystem("figma", [mine("a")])
    figma.by_hand = True
    async with house(tmp_path, figma) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        first = await at.task(receipt, "act")
        assert "delete a by hand" in (await at.status(receipt)).tasks[0].instructions

        await at.desk.resolve(first, TaskState.DONE, by="lead")
        second = await at.task(receipt, "act")
        assert second != first
        assert (await at.desk.task(second)).instructions.startswith("Looked for again, and not gone yet: 1.")
        figma.records.clear()
        await at.desk.resolve(second, TaskState.DONE, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED


class Events(FakeSystem):
    """An advertising network: nothing that was reported to it can be taken back, by whatever hand."""

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        why = "no more is reported, and what was reported stays"
        kinds = [(r, OutcomeKind.SUPPRESSED if r.id == "events" else OutcomeKind.ERASED) for r in records]
        return [Outcome(record_id=r.id, kind=k, reason=why if r.id == "events" else "") for r, k in kinds]


async def test_what_stays_whatever_a_person_does_is_not_called_erased(tmp_path: Path) -> None:
    """Done by hand is what could be done: the person reads what is left all the same, and why."""
    network = Events("network", [mine("list"), mine("events")])
    network.by_hand = True
    async with house(tmp_path, network) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "act"), TaskState.DONE, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.PARTLY
        assert "Network: 1 record erased." in at.answers()[0]
        assert "Network: 1 record not erased: no more is reported, and what was reported stays." in at.answers()[0]


async def test_a_missing_right_is_a_persons_task_and_then_the_work_goes_on(tmp_path: Path) -> None:
    """A refused credential opens a task; once it is renewed the step is repeated."""
    crm = FakeSystem("crm", [mine("a")])
    crm.failing["locate"] = [NeedsPerson("CRM answered 401", "renew the key")]
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.DONE, by="ops")
        await at.ended(receipt)

        assert not crm.records


async def test_accepted_is_not_erased_and_is_looked_at_again(tmp_path: Path) -> None:
    """What a vendor finishes later is checked later; if it is still there, a person is asked."""
    ga = FakeSystem("ga", [mine("a")])
    ga.accepts_for = timedelta(hours=72)
    async with house(tmp_path, ga) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: len(at.answers()) == 1)
        assert "is ordered and will be finished there" in at.answers()[0]
        await at.stands(receipt, State.ANSWERED)

        await at.env.sleep(timedelta(hours=80))
        task = await at.task(receipt, "act")
        ga.records.clear()
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        await at.ended(receipt)


async def test_a_duplicate_joins_the_open_request(tmp_path: Path) -> None:
    """The same right of the same person, spelled differently, is one request; another right is another."""
    async with house(tmp_path, FakeSystem("news")) as at:
        first = await at.submit()

        second = await at.submit(email="  ADA@Example.com")

        assert second.joined
        assert second.request_id == first.request_id
        assert second.ticket != first.ticket
        await at.proved(first)
        await at.ended(first)
        third = await at.submit()
        assert not third.joined


async def test_a_dry_run_plans_and_touches_nothing(tmp_path: Path) -> None:
    """No letter, no change: only the plan, to be read."""
    news = FakeSystem("news", [mine("a"), invoice("i")])
    async with house(tmp_path, news) as at:
        dry = await at.desk.submit(at.submission().model_copy(update={"dry_run": True}))

        assert (await at.ended(dry)).ending is Ending.PLANNED
        assert set(news.records) == {"a", "i"}
        assert at.mail.to(ADA) == []
        assert (await at.status(dry)).plans[0].actions == {Action.ERASE: 1, Action.RETAIN: 1}


async def test_ops_cancelling_in_the_engine_is_a_cancellation(tmp_path: Path) -> None:
    """A cancel from the Temporal UI before the pivot puts everything back, as the person's own would."""
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news, rules=policy(hold_before_erasure=timedelta(days=1))) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: news.suppressed == {"a"})

        await at.cancel_in_engine(receipt)
        closed = await at.ended(receipt)

        assert closed.ending is Ending.CANCELLED
        assert news.suppressed == set()
        assert not [1 for subject, _ in at.mail.to(LEAD) if "ESCALATION" in subject]


async def test_the_key_of_a_hold_is_kept_while_its_request_still_runs(tmp_path: Path) -> None:
    """A hold may end first; the request could not be replayed without the key that sealed the hold's start."""
    soon = (datetime.now(UTC) + timedelta(days=5)).date()
    day = date(soon.year - 7, soon.month, min(soon.day, 28))
    books = FakeSystem("books", [mine("i", "financial records and invoices", dates={Anchor.CREATED: day})])
    ga = FakeSystem("ga", [mine("a")])
    ga.accepts_for = timedelta(days=40)
    async with house(tmp_path, books, ga) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: len(at.answers()) == 1)
        assert await at.ended_saga(at.hold(receipt), timedelta(days=2)) == 1

        assert await at.forget() == 0

        assert await at.foundation.vault.names(at.hold(receipt).id)
        ga.records.clear()
        await at.ended(receipt, timedelta(days=10))
        assert await at.forget() == 2
