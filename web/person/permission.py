"""Did you give permission? Behind the link in our letter: looking at it says nothing, a form of ours answers, once."""

from aiohttp import web

from dsar.agency import Word
from intake.desk import Refused
from web.desk import WebDesk
from web.patience import answered
from web.person.form import is_request_id, posted
from web.person.guard import FIELD, Guard
from web.person.pace import Pace
from web.person.paper import Paper

PAGE = "/privacy/permission/{request_id}/{token}"
STAGES = {"yes": "given", "no": "none"}


class Permission:
    """`/privacy/permission/{request_id}/{token}`. The page is the same for a link that is none: it tells nothing."""

    def __init__(self, desk: WebDesk, paper: Paper, guard: Guard, pace: Pace, *, patience: float) -> None:
        self._desk = desk
        self._paper = paper
        self._guard = guard
        self._pace = pace
        self._patience = patience

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get(PAGE, self.ask), web.post(PAGE, self.say)]

    async def ask(self, request: web.Request) -> web.Response:
        """Ask once more; mail scanners and previews may come here as often as they like."""
        return self._page(request)

    async def say(self, request: web.Request) -> web.Response:
        """Yes, or no."""
        form = await posted(request)
        stage = STAGES.get(form.one("given"))
        if stage is None or not self._guard.holds(request, form.one(FIELD)):
            return self._page(request, status=403, alert="press_again")
        await self._pace.keep(request)
        token, request_id = request.match_info["token"], request.match_info["request_id"]
        word = Word(token=token[:100], given=stage == "given", answer_to_agent=form.one("to_agent") == "yes")
        try:
            await answered(self._desk.say_of_permission(request_id, word), self._patience)
        except Refused as error:
            return self._page(request, status=409, said=str(error))
        return self._page(request, stage=stage)

    def _page(
        self, request: web.Request, *, stage: str = "ask", status: int = 200, alert: str = "", said: str = ""
    ) -> web.Response:
        request_id = request.match_info["request_id"]
        return self._paper.page(
            request,
            "permission",
            status=status,
            stage=stage,
            alert=alert,
            said=said,
            at=request.rel_url.raw_path,
            request_id=request_id if is_request_id(request_id) else "",
        )
