"""What a system promises to erase is asked about until it is done, and at once when it says that something changed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dsar.case import Ending, State, TaskState
from dsar.records import Outcome, OutcomeKind, Record
from intake.engine import Engine
from intake.looking_again import LookingAgain
from tests.flows.fake_system import FakeSystem
from tests.flows.house import QUEUE, House, house
from tests.flows.test_deletion import mine


class Processor(FakeSystem):
    """Takes an order, and says of it when it will be done until it is done."""

    def __init__(self) -> None:
        super().__init__("processor", [mine("a")])
        self.accepts_for = timedelta(days=10)
        self.due = timedelta(days=10)
        self.looks = 0

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        self.looks += 1
        seen = await super().check(records)
        again = datetime.now(UTC) + self.due
        return [
            Outcome(record_id=o.record_id, kind=OutcomeKind.ACCEPTED, check_after=again)
            if o.kind is OutcomeKind.REFUSED
            else o
            for o in seen
        ]


def told(at: House) -> LookingAgain:
    async def connected() -> object:
        return at.env.client

    return LookingAgain(Engine(connected, QUEUE), at.foundation.ledger.requests)  # type: ignore[arg-type]


async def test_what_is_promised_anew_is_asked_about_again(tmp_path: Path) -> None:
    """Not done when it should have been: asked when it is expected now, and nobody is bothered."""
    processor = Processor()
    async with house(tmp_path, processor) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        processor.due = timedelta(days=25)  # the system's clock is the machine's, the engine's runs ahead of it
        await at.env.sleep(timedelta(days=11))
        await at.until(lambda: processor.looks == 1)
        processor.records.clear()

        closed = await at.ended(receipt)

        assert (closed.ending, processor.looks) == (Ending.COMPLIED, 2)
        assert (await at.status(receipt)).tasks == ()


async def test_a_system_that_calls_is_asked_at_once(tmp_path: Path) -> None:
    """Only by those who wait for it; who calls too early loses nothing, and what is over hears nothing."""
    processor, other = Processor(), FakeSystem("other", [mine("b")])
    async with house(tmp_path, processor, other) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        assert await told(at).in_system("nobody") == 0
        processor.due = timedelta(days=20)

        assert await told(at).in_system("processor") == 1
        await at.until(lambda: processor.looks == 1)
        processor.records.clear()
        assert await told(at).in_system("processor") == 1
        await at.saga(receipt).result()

        assert processor.looks == 2
        assert await told(at).in_system("processor") == 0
        steps = [e.step for e in await at.foundation.ledger.journal.entries(receipt.request_id)]
        assert [s.partition(":")[2].partition(":")[2] for s in steps if s.startswith("check:")] == [
            "1 accepted:processor",
            "1 erased:processor",
        ]


async def test_who_saw_that_it_is_gone_is_believed(tmp_path: Path) -> None:
    """A processor that cancelled the order says so for ever, also after somebody there erased by hand."""
    stubborn = FakeSystem("stubborn", [mine("a")])
    stubborn.accepts_for = timedelta(days=1)
    async with house(tmp_path, stubborn) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        await at.env.sleep(timedelta(days=2))
        task = await at.task(receipt, "act")
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        again = await at.task(receipt, "act")
        await at.desk.resolve(again, TaskState.NOT_FOUND, by="lead")
        closed = await at.ended(receipt)

        assert (closed.ending, again != task, list(stubborn.records)) == (Ending.COMPLIED, True, ["a"])
