"""What is due: open requests by the date to work by, and what people have to do. No personal data."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date

from aiohttp import web

from dsar.requests import Right
from intake.desk import NotFound
from ledger.requests import RequestRow
from ledger.tasks import TaskRow
from web.patience import answered
from web.person.form import Mistake, is_request_id
from web.staff.acting import noted
from web.staff.desk import StaffDesk
from web.staff.paper import StaffPaper
from web.staff.request import PAGE
from web.staff.task import called
from web.staff.told import Told

FIND = "/staff/find"

MOST = 200
"""So many of each are listed."""

NOTES = ("resolved", "still_signed_in")


class Overview:
    """The first page."""

    def __init__(self, desk: StaffDesk, paper: StaffPaper, today: Callable[[], date], *, patience: float) -> None:
        self._desk = desk
        self._paper = paper
        self._today = today
        self._patience = patience

    async def show(self, request: web.Request) -> web.Response:
        """It."""
        return await self._page(request, noted(request, NOTES))

    async def find(self, request: web.Request) -> web.Response:
        """Lead to the request of a number; whether there is one, its own page says."""
        number = request.query.get("number", "").strip().lower()
        if is_request_id(number):
            return web.Response(status=303, headers={"Location": PAGE.replace("{request_id}", number)})
        return await self._page(request, Told(422, mistakes=[Mistake("number", "number")]), number[:64])

    async def _page(self, request: web.Request, told: Told, number: str = "") -> web.Response:
        requests = await answered(self._desk.open_requests(), self._patience)
        tasks = await answered(self._desk.open_tasks(), self._patience)
        return self._paper.show(
            request,
            "overview",
            told,
            number=number,
            requests=requests[:MOST],
            tasks=tasks[:MOST],
            rights=await self._rights(requests, tasks[:MOST]),
            called=called,
            more_requests=max(0, len(requests) - MOST),
            more_tasks=max(0, len(tasks) - MOST),
            today=self._today(),
        )

    async def _rights(self, requests: Sequence[RequestRow], tasks: Sequence[TaskRow]) -> dict[str, Right]:
        """What each task's request asks for; one that is answered can have tasks as well."""
        rights = {row.id: row.right for row in requests}
        for other in {task.request_id for task in tasks if is_request_id(task.request_id)} - rights.keys():
            with suppress(NotFound):
                rights[other] = (await answered(self._desk.row(other), self._patience)).right
        return rights
