"""The saga as a careless change would leave it: it waits a moment before it begins. What the replay must catch."""

from datetime import timedelta

from temporalio import workflow

from dsar.case import Case
from workflows.rights_request import Closed, RightsRequest


@workflow.defn(name="RightsRequest")
class Changed(RightsRequest):
    """Not what was recorded."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> Closed:
        await workflow.sleep(timedelta(seconds=1))
        return await super().run(case)
