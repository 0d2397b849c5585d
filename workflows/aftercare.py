"""What is left once the person has an answer: late checks, the package's last day, and what the law makes us keep."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.workflow import ParentClosePolicy

from workflows import steps
from workflows.fanout import insisted
from workflows.path import Path
from workflows.retention_hold import HoldStart, RetentionHold

with workflow.unsafe.imports_passed_through():
    from activities.holds import HandOver, Holds
    from activities.systems import Systems
    from dsar.case import TaskKind, TaskState
    from dsar.data_map import System
    from dsar.outcomes import Result, Tally
    from dsar.plans import in_records
    from dsar.records import OutcomeKind

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Aftercare:
    """One answered request's loose ends."""

    def __init__(self, request: "RightsRequest", path: Path, result: Result) -> None:
        self._request = request
        self._path = path
        self._case = request.case
        self._result = result

    async def see_to(self) -> None:
        """Hand over what is retained, look again where a system only promised, keep the package meanwhile."""
        if self._result.kept:
            await self._hand_over()
        await asyncio.gather(
            self._keep_package(),
            self._path.after(),
            *(self._look_again(t) for t in self._result.tallies if t.of(OutcomeKind.ACCEPTED)),
        )

    async def _hand_over(self) -> None:
        hold_id = "hold-" + self._case.request_id.removeprefix("request-")
        order = HandOver(
            request_id=self._case.request_id,
            hold_id=hold_id,
            systems=tuple(sorted({kept.system for kept in self._result.kept})),
            policy=self._case.policy,
            today=self._request.deadline.today,
            identity=self._request.search.identity,
        )
        held = await steps.in_system(Holds.hand_over, order, "Hand what is retained to a hold")
        start = HoldStart(
            hold_id=hold_id,
            right=self._case.right,
            policy=self._case.policy,
            zone=self._case.clock.zone,
            held=tuple(held),
        )
        await workflow.start_child_workflow(
            RetentionHold.run,
            start,
            id=hold_id,
            parent_close_policy=ParentClosePolicy.ABANDON,
        )

    async def _keep_package(self) -> None:
        if self._request.package:
            await workflow.sleep(self._case.terms.link_valid, summary="The download link is good until then")

    async def _look_again(self, tally: Tally) -> None:
        """Accepted is not erased."""
        system = next(s for s in self._case.systems if s.name == tally.system)
        due = tally.check_after
        while True:
            await self._until(system, due)
            seen = await self._seen(system)
            left, due = seen.of(OutcomeKind.REFUSED), None
            if left:
                words = (
                    f"{system.title} accepted the deletion, but still holds {in_records(left)}. Find out why, then: "
                    "done.\nnot_found = they are gone, whatever the system goes on to say."
                )
                task = await self._request.people.ask(TaskKind.ACT, system, f"{system.title} has not erased", words)
                if task.state is TaskState.NOT_FOUND and workflow.patched("gone-says-a-person"):
                    return
            elif _is_promised_anew(seen) and workflow.patched("promised-anew"):
                due = seen.check_after
            else:
                return

    async def _until(self, system: System, due: datetime | None) -> None:
        """Wait until the system should have finished, or until it says itself that something changed there."""
        wait = due - workflow.now() if due else timedelta(0)
        told = self._request.changed_in
        if wait > timedelta(0):
            summary = f"{system.title} should have finished by then"
            with suppress(TimeoutError):
                await workflow.wait_condition(lambda: system.name in told, timeout=wait, timeout_summary=summary)
        told.discard(system.name)

    async def _seen(self, system: System) -> Tally:
        """What the system says now. It was promised to look, so nobody can give up on looking."""
        act = self._request.act(system, confirmed=False)
        return await insisted(
            self._request.people,
            system,
            lambda: steps.in_system(Systems.check, act, f"{system.title}: is it gone?"),
        )


def _is_promised_anew(seen: Tally) -> bool:
    """Whether the system says that it is not done, and when it will be."""
    again = seen.check_after is not None and seen.check_after > workflow.now()
    return bool(again and seen.of(OutcomeKind.ACCEPTED))
