"""Somebody of our own staff with a browser without scripts, at a desk that notes what it is told to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import aiohttp

from dsar.agency import Age, Agent, Basis
from dsar.case import Owner, Task, TaskKind, TaskState
from dsar.identity import Identifier, Key
from dsar.plans import Action, PlanSummary
from dsar.records import Anchor
from dsar.status import Status
from dsar.submission import Channel
from dsar.waiting import Subject
from intake.attachments import Attachment
from intake.desk import Desk, NotFound
from intake.plans import Line, WholePlan
from intake.who_asks import WhoAsks
from ledger.requests import RequestRow
from ledger.tasks import TaskRow
from tests.unit.person_rig import POLICY, Page, Telling, Visitor
from tests.unit.web_rig import REQUEST_ID, SECRET
from web.app import build
from web.person.pace import Pace
from web.serving import serving
from web.staff.accounts import hashed, parsed
from web.staff.pages import StaffPages

NAME = "Jo Lead"
PASSWORD = "four words and a number 7"
ACCOUNTS = parsed(
    "\n".join(
        hashed(password, log_n=12, p=1).line(name)
        for name, password in ((NAME, PASSWORD), ("Sam", "another long password"))
    )
)
TASK_ID = f"{REQUEST_ID}.1"
TASK = f"/staff/tasks/{TASK_ID}"
REQUEST = f"/staff/requests/{REQUEST_ID}"
WORDS = "Canary Person <script>alert(1)</script> & \x1b[31mred \u202ebackwards"
NOW = datetime(2026, 5, 6, 12, tzinfo=UTC)


def task(kind: TaskKind = TaskKind.CONFIRM, task_id: str = TASK_ID) -> Task:
    return Task(
        id=task_id,
        kind=kind,
        system="crm",
        title="Are these <b>theirs</b>?",
        instructions=WORDS,
        owner=Owner.PRIVACY_LEAD,
        due="2026-05-10",
    )


def line(action: Action = Action.CONFIRM) -> Line:
    return Line(
        label=WORDS,
        category="invoices",
        action=action,
        why="only the name agrees",
        until=date(2033, 1, 2),
        dates={Anchor.CREATED: date(2026, 1, 2)},
        agrees=(Key.NAME,),
        missing=(Key.EMAIL, Key.CUSTOMER_ID),
    )


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


class Office(Telling):
    """The desk. `tasks` are those of its only request."""

    def __init__(self, *tasks: Task, **said: Any) -> None:
        plans = (PlanSummary(system="crm", actions={Action.ERASE: 3, Action.RETAIN: 1}, categories={}),)
        super().__init__(**{"plans": plans} | said)
        self.tasks = {each.id: each for each in tasks or (task(),)}
        self.orders: list[tuple[Any, ...]] = []
        self.files: list[Attachment] = []
        self.lines = [line(), line(Action.ERASE)]
        self.asks = WhoAsks(
            given=(Identifier(kind=Key.PHONE, value=f"+1 555 {WORDS}"),),
            agent=Agent(name="Agency & co", basis=Basis.PARENT, child=Age.UNDER_13),
            channel=Channel.PHONE,
            entered_by="Sam",
        )

    async def status(self, request_id: str) -> Status:
        return (await super().status(request_id)).model_copy(update={"tasks": tuple(self.tasks.values())})

    async def open_requests(self) -> list[RequestRow]:
        return list(self.rows.values())

    async def open_tasks(self) -> list[TaskRow]:
        return [
            TaskRow(
                id=each.id,
                request_id=REQUEST_ID,
                kind=each.kind,
                system=each.system,
                owner=each.owner,
                due=date.fromisoformat(each.due),
                state=TaskState.OPEN,
                opened_at=NOW,
                closed_at=None,
            )
            for each in self.tasks.values()
        ]

    async def task(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise NotFound(f"there is no open task {task_id}")
        return self.tasks[task_id]

    def title(self, system: str) -> str:
        return {"crm": "Customers <b>&</b> co"}.get(system, system)

    async def plan(self, request_id: str, system: str) -> WholePlan:
        await self._called("plan")
        if system != "crm":
            raise NotFound("this request is not about such a system")
        return WholePlan(title=self.title(system), lines=tuple(self.lines), more=False)

    async def who_asks(self, request_id: str) -> WhoAsks:
        return self.asks

    async def _ordered(self, *order: Any) -> str:
        await self._called(f"{order[0]}")
        self.orders.append(order)
        return "2026-07-01"

    async def resolve(self, task_id: str, state: TaskState, by: str, note: str = "") -> None:
        await self._ordered("resolve", task_id, state, by, note)

    async def pass_on(self, task_id: str, owner: Owner, by: str) -> None:
        await self._ordered("pass_on", task_id, owner, by)

    async def attach(self, task_id: str, file: Attachment, by: str) -> str:
        self.files.append(file)
        return await self._ordered("attach", task_id, by)

    async def extend(self, request_id: str, reason: str) -> str:
        return await self._ordered("extend", request_id, reason)

    async def ask(self, request_id: str, what: Subject, question: str, by: str) -> str:
        return await self._ordered("ask", request_id, what, question, by)

    async def receive(self, request_id: str, what: Subject, by: str) -> str:
        return await self._ordered("receive", request_id, what, by)

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        await self._ordered("cancel", request_id, by, reason)

    async def lift(self, request_id: str, by: str, reason: str) -> None:
        await self._ordered("lift", request_id, by, reason)


@dataclass
class Staff(Visitor):
    """Somebody at these pages."""

    session: aiohttp.ClientSession
    base: str
    clock: Clock
    headers: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, name: str = NAME, password: str = PASSWORD) -> Page:
        page = await self.open("/staff/sign-in")
        return await self.press(page, "Sign in", name=name, password=password)

    def cookies(self) -> dict[str, str]:
        return {each.key: each.value for each in self.session.cookie_jar}


@asynccontextmanager
async def at_work(desk: Office | Desk, *, signed_in: bool = True, https: bool = False) -> AsyncIterator[Staff]:
    """The pages, open for one browser while the context lasts."""
    clock = Clock()

    async def at_once(_: float) -> None:
        return

    pace = Pace(sleep=at_once)
    door = StaffPages(desk, POLICY, ACCOUNTS, https=https, key=b"f" * 32, patience=5, pace=pace, clock=clock)
    app = build(
        desk,
        controller=POLICY.controller,
        public_url=f"http{'s' if https else ''}://rights.example.test",
        webhook_secrets=[SECRET],
        policy=POLICY,
        form_key=b"f" * 32,
        doors=(door,),
        dispatch_every=3600,
        patience=5,
    )
    jar = aiohttp.CookieJar(unsafe=True)
    async with serving(app, "127.0.0.1", 0) as port, aiohttp.ClientSession(cookie_jar=jar) as session:
        staff = Staff(session, f"http://127.0.0.1:{port}", clock)
        if signed_in:
            await staff.sign_in()
        yield staff
