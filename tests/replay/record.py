"""Records the histories anew: `python -m tests.replay.record`, after a change that replays differently on purpose.

Do that only when no request of the older version can still be open, or when the change is behind `workflow.patched`
and the older recordings are kept beside the new ones.
"""

import asyncio
import base64
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from dsar.case import State, TaskState
from dsar.identity import Identifier, Key
from dsar.records import Anchor
from dsar.requests import Right
from dsar.talking import Message
from dsar.waiting import Subject
from tests.flows.fake_system import FakeSystem
from tests.flows.house import LEAD, QUEUE, House, house, policy
from tests.flows.test_deletion import invoice, mine
from tests.replay.recording import Recording
from vault.codec import ENGINE
from vault.store import DiskStore
from workflows.retention_sweep import RetentionSweep
from workflows.sweep_report import SweepStart


async def keep(name: str, handle: WorkflowHandle[Any, Any], folder: Path, *others: str) -> None:
    """Keep a saga that has ended, with its own key and those of other owners that it writes to."""
    store = DiskStore(folder / "vault")
    wrapped = {owner: base64.b64encode(await store.read(f"keys/{owner}")).decode() for owner in (handle.id, *others)}
    history = json.loads((await handle.fetch_history()).to_json())
    Recording(workflow_id=handle.id, wrapped=wrapped, history=history).write(name)
    print(f"{name}: {len(history['events'])} events", file=sys.stderr)  # noqa: T201 - a command's output


async def deletion(at: House, folder: Path) -> None:
    """Erased in one system, an invoice kept in another until its day."""
    receipt = await at.submit()
    await at.proved(receipt)
    await at.ended(receipt)
    await keep("deletion_with_a_retained_record", at.saga(receipt), folder, at.hold(receipt).id)
    await at.ended_saga(at.hold(receipt), timedelta(days=400))
    await keep("retention_hold", at.hold(receipt), folder)


async def access(at: House, folder: Path) -> None:
    """A package, and its link's last day."""
    receipt = await at.submit(Right.ACCESS)
    await at.proved(receipt)
    await at.ended(receipt)
    await keep("access", at.saga(receipt), folder)


async def cancelled(at: House, folder: Path) -> None:
    """Taken back within the hold."""
    receipt = await at.submit()
    await at.proved(receipt)
    news, books = at.systems["news"], at.systems["books"]
    await at.until(lambda: bool(news.suppressed and books.restricted))
    await at.cancel(receipt)
    await at.ended(receipt)
    await keep("cancelled_deletion", at.saga(receipt), folder)


async def denied(at: House, folder: Path) -> None:
    """Nobody enters the code."""
    receipt = await at.submit()
    await at.ended(receipt)
    await keep("denied_deletion", at.saga(receipt), folder)


async def talked(at: House, folder: Path) -> None:
    """Something is asked, and the person writes: twice, once while the answer is out already."""
    receipt = await at.submit(Right.ACCESS)
    await at.code(receipt)
    await at.desk.ask(receipt.request_id, Subject.CLARIFICATION, "Which account?", by="lea")
    await at.desk.write(receipt.request_id, Message(text="Both."), "message-1")
    await at.desk.resolve(await at.task(receipt, "talk"), TaskState.DONE, by="lea", note="Thank you.")
    await at.proved(receipt)
    await at.stands(receipt, State.ANSWERED)
    await at.desk.write(receipt.request_id, Message(text="Thanks!"), "message-2")
    await at.desk.resolve(await at.task(receipt, "talk"), TaskState.DONE, by="lea")
    await at.ended(receipt)
    await keep("talked", at.saga(receipt), folder)


async def promised(at: House, folder: Path) -> None:
    """A system accepts, still holds it when it should have finished, and a person finds out why."""
    news = at.systems["news"]
    news.accepts_for = timedelta(hours=72)
    receipt = await at.submit()
    await at.proved(receipt)
    await at.stands(receipt, State.ANSWERED)
    await at.env.sleep(timedelta(hours=80))
    task = await at.task(receipt, "act")
    news.records.clear()
    await at.desk.resolve(task, TaskState.DONE, by="lead")
    await at.ended(receipt)
    await keep("promised_deletion", at.saga(receipt), folder, at.hold(receipt).id)


async def taught(at: House, folder: Path) -> None:
    """A system that teaches what another one needs is copied from, and erased from, in the step that looks there.

    `..._in_two_steps` are of a version whose step only looked; nothing makes them anew.
    """
    for right, name in ((Right.ACCESS, "taught_access"), (Right.DELETE, "taught_deletion")):
        receipt = await at.submit(right)
        await at.proved(receipt)
        await at.ended(receipt)
        others = () if right is Right.ACCESS else (at.hold(receipt).id,)
        await keep(name, at.saga(receipt), folder, *others)


async def sweep(at: House, folder: Path) -> None:
    """One record past its time, one that a person is asked about."""
    news = at.systems["news"]
    old = {"dates": {Anchor.CREATED: date(2010, 1, 1)}}
    due = mine("cookie", "cookies and tracking", **old), mine("campaign", "marketing campaign data", **old)
    news.records = {record.id: record for record in due}
    handle = await at.env.client.start_workflow(RetentionSweep.run, SweepStart(), id="sweep-1", task_queue=QUEUE)
    await at.until(lambda: "cookie" not in news.records and bool(at.mail.to(LEAD)))
    (task,) = (await handle.query(RetentionSweep.report)).tasks
    await at.desk.resolve(task.id, TaskState.DONE, by="lea")
    await handle.result()
    await keep("retention_sweep", handle, folder, ENGINE)


Story = Callable[[House, Path], Awaitable[None]]

STORIES: tuple[Story, ...] = (
    deletion,
    access,
    cancelled,
    denied,
    talked,
    promised,
    taught,
    sweep,
)


def systems_of(story: Story) -> tuple[FakeSystem, FakeSystem]:
    """What holds the person's data; where it is a story of teaching, one needs what the other teaches."""
    teaching = story is taught
    news = FakeSystem("news", [mine("a"), mine("b"), mine("c")], learns={Key.CUSTOMER_ID} if teaching else set())
    news.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="c-1", proven=True),) if teaching else ()
    return news, FakeSystem("books", [invoice("i")], needs={Key.CUSTOMER_ID} if teaching else set())


async def main() -> None:
    """Run every story in a house of its own."""
    for story in STORIES:
        systems = systems_of(story)
        with tempfile.TemporaryDirectory() as folder:
            async with house(Path(folder), *systems, rules=policy(hold_before_erasure=timedelta(days=1))) as at:
                await story(at, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
