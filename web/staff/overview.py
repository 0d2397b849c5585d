"""What is due: open requests by the date to work by, and what people have to do. No personal data."""

from collections.abc import Callable
from datetime import date

from aiohttp import web

from web.staff.acting import answered, noted
from web.staff.desk import StaffDesk
from web.staff.paper import StaffPaper

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
        requests = await answered(self._desk.open_requests(), self._patience)
        tasks = await answered(self._desk.open_tasks(), self._patience)
        return self._paper.show(
            request,
            "overview",
            noted(request, NOTES),
            requests=requests[:MOST],
            tasks=tasks[:MOST],
            more_requests=max(0, len(requests) - MOST),
            more_tasks=max(0, len(tasks) - MOST),
            today=self._today(),
        )
