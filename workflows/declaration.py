"""A signed declaration outlives its request: it is evidence for as long as the law asks, and not a day longer."""

from datetime import timedelta

from temporalio import workflow
from temporalio.workflow import ParentClosePolicy

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.proof_points import Expire, ProofPoints
    from dsar.case import Case

KEPT = timedelta(days=900)
"""24 months after the answer at the least (11 CCR 7062(c), 7101(a)), and that may come 135 days after the signing."""


@workflow.defn
class DeclarationHold:
    """Sleeps, then destroys one declaration."""

    @workflow.run
    async def run(self, order: Expire) -> None:
        """What the law asks us to keep is not let go by a cancel in the engine's UI."""
        await steps.carried_through(_keep(order), lambda: None)


async def kept(case: Case) -> str:
    """Have a declaration of this request kept; the owner under whose key."""
    owner = "declaration-" + case.request_id.removeprefix("request-")
    await workflow.start_child_workflow(
        DeclarationHold.run,
        Expire(request_id=case.request_id, owner=owner),
        id=owner,
        parent_close_policy=ParentClosePolicy.ABANDON,
    )
    return owner


async def _keep(order: Expire) -> None:
    await workflow.sleep(KEPT, summary="A signed declaration is kept until then")
    await steps.inside(ProofPoints.expire, order, "Forget the declaration")
