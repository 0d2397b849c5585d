"""Run by a schedule: what is over is forgotten."""

from datetime import timedelta

from temporalio import workflow

from workflows.steps import PATIENT

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import Housekeeping as Work


@workflow.defn
class Housekeeping:
    """One sweep."""

    @workflow.run
    async def run(self) -> int:
        """How many requests and holds were forgotten."""
        return await workflow.execute_activity_method(
            Work.forget_closed,
            start_to_close_timeout=timedelta(hours=1),
            retry_policy=PATIENT,
            summary="Destroy the keys of what is over",
        )
