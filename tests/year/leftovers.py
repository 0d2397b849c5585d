"""What the engine still has when a year is over: what lasts by design, and nothing else."""

from collections.abc import Iterable
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from dsar.requests import Right
from tests.year.findings import Record
from tests.year.play import Year
from tests.year.stories import Act

BEGUN = {
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
}
OVER = {
    EventType.EVENT_TYPE_TIMER_FIRED: "timer_fired_event_attributes",
    EventType.EVENT_TYPE_TIMER_CANCELED: "timer_canceled_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "activity_task_completed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: "activity_task_failed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED: "activity_task_canceled_event_attributes",
}


def in_force(record: Record) -> bool:
    """Whether this is a restriction that nobody has lifted: it lasts."""
    lifted = any(deed.act is Act.LIFT for deed in record.played.story.kind.deeds)
    return record.played.receipt.right is Right.RESTRICT and record.row.outcome == "complied" and not lifted


async def of_request(year: Year, record: Record) -> str:
    """What is left of a request in the engine, in words, where it should not be."""
    runs, left = await _left(year.saga(record.played.id))
    if runs != in_force(record):
        return record.told(f"in the engine it {'still runs' if runs else 'is over'}; left: {left}")
    return record.told(f"nothing should be left of it in the engine, but there is {left}") if left else ""


async def of_holds(year: Year) -> list[str]:
    """A hold runs while it keeps something, waiting for one day; released, it is over and forgotten."""
    wrong: list[str] = []
    for row in await year.foundation.ledger.holds.list(held_only=False):
        runs, left = await _left(year.saga(row.id))
        if row.released_at and (runs or left or not row.shredded_at):
            wrong.append(f"{row.id} is released, but runs: {runs}, left: {left}, forgotten: {row.shredded_at}")
        if not row.released_at and (not runs or left != ["timer"]):
            wrong.append(f"{row.id} keeps until {row.until}, but runs: {runs}, left: {left}")
    return wrong


async def _left(handle: WorkflowHandle[Any, Any]) -> tuple[bool, list[str]]:
    """Whether a saga runs, and what it has begun and not ended."""
    description = await handle.describe()
    history = await handle.fetch_history()
    left = _open(history.events) + ["pending activity"] * len(description.raw_description.pending_activities)
    return description.status is WorkflowExecutionStatus.RUNNING, left


def _open(events: Iterable[HistoryEvent]) -> list[str]:
    begun: dict[int, str] = {}
    for event in events:
        if event.event_type in BEGUN:
            begun[event.event_id] = BEGUN[event.event_type]
        elif event.event_type in OVER:
            about = getattr(event, OVER[event.event_type])
            begun.pop(about.started_event_id if hasattr(about, "timer_id") else about.scheduled_event_id, None)
    return list(begun.values())
