"""How each kind of durable step is run: how long it may take, and how patiently it is repeated."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

S = TypeVar("S")
P = TypeVar("P")
R = TypeVar("R")

PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=10)
)
"""Without end: a request that has an id is never given up, except by a person."""


async def in_system(
    act: Callable[[S, P], Awaitable[R]], order: P, summary: str, *, within: timedelta | None = None
) -> R:
    """Work in a vendor's system: may take hours, beats while it does, and is seen to have died within seconds.

    `within`: it is given up after this time, all tries counted; `None`: never.

    A cancelled one is waited for: nothing may be put back while something is still being taken away. However it
    ends then, done, failed or stopped, the story that was cancelled goes no further.
    """
    try:
        done = await workflow.execute_activity_method(
            act,
            order,
            start_to_close_timeout=timedelta(hours=24),
            schedule_to_close_timeout=within,
            heartbeat_timeout=timedelta(seconds=15),
            retry_policy=PATIENT,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=summary,
        )
    except ActivityError:
        _stop_if_cancelled()
        raise
    _stop_if_cancelled()
    return done


async def outside(act: Callable[[S, P], Awaitable[R]], order: P, summary: str) -> R:
    """A short piece of outside work: a letter."""
    return await workflow.execute_activity_method(
        act, order, start_to_close_timeout=timedelta(minutes=2), retry_policy=PATIENT, summary=summary
    )


async def inside(act: Callable[[S, P], Awaitable[R]], order: P, summary: str) -> R:
    """A step within our own walls, of milliseconds: the ledger."""
    return await workflow.execute_local_activity_method(
        act,
        order,
        start_to_close_timeout=timedelta(seconds=20),
        retry_policy=PATIENT,
        summary=summary,
    )


async def carried_through(life: Coroutine[Any, Any, R], told_to_cancel: Callable[[], None]) -> R:
    """Run a saga to its own end: when the engine is told to cancel it, `told_to_cancel` decides what that means."""
    task = asyncio.create_task(life)
    while not task.done():
        try:
            await workflow.wait_condition(task.done)
        except asyncio.CancelledError:
            told_to_cancel()
    return await task


async def stopped(task: "asyncio.Task[Any]") -> None:
    """Cancel a task of the saga and wait until it has stopped, however it ends."""
    task.cancel()
    await workflow.wait([task])
    if not task.cancelled():
        task.exception()  # looked at: what a stopped task stumbled over is no error any more


def _stop_if_cancelled() -> None:
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
