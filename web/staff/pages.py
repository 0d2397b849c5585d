"""All pages for our own people, as one door of the web process."""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from aiohttp import web

from dsar.policy import Policy
from web.doors import Described
from web.person.offers import Offers
from web.person.pace import Pace
from web.problems import Problem
from web.staff import entering, overview, plan, request, task
from web.staff.accounts import Accounts, Slow
from web.staff.attempts import Attempts
from web.staff.described import described
from web.staff.desk import StaffDesk
from web.staff.entering import Entering
from web.staff.guard import StaffGuard
from web.staff.overview import Overview
from web.staff.paper import StaffPaper
from web.staff.plan import OnePlan
from web.staff.request import OneRequest
from web.staff.sessions import Sessions
from web.staff.signing_in import SigningIn
from web.staff.task import Tasks

PLACE = "/staff"

_TOLD = {404: "not_found", 413: "too_large", 503: "not_now"}


class StaffPages:
    """What is served below `/staff`.

    Args:
        accounts: who may sign in.
        key: 32 bytes, the same in every process that serves the pages; `None`: this one makes its own, and whoever was
            signed in before it was started signs in again.
        https: whether the pages are reached by https.
        patience: seconds that the engine may take.
        pace: delays who tries many passwords.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        desk: StaffDesk,
        policy: Policy,
        accounts: Mapping[str, Slow],
        *,
        https: bool,
        key: bytes | None = None,
        patience: float = 10,
        pace: Pace | None = None,
        attempts: Attempts | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        key = hmac.new(key or secrets.token_bytes(32), b"staff", sha256).digest()
        known, guard, zone = Accounts(accounts), StaffGuard(key, https=https), ZoneInfo(policy.controller.zone)

        def today() -> date:
            return datetime.fromtimestamp(clock(), zone).date()

        self._paper = StaffPaper(policy, guard, desk.title)
        self._sessions = Sessions(key, known, https=https, clock=clock)
        self._signing_in = SigningIn(self._paper, guard, self._sessions, known, pace or Pace(), attempts or Attempts())
        self._overview = Overview(desk, self._paper, today, patience=patience)
        self._tasks = Tasks(desk, self._paper, guard, patience=patience)
        self._request = OneRequest(desk, self._paper, guard, patience=patience)
        self._plan = OnePlan(desk, self._paper, patience=patience)
        self._entering = Entering(desk, Offers(policy), self._paper, guard, today, patience=patience)

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        only, of_task, of_request = self._sessions.only, self._tasks, self._request
        return [
            *self._signing_in.routes(),
            web.get(PLACE, only(self._overview.show)),
            web.get(overview.FIND, only(self._overview.find)),
            web.get(task.PAGE, only(of_task.show)),
            web.post(f"{task.PAGE}/resolve", only(of_task.resolve)),
            web.post(f"{task.PAGE}/pass-on", only(of_task.pass_on)),
            web.post(f"{task.PAGE}/evidence", only(of_task.attach)),
            web.get(request.PAGE, only(of_request.show)),
            web.post(f"{request.PAGE}/extend", only(of_request.extend)),
            web.post(f"{request.PAGE}/ask", only(of_request.ask)),
            web.post(f"{request.PAGE}/received", only(of_request.receive)),
            web.post(f"{request.PAGE}/cancel", only(of_request.cancel)),
            web.post(f"{request.PAGE}/lift", only(of_request.lift)),
            web.post(f"{request.PAGE}/approve", only(of_request.approve)),
            web.get(plan.PAGE, only(self._plan.show)),
            web.get(entering.PAGE, only(self._entering.show)),
            web.post(entering.PAGE, only(self._entering.enter)),
        ]

    def described(self) -> Described:
        """The same, for whoever reads `/openapi.json`."""
        return described()

    def is_here(self, path: str) -> bool:
        """Whether a path is one of these pages'."""
        return path == PLACE or path.startswith(f"{PLACE}/")

    def problem(self, problem: Problem) -> web.Response:
        """What went wrong, to read. Says nothing to who is signed in that it does not say to everybody."""
        told = _TOLD.get(problem.kind.status, "unusable" if problem.kind.status < 500 else "not_now")
        response = self._paper.problem(told, problem.kind.status)
        response.headers.update(problem.headers)
        return response
