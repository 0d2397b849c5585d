"""One task: the only page here that shows what a person wrote."""

from aiohttp import web

from dsar.case import Owner, Task, TaskKind, TaskState
from dsar.requests import Right
from dsar.sweeping import SWEEP
from intake.desk import NotFound
from intake.tasks import owner_of
from web.patience import answered
from web.person.form import Form, Mistake, is_request_id, posted
from web.staff.acting import noted, onward, refused
from web.staff.desk import StaffDesk
from web.staff.guard import FIELD, StaffGuard
from web.staff.paper import StaffPaper
from web.staff.sessions import who
from web.staff.told import PRESS_AGAIN, Told
from web.staff.upload import uploaded
from workflows.retention_hold import HOLD

PAGE = "/staff/tasks/{task_id}"
NOTES = ("passed_on", "attached")
OUTCOMES = (TaskState.DONE, TaskState.NOT_FOUND, TaskState.EXCEPTION)
OF_RECORDS = frozenset({TaskKind.CONFIRM, TaskKind.DECIDE, TaskKind.APPROVE, TaskKind.ACT})
"""The kinds that ask about records of one system."""
TO_BE_REACHED = frozenset({TaskKind.REACH, TaskKind.AUTHORITY, TaskKind.COOL_OFF, TaskKind.UNDELIVERED})
"""The kinds for which somebody has to find a person, by what the request says of them."""
OF_THEIR_OWN = {SWEEP: "sweep", HOLD: "hold"}
"""Whose tasks end in words of their own, by what the id begins with."""
LONGEST_NOTE = 4_000


class Tasks:
    """Read it, keep evidence, finish it, or give it to somebody else."""

    def __init__(self, desk: StaffDesk, paper: StaffPaper, guard: StaffGuard, *, patience: float) -> None:
        self._desk = desk
        self._paper = paper
        self._guard = guard
        self._patience = patience

    async def show(self, request: web.Request) -> web.Response:
        """Its instructions, and what can be done with it."""
        return await self._page(request, Form({}), noted(request, NOTES))

    async def resolve(self, request: web.Request) -> web.Response:
        """Finish it with one of three words, and a note."""
        form, task_id = await posted(request), request.match_info["task_id"]
        if not self._guard.holds(request, form.one(FIELD)):
            return await self._page(request, form, PRESS_AGAIN)
        outcome, note = form.one("outcome"), form.one("note")
        judged = (await self._task(request)).kind is TaskKind.JUDGE
        if wrong := _mistakes(outcome, note, judged=judged):
            return await self._page(request, form, Told(422, mistakes=wrong))
        order = self._desk.resolve(task_id, TaskState(outcome), by=who(request), note=note)
        if told := await refused(order, self._patience):
            return await self._page(request, form, told)
        return onward("/staff", "resolved")

    async def pass_on(self, request: web.Request) -> web.Response:
        """Give it to the other of the two, who is told."""
        form, task_id = await posted(request), request.match_info["task_id"]
        if not self._guard.holds(request, form.one(FIELD)):
            return await self._page(request, form, PRESS_AGAIN)
        if form.one("to") not in set(Owner):
            return await self._page(request, form, Told(422, mistakes=[Mistake("to", "to")]))
        order = self._desk.pass_on(task_id, Owner(form.one("to")), by=who(request))
        if told := await refused(order, self._patience):
            return await self._page(request, form, told)
        return onward(_address(task_id), "passed_on")

    async def attach(self, request: web.Request) -> web.Response:
        """Seal a file with its request, as evidence of what was done."""
        form, file = await uploaded(request)
        task_id = request.match_info["task_id"]
        if not self._guard.holds(request, form.one(FIELD)):
            return await self._page(request, form, PRESS_AGAIN)
        if file is None:
            return await self._page(request, form, Told(422, mistakes=[Mistake("file", "file")]))
        if told := await refused(self._desk.attach(task_id, file, by=who(request)), self._patience):
            return await self._page(request, form, told)
        return onward(_address(task_id), "attached")

    async def _task(self, request: web.Request) -> Task:
        task_id = request.match_info["task_id"]
        if not owner_of(task_id):
            raise NotFound("there is no such task")
        return await answered(self._desk.task(task_id), self._patience)

    async def _page(self, request: web.Request, form: Form, told: Told) -> web.Response:
        task = await self._task(request)
        whose = owner_of(task.id)
        row = await answered(self._desk.row(whose), self._patience) if is_request_id(whose) else None
        reach = row is not None and task.kind in TO_BE_REACHED
        kind = called(str(task.kind), row.right if row else None)
        return self._paper.show(
            request,
            "task",
            told,
            task=task,
            at=_address(task.id),
            row=row,
            asks=await answered(self._desk.who_asks(whose), self._patience) if reach else None,
            planned=row is not None and bool(task.system) and task.kind in OF_RECORDS,
            kind=kind,
            means=_means(task, kind),
            others=[owner for owner in Owner if owner != task.owner],
            form=form,
            longest=LONGEST_NOTE,
        )


def _address(task_id: str) -> str:
    """Only of a task that there is: its id has nothing that an address would have to quote."""
    return PAGE.replace("{task_id}", task_id)


def called(kind: str, right: Right | None) -> str:
    """The word for a kind of task. Of an objection, it is weighed what others decide to erase or to keep."""
    return "weigh" if kind == TaskKind.DECIDE and right is Right.OBJECT else kind


def _means(task: Task, kind: str) -> list[tuple[str, str]]:
    """The words that can end it, and where in `outcome` it is said what each does."""
    kind = next((own for begins, own in OF_THEIR_OWN.items() if task.id.startswith(begins)), kind)
    return [(str(state), f"outcome.{kind}.{state}") for state in _outcomes(judged=task.kind is TaskKind.JUDGE)]


def _outcomes(*, judged: bool) -> tuple[TaskState, ...]:
    """Where something is judged, there is nothing to find."""
    return tuple(state for state in OUTCOMES if not (judged and state is TaskState.NOT_FOUND))


def _mistakes(outcome: str, note: str, *, judged: bool) -> list[Mistake]:
    wrong = [] if outcome in set(_outcomes(judged=judged)) else [Mistake("outcome", "outcome")]
    if judged and not note:
        wrong.append(Mistake("note", "answer"))
    return wrong + ([Mistake("note", "note_too_long")] if len(note) > LONGEST_NOTE else [])
