"""A thousand duplicates with ten real requests among them: ten are answered, none is lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dsar.case import Ending
from dsar.identity import Identity, Key
from dsar.records import Located
from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from intake.desk import Receipt
from intake.gathering import Gathering
from ledger.requests import RequestRow
from tests.attacks.threats import Threat, against
from tests.flows.fake_system import FakeSystem
from tests.flows.house import House, house, policy
from tests.flows.test_deletion import mine

DUPLICATES = 1_000
VICTIM = "victim@example.com"
REAL = tuple(f"real-{number}@example.com" for number in range(10))


class Customers(FakeSystem):
    """Holds one record of each person, under their address."""

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        await self._may_fail("locate")
        theirs = [self.records[address] for address in identity.values(Key.EMAIL) if address in self.records]
        return Located(records=tuple(theirs))


def typed(address: str) -> Submission:
    return Submission(right=Right.DELETE, person=Person(email=address), channel=Channel.WEB)


async def flooded(at: House) -> dict[str, list[Receipt]]:
    """Hand all of them in, a real one after each hundred; the receipts by address."""
    receipts: dict[str, list[Receipt]] = {}
    for address in [each for real in REAL for each in (*[VICTIM] * (DUPLICATES // len(REAL)), real)]:
        receipts.setdefault(address, []).append(await at.desk.submit(typed(address)))
    return receipts


async def _over(at: House, request_id: str) -> RequestRow:
    """Its row, once the journal has what the letter said: that is entered right after it."""
    row = await at.desk.row(request_id)
    for _ in range(400):
        if row.outcome:
            break
        await asyncio.sleep(0.025)
        row = await at.desk.row(request_id)
    return row


@against(Threat.FLOOD)
async def test_a_thousand_duplicates_and_ten_real_ones(tmp_path: Path) -> None:
    """The ten are carried out and answered; the thousand are kept, cost one letter, and end on their date."""
    customers = Customers("crm", [mine(address) for address in (*REAL, VICTIM)])
    async with house(tmp_path, customers) as at:
        receipts = await flooded(at)
        for address in REAL:
            await at.proved(receipts[address][0], address)
        await at.until(lambda: all(at.answers(address) for address in REAL))
        await at.until(lambda: set(customers.records) == {VICTIM})
        rows = [await _over(at, each.request_id) for address in REAL for each in receipts[address]]

        assert [row.outcome for row in rows] == [Ending.COMPLIED] * len(REAL)
        assert len(at.mail.to(VICTIM)) == 1
        assert len({each.request_id for each in receipts[VICTIM]}) == DUPLICATES

        await _time_runs_out(at, receipts[VICTIM])
        kept = [await at.desk.row(each.request_id) for each in receipts[VICTIM]]

        assert {row.outcome for row in kept[1:]} == {Ending.DENIED_UNVERIFIED}
        assert {row.behind for row in kept[1:]} == {kept[0].id}
        assert not (await at.foundation.ledger.journal.verify()).problems


async def _time_runs_out(at: House, receipts: list[Receipt]) -> None:
    """Nobody comes back to them until their safe date."""
    late = timedelta(days=(receipts[0].safe - datetime.now(UTC).date()).days + 1)
    await Gathering(at.foundation.ledger, policy(), lambda: datetime.now(UTC) + late).settle()
