"""Whose records are these? Where nothing that only one person has agrees, somebody compares and says so."""

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from console.call import Call
from console.comparing import compare
from dsar.case import Ending, TaskState
from dsar.identity import Key
from dsar.plans import Action
from dsar.records import Anchor, Record
from intake.desk import NotFound
from settings import Settings
from tests.flows.fake_system import FakeSystem
from tests.flows.house import House, house
from tests.flows.test_deletion import mine

OFFICE = "info@example.com"


def namesake() -> Record:
    """Of somebody with the same name and telephone."""
    return mine("n", matched={Key.NAME}, label="Canary Jones", dates={Anchor.CREATED: date(2024, 1, 31)})


async def compared(at: House, request_id: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says."""
    args = Namespace(request=request_id, system="crm")
    call = Call(args=args, settings=cast(Settings, None), desk=at.desk, foundation=at.foundation)
    assert await compare(call) == 0
    return capsys.readouterr().out


async def test_who_decides_sees_what_agrees_and_no_value_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kinds and the dates; neither the record's title nor the person's address. Hers are not among them."""
    async with house(tmp_path, FakeSystem("crm", [mine("a"), namesake()])) as at:
        receipt = await at.submit(email="ada@example.com", name="Ada Jones")
        await at.proved(receipt)
        task = await at.task(receipt, "confirm")

        said = await compared(at, receipt.request_id, capsys)
        plan = await at.desk.plan(receipt.request_id, "crm")
        instructions = (await at.desk.task(task)).instructions
        await at.desk.resolve(task, TaskState.NOT_FOUND, by="lead")
        await at.ended(receipt)

        (line,) = [line for line in said.splitlines() if "marketing data" in line]
        assert line.split()[0] == "2"
        assert "created 2024-01-31" in line
        assert line.index("name") < line.index("email")
        assert not [word for word in ("canary", "jones", "ada@") if word in said.lower()]
        assert f"compare {receipt.request_id} crm" in instructions
        first, second = plan.lines  # what waits for somebody comes first
        assert (first.action, first.agrees, first.missing) == (Action.CONFIRM, (Key.NAME,), (Key.EMAIL,))
        assert (second.action, second.category, plan.more) == (Action.ERASE, "marketing data", False)
        with pytest.raises(NotFound):
            await at.desk.plan(receipt.request_id, "../case")


@pytest.mark.parametrize("answer", [TaskState.NOT_FOUND, TaskState.DONE])
async def test_whoever_reads_a_shared_mailbox_is_not_thereby_everybody_in_it(tmp_path: Path, answer: TaskState) -> None:
    """A code proves that they read it; whose each record is, a person says, and nothing is done before."""
    async with house(tmp_path, crm := FakeSystem("crm", [mine("a")])) as at:
        receipt = await at.submit(email=OFFICE)
        await at.proved(receipt, OFFICE)
        task = await at.task(receipt, "confirm")
        before = set(crm.records)

        await at.desk.resolve(task, answer, by="lead")
        closed = await at.ended(receipt)

        assert before == {"a"}
        assert set(crm.records) == (set() if answer is TaskState.DONE else {"a"})
        assert closed.ending in {Ending.COMPLIED, Ending.PARTLY, Ending.NOTHING_FOUND}
