"""Opting out: one page, one button, and no proof of who asks (Cal. Civ. Code 1798.120; 11 CCR 7026(d)).

A browser's opt-out signal (Global Privacy Control, `Sec-GPC: 1`) is seen and said to be seen (11 CCR 7025).
"""

import re

from aiohttp import web

from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from web.desk import WebDesk
from web.failures import as_problem
from web.person.asking import SENT
from web.person.form import Form, Mistake, person_of, posted
from web.person.guard import FIELD, Guard
from web.person.once import Once, number
from web.person.pace import Pace
from web.person.paper import Paper
from web.person.receipts import Receipts

ADDRESS = "/privacy/opt-out"
ANALYTICS = "analytics"
"""The box: use this browser's analytics id."""

_GA = re.compile(r"GA\d\.\d+(?:-\d+)?\.(\d{1,20}\.\d{1,20})")
"""The `_ga` cookie: its version, the depth of its domain (and path), and the client id."""


class OptingOut:
    """`/privacy/opt-out`."""

    def __init__(self, desk: WebDesk, paper: Paper, guard: Guard, pace: Pace, receipts: Receipts) -> None:
        self._paper = paper
        self._guard = guard
        self._pace = pace
        self._receipts = receipts
        self._once = Once(desk)

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get(ADDRESS, self.show), web.post(ADDRESS, self.submit)]

    async def show(self, request: web.Request) -> web.Response:
        """The form. With the signal, the box is ticked already: one button is left."""
        signal = has_signal(request)
        return self._page(request, Form({ANALYTICS: ["yes"] if signal else []}))

    async def submit(self, request: web.Request) -> web.Response:
        """Opt out, once however often the button is pressed."""
        form = await posted(request)
        if not self._guard.holds(request, form.one(FIELD)):
            return self._page(request, form, status=403, alert="press_again")
        person, mistakes = _person(request, form)
        if person is None:
            return self._page(request, form, status=422, mistakes=mistakes)
        await self._pace.keep(request, form.one("email"))
        asked = Submission(right=Right.OPT_OUT, person=person, channel=Channel.WEB)
        try:
            receipt = await self._once.submit(form, asked)
        except Exception as error:  # noqa: BLE001 - told as a problem, and the person keeps what was entered
            return self._page(request, form, status=as_problem(error).kind.status, alert="not_now")
        response = web.Response(status=303, headers={"Location": SENT})
        self._receipts.hand_over(response, receipt)
        return response

    def _page(
        self,
        request: web.Request,
        form: Form,
        *,
        status: int = 200,
        alert: str = "",
        mistakes: list[Mistake] | None = None,
    ) -> web.Response:
        return self._paper.page(
            request,
            "opt_out",
            status=status,
            mistakes=mistakes or [],
            form=form,
            alert=alert,
            signal=has_signal(request),
            browser=bool(client_id(request)),
            analytics=bool(form.all(ANALYTICS)),
            once=number(form),
        )


def has_signal(request: web.Request) -> bool:
    """Whether the browser asks for it by itself (globalprivacycontrol.github.io/gpc-spec)."""
    return request.headers.get("Sec-GPC", "").strip() == "1"


def client_id(request: web.Request) -> str:
    """Google Analytics' id of this browser, where the site that these pages belong to has set one."""
    found = _GA.fullmatch(request.cookies.get("_ga", ""))
    return found.group(1) if found else ""


def _person(request: web.Request, form: Form) -> tuple[Person | None, list[Mistake]]:
    browser = client_id(request)
    known = {"client_id": browser} if browser and form.all(ANALYTICS) else {}
    if not known and not form.one("email"):
        return None, [Mistake("email", "opt_out_nobody_browser" if browser else "opt_out_nobody")]
    return person_of(form, ("email",), **known)
