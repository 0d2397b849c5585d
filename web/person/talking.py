"""Writing to us about a request, on its page; and what we said to it, where the code was entered."""

import hashlib
from typing import TypeVar

from aiohttp import web

from dsar.talking import LONGEST, Message, Talk
from dsar.waiting import Subject
from intake.desk import Refused
from intake.engine import EngineDown
from web.desk import WebDesk
from web.failures import as_problem
from web.patience import answered
from web.person.form import Form, Mistake, posted
from web.person.guard import FIELD, Guard
from web.person.once import number
from web.person.onward import onward
from web.person.pace import Pace
from web.person.paper import Paper
from web.person.proofs import Proofs

R = TypeVar("R")

PAGE = "/privacy/requests/{request_id}/write"
SENT = "sent"


class Talking:
    """One page: what was said, and a form to say more. Our words are shown to who entered the code, in that browser."""

    def __init__(
        self, desk: WebDesk, paper: Paper, guard: Guard, pace: Pace, proofs: Proofs, *, patience: float
    ) -> None:
        self._desk = desk
        self._paper = paper
        self._guard = guard
        self._pace = pace
        self._proofs = proofs
        self._patience = patience

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get(PAGE, self.show), web.post(PAGE, self.write)]

    async def show(self, request: web.Request) -> web.Response:
        """The form."""
        return await self._show(request, Form({}), note=SENT if request.query.get("note") == SENT else "")

    async def write(self, request: web.Request) -> web.Response:
        """Send it, once however often the button is pressed. Whatever fails, what was written comes back."""
        form, request_id = await posted(request), request.match_info["request_id"]
        text = form.one("message")
        if not text or len(text) > LONGEST:
            why = "message_too_long" if text else "message"
            return await self._show(request, form, status=422, mistake=Mistake("message", why))
        if not self._guard.holds(request, form.one(FIELD)):
            return await self._show(request, form, status=403, alert="press_again")
        await self._pace.keep(request, request_id)
        message = Message(text=text, proven=self._proofs.hold(request, request_id))
        try:
            await answered(self._desk.write(request_id, message, _once(form, text)), self._patience)
        except Refused as error:
            return await self._show(request, form, status=409, said=str(error))
        except Exception as error:
            problem = as_problem(error)
            if problem.kind.status < 500:
                raise
            response = await self._show(request, form, status=problem.kind.status, alert="not_now")
            response.headers.update(problem.headers)
            return response
        return onward(request_id, SENT, page="write")

    async def _show(
        self,
        request: web.Request,
        form: Form,
        *,
        status: int = 200,
        note: str = "",
        said: str = "",
        alert: str = "",
        mistake: Mistake | None = None,
    ) -> web.Response:
        row = await self._desk.row(request.match_info["request_id"])
        talk = await self._talk(row.id)
        if said and talk is None and row.closed_at is None:
            status, said, alert = 503, "", "not_now"  # it has not begun yet, and will
        proven = self._proofs.hold(request, row.id)
        return self._paper.page(
            request,
            "write",
            status=status,
            mistakes=[mistake] if mistake else [],
            request_id=row.id,
            right=row.right,
            closed=talk is None and row.closed_at is not None,
            asked=talk is not None and Subject.CLARIFICATION in talk.asked,
            exchanges=talk.exchanges if talk else (),
            proven=proven,
            text=form.one("message"),
            longest=LONGEST,
            note=note,
            said=said,
            alert=alert,
            once=number(form),
        )

    async def _talk(self, request_id: str) -> Talk | None:
        """What was said, as long as the saga can tell."""
        try:
            return await answered(self._desk.talk(request_id), self._patience)
        except (Refused, EngineDown):
            return None


def _once(form: Form, text: str) -> str:
    """The same form with the same words is the same message. Says nothing of them: the form's own number is random."""
    return "message-" + hashlib.sha256(f"{number(form)}\0{text}".encode("utf-8", "replace")).hexdigest()[:32]
