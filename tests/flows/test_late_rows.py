"""What a system is given late, after it accepted a deletion: the later look deletes that, too."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from dsar.case import State, TaskState
from dsar.identity import Key
from dsar.legal_holds import LegalHold
from dsar.records import Outcome, Record
from tests.flows.fake_system import FakeSystem
from tests.flows.house import house


class LateSystem(FakeSystem):
    """Accepts deletions, and deletes at the later look only."""

    async def look_again(self, records: Sequence[Record]) -> Sequence[Outcome]:
        for record in records:
            self.records.pop(record.id, None)
        return await self.check(records)


def late() -> LateSystem:
    system = LateSystem("ga", [Record(id="a", category="website analytics", matched=frozenset({Key.EMAIL}))])
    system.accepts_for = timedelta(days=4)
    return system


async def test_what_came_late_is_deleted_by_the_later_look(tmp_path: Path) -> None:
    """Nobody is asked: the look that was promised finds the system's own late rows and deletes them."""
    ga = late()
    async with house(tmp_path, ga) as at:
        receipt = await at.submit()
        await at.proved(receipt)

        await at.ended(receipt)

        assert not ga.records


async def test_what_came_late_under_a_hold_stays(tmp_path: Path) -> None:
    """A hold that was placed after the erasure keeps the late rows: a person is told that they are there."""
    ga = late()
    async with house(tmp_path, ga) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        hold = LegalHold(id="legal-1", reason="pending litigation", system="ga")
        await at.foundation.ledger.legal_holds.place(hold, by="Lea")

        await at.env.sleep(timedelta(days=5))
        task = await at.task(receipt, "act")
        held = set(ga.records)
        ga.records.clear()
        await at.desk.resolve(task, TaskState.DONE, by="lead")
        await at.ended(receipt)

        assert held == {"a"}
