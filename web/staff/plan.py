"""One system's plan, record by record: the page on which is seen what a task asks to decide. Personal data."""

from aiohttp import web

from intake.desk import Refused
from intake.plans import MOST
from web.patience import answered
from web.staff.desk import StaffDesk
from web.staff.paper import StaffPaper
from web.staff.told import AS_IT_IS, Told

PAGE = "/staff/requests/{request_id}/plans/{system}"


class OnePlan:
    """Nothing is decided here: the task does that."""

    def __init__(self, desk: StaffDesk, paper: StaffPaper, *, patience: float) -> None:
        self._desk = desk
        self._paper = paper
        self._patience = patience

    async def show(self, request: web.Request) -> web.Response:
        """It; or that it is forgotten."""
        row = await answered(self._desk.row(request.match_info["request_id"]), self._patience)
        system, told, plan = request.match_info["system"], AS_IT_IS, None
        try:
            plan = await answered(self._desk.plan(row.id, system), self._patience)
        except Refused as error:
            told = Told(409, said=str(error))
        title = plan.title if plan else self._desk.title(system)
        return self._paper.show(request, "plan", told, row=row, plan=plan, title=title, most=MOST)
