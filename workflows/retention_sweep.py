"""Once a day through every system: what is past its retention goes, and so does what was erased and came back."""

import asyncio
from contextlib import suppress

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows import steps
from workflows.people import Resolution
from workflows.sweep_report import Report, SweepStart
from workflows.sweep_tasks import SweepTasks
from workflows.system_sweep import SystemSweep

with workflow.unsafe.imports_passed_through():
    from activities.sweep_orders import Begin, Begun, End
    from activities.sweeping import Sweeps
    from dsar.sweeping import SWEEP
    from dsar.zones import earliest_date


@workflow.defn
class RetentionSweep:
    """One sweep. Its id names its compartment of the vault, and starts with `sweep-`."""

    @workflow.init
    def __init__(self, start: SweepStart) -> None:
        self._start = start
        self._tasks = SweepTasks(workflow.info().workflow_id)
        self._begun: Begun | None = None
        self._systems: dict[str, SystemSweep] = {}
        self._over = False

    @workflow.run
    async def run(self, start: SweepStart) -> Report:
        """All systems, side by side: one that is down delays no other."""
        order = Begin(sweep_id=self._tasks.sweep_id, mode=start.mode, systems=start.systems)
        self._begun = begun = await steps.outside(Sweeps.begin_sweep, order, "Begin")
        self._systems = {each.name: SystemSweep(start, begun, self._tasks, each) for each in begun.systems}
        await asyncio.gather(*(system.sweep() for system in self._systems.values()))
        end = End(sweep_id=self._tasks.sweep_id, today=earliest_date(workflow.now(), (begun.zone,)))
        await steps.inside(Sweeps.end_sweep, end, "Journal: swept")
        self._over = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.report()

    @workflow.update
    async def resolve(self, resolution: Resolution) -> None:
        """A person finishes a task."""
        await self._tasks.resolve(resolution)

    @resolve.validator
    def _check_resolution(self, resolution: Resolution) -> None:
        self._tasks.check(resolution)

    @workflow.query
    def report(self) -> Report:
        """How far it is."""
        return Report(
            systems={name: system.progress for name, system in self._systems.items()},
            cannot=self._begun.cannot if self._begun else (),
            tasks=self._tasks.open,
            begun=self._begun is not None,
            over=self._over,
        )


@workflow.defn
class DailySweep:
    """Run by a schedule: starts the day's sweep, once, under an id that says which day's it is."""

    @workflow.run
    async def run(self) -> str:
        """The sweep's id. It may still wait for people when tomorrow's begins."""
        sweep_id = f"{SWEEP}{workflow.now():%Y-%m-%d}"
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                RetentionSweep.run,
                SweepStart(),
                id=sweep_id,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                parent_close_policy=ParentClosePolicy.ABANDON,
            )
        return sweep_id
