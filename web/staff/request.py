"""One request: where it stands, its clock and why, its plans in numbers, and what can be done about it."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from dsar.case import TaskKind, TaskState
from dsar.requests import Right
from dsar.status import Status
from dsar.waiting import Subject
from intake.desk import Refused
from intake.engine import EngineDown
from web.patience import answered
from web.person.form import Form, Mistake, posted
from web.staff.acting import noted, onward, refused
from web.staff.desk import StaffDesk
from web.staff.guard import FIELD, StaffGuard
from web.staff.paper import StaffPaper
from web.staff.sessions import who
from web.staff.told import PRESS_AGAIN, Told

PAGE = "/staff/requests/{request_id}"
NOTES = ("extended", "asked", "received", "cancelled", "approved", "lifted")
SUBJECTS = {"clarification": Subject.CLARIFICATION, "proof": Subject.PROOF}
LONGEST_REASON = 500
LONGEST_QUESTION = 2_000


class OneRequest:
    """Each form is one order; the saga decides whether it takes it."""

    def __init__(self, desk: StaffDesk, paper: StaffPaper, guard: StaffGuard, *, patience: float) -> None:
        self._desk = desk
        self._paper = paper
        self._guard = guard
        self._patience = patience

    async def show(self, request: web.Request) -> web.Response:
        """It."""
        return await self._page(request, Form({}), noted(request, NOTES))

    async def extend(self, request: web.Request) -> web.Response:
        """Take the longer period; the person is told why."""
        form = await posted(request)
        return await self._ordered(
            request, form, "extended", _reason(form, "extend"),
            lambda of: self._desk.extend(of, form.one("extend_reason")),
        )  # fmt: skip

    async def cancel(self, request: web.Request) -> web.Response:
        """Take it back."""
        form = await posted(request)
        return await self._ordered(
            request, form, "cancelled", _reason(form, "cancel"),
            lambda of: self._desk.cancel(of, by=who(request), reason=form.one("cancel_reason")),
        )  # fmt: skip

    async def lift(self, request: web.Request) -> web.Response:
        """End a restriction; the person is told first."""
        form = await posted(request)
        return await self._ordered(
            request, form, "lifted", _reason(form, "lift"),
            lambda of: self._desk.lift(of, by=who(request), reason=form.one("lift_reason")),
        )  # fmt: skip

    async def ask(self, request: web.Request) -> web.Response:
        """Ask the person something."""
        form = await posted(request)
        question, wrong = form.one("question"), _subject(form, "ask_what")
        if not 0 < len(question) <= LONGEST_QUESTION:
            wrong.append(Mistake("question", "question"))
        return await self._ordered(
            request, form, "asked", wrong,
            lambda of: self._desk.ask(of, SUBJECTS[form.one("ask_what")], question, by=who(request)),
        )  # fmt: skip

    async def receive(self, request: web.Request) -> web.Response:
        """What was asked for has come."""
        form = await posted(request)
        return await self._ordered(
            request, form, "received", _subject(form, "receive_what"),
            lambda of: self._desk.receive(of, SUBJECTS[form.one("receive_what")], by=who(request)),
        )  # fmt: skip

    async def approve(self, request: web.Request) -> web.Response:
        """Let the plans run that wait for approval, and that the page has shown: no later one unseen."""
        form = await posted(request)
        return await self._ordered(
            request, form, "approved", [], lambda of: self._approve(of, form.all("task"), who(request))
        )

    async def _approve(self, request_id: str, shown: list[str], by: str) -> None:
        status = await self._desk.status(request_id)
        waiting = [task.id for task in status.tasks if task.kind is TaskKind.APPROVE and task.id in shown]
        if not waiting:
            raise Refused("nothing of what this page showed waits for approval any more")
        for task_id in waiting:
            await self._desk.resolve(task_id, TaskState.DONE, by=by)

    async def _ordered(
        self,
        request: web.Request,
        form: Form,
        done: str,
        wrong: list[Mistake],
        order: Callable[[str], Awaitable[object]],
    ) -> web.Response:
        """Give an order, if it comes from a form of ours that is whole; otherwise the page, with what was typed."""
        request_id = request.match_info["request_id"]
        if not self._guard.holds(request, form.one(FIELD)):
            return await self._page(request, form, PRESS_AGAIN)
        if wrong:
            return await self._page(request, form, Told(422, mistakes=wrong))
        if told := await refused(order(request_id), self._patience):
            return await self._page(request, form, told)
        return onward(PAGE.replace("{request_id}", (await self._desk.row(request_id)).id), done)

    async def _page(self, request: web.Request, form: Form, told: Told) -> web.Response:
        row = await answered(self._desk.row(request.match_info["request_id"]), self._patience)
        status, silent = await self._status(row.id)
        return self._paper.show(
            request,
            "request",
            told,
            row=row,
            at=PAGE.replace("{request_id}", row.id),
            stands=status,
            silent=silent,
            approvals=[task for task in status.tasks if task.kind is TaskKind.APPROVE] if status else [],
            restricts=row.right is Right.RESTRICT,
            subjects=list(SUBJECTS),
            form=form,
        )

    async def _status(self, request_id: str) -> tuple[Status | None, str]:
        """What the saga says of itself; or why it says nothing."""
        try:
            return await answered(self._desk.status(request_id), self._patience), ""
        except Refused as error:
            return None, str(error)
        except EngineDown:
            return None, "the engine does not answer now; the request is kept"


def _reason(form: Form, what: str) -> list[Mistake]:
    field = f"{what}_reason"
    return [] if 0 < len(form.one(field)) <= LONGEST_REASON else [Mistake(field, "reason")]


def _subject(form: Form, field: str) -> list[Mistake]:
    return [] if form.one(field) in SUBJECTS else [Mistake(field, "what")]
