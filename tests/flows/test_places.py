"""A vendor that hangs keeps its own steps waiting, and nobody else's."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.failures import FailureTranslation
from activities.holds import HandOver
from activities.places import SEVERAL, Places
from connectors.connector import TryLater
from dsar.frozen import Frozen

PLACES = 2
HANGING = 12


class Step(Frozen):
    """A step in a system."""

    system: str


class Vendors:
    """One that hangs until it is let go, and others that answer."""

    def __init__(self) -> None:
        self.well = asyncio.Event()
        self.full = asyncio.Event()
        self.inside = 0
        self.most = 0

    @activity.defn(name="look")
    async def look(self, step: Step) -> str:
        """Ask the system."""
        if step.system == "slow":
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == PLACES:
                self.full.set()
            try:
                await self.well.wait()
            finally:
                self.inside -= 1
        return step.system


@workflow.defn(sandboxed=False)
class Story:
    """One step, repeated for as long as it takes."""

    @workflow.run
    async def run(self, step: Step) -> str:
        """Have it done."""
        done: str = await workflow.execute_activity(
            "look",
            step,
            start_to_close_timeout=timedelta(hours=1),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1)),
        )
        return done


async def test_a_hanging_vendor_keeps_nobody_elses_steps_waiting(tmp_path: Path) -> None:
    """It has its places; what comes beyond is put back, others go on, and once it is well all of it is done."""
    server, vendors = Path(sys.executable).parent / "temporal-test-server", Vendors()
    async with (
        await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(server), data_converter=pydantic_data_converter
        ) as env,
        Worker(
            env.client,
            task_queue="places",
            workflows=[Story],
            activities=[vendors.look],
            interceptors=[FailureTranslation(), Places(PLACES)],
            workflow_runner=UnsandboxedWorkflowRunner(),
            max_concurrent_activities=2 * PLACES,
        ),
    ):

        async def story(name: str, system: str) -> str:
            said: str = await env.client.execute_workflow(Story.run, Step(system=system), id=name, task_queue="places")
            return said

        with env.auto_time_skipping_disabled():
            hanging = [asyncio.create_task(story(f"slow-{n}", "slow")) for n in range(HANGING)]
            await vendors.full.wait()
            others = await asyncio.gather(*(story(f"quick-{n}", "quick") for n in range(HANGING)))
            inside = vendors.inside
            vendors.well.set()
        done = await asyncio.gather(*hanging)

    assert others == ["quick"] * HANGING
    assert inside == vendors.most == PLACES
    assert done == ["slow"] * HANGING


async def test_a_place_is_free_again_however_its_step_ended() -> None:
    """Done, failed or stopped."""
    places = Places(1)

    async def fail() -> None:
        raise TryLater("not now")

    async def hang() -> None:
        await asyncio.Event().wait()

    async def answer() -> str:
        return "there"

    with pytest.raises(TryLater, match="not now"):
        await places.run("crm", fail)
    stopped = asyncio.create_task(places.run("crm", hang))
    await asyncio.sleep(0)
    await refused(places, answer)
    stopped.cancel()
    with suppress(asyncio.CancelledError):
        await stopped

    assert await places.run("crm", answer) == "there"


def test_what_a_step_is_counted_as() -> None:
    """By its system, or as one of those that ask several; letters, and steps within our own walls, as none."""
    places, own = Places(is_local=lambda: False), Places(is_local=lambda: True)
    hand_over = HandOver(request_id="r", hold_id="h", systems=("crm", "shop"), policy="p", today=date(2026, 5, 5))

    assert places.system([Step(system="crm")]) == "crm"
    assert places.system([hand_over]) == SEVERAL
    assert [places.system([]), places.system(["crm"]), own.system([Step(system="crm")])] == ["", "", ""]


async def refused(places: Places, work: Callable[[], Awaitable[str]]) -> None:
    """All places are taken: it is to come again, soon."""
    with pytest.raises(TryLater, match="crm") as sent_away:
        await places.run("crm", work)
    assert sent_away.value.after is not None
    assert timedelta(seconds=2) < sent_away.value.after < timedelta(seconds=8)
