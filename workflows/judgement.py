"""Complaints and appeals: a person decides, within the clock, and the person who asked reads what and why."""

from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from dsar.case import Owner, TaskKind, TaskState
    from dsar.data_map import System
    from dsar.outcomes import Result
    from dsar.requests import Right

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Judgement:
    """Va. Code 59.1-577(C) and its sisters; Cal. Civ. Code 1798.125. An appeal goes to somebody else than decided."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case

    async def carry_out(self) -> Result:
        """Ask the person who decides, and take their words as the answer."""
        wish = self._case.wish
        if self._case.right is Right.APPEAL:
            title, owner = "Decide an appeal", Owner.DEPUTY
            words = (
                f"The person appeals the answer to {wish.about}. They say:\n{wish.statement}\n\n"
                f"How it was answered:  python starter.py status {wish.about}\n"
                "done = the appeal is right: have done what was refused, and say in the note what;\n"
                "exception = the refusal stands: say why in the note. The person reads the note."
            )
        else:
            title, owner = "Answer a complaint", Owner.PRIVACY_LEAD
            words = (
                f"The person complains about how they or their data were treated. They say:\n{wish.statement}\n\n"
                "Nobody may be treated worse for using a right. Find out what happened and put it right.\n"
                "done = say in the note what was found and done; exception = say why there is nothing to put right.\n"
                "The person reads the note."
            )
        task = await self._request.people.ask(TaskKind.JUDGE, None, title, words, owner)
        return Result(decision=task.note) if task.state is TaskState.DONE else Result(refused=task.note)

    async def put_back(self) -> None:
        """Nothing was changed."""

    async def leave(self, system: System) -> None:
        """Nor there."""

    async def after(self) -> None:
        """Nothing more."""
