"""Signing in and out."""

from aiohttp import web

from web.person.form import Form, posted
from web.person.pace import Pace, sender
from web.staff.accounts import Accounts, known
from web.staff.acting import noted
from web.staff.attempts import Attempts
from web.staff.guard import FIELD, StaffGuard
from web.staff.paper import StaffPaper
from web.staff.sessions import SESSION, SIGN_IN, Sessions
from web.staff.told import PRESS_AGAIN, Told

SIGN_OUT = "/staff/sign-out"


class SigningIn:
    """One page. It says the same to an unknown name and to a wrong password, after the same time."""

    def __init__(
        self,
        paper: StaffPaper,
        guard: StaffGuard,
        sessions: Sessions,
        accounts: Accounts,
        pace: Pace,
        attempts: Attempts,
    ) -> None:
        self._paper = paper
        self._guard = guard
        self._sessions = sessions
        self._accounts = accounts
        self._pace = pace
        self._attempts = attempts

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [
            web.get(SIGN_IN, self.show),
            web.post(SIGN_IN, self.sign_in),
            web.post(SIGN_OUT, self._sessions.only(self.sign_out)),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The form."""
        return self._page(request, Form({}), noted(request, ("ended", "signed_out")))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Look at name and password."""
        form = await posted(request)
        name, password = form.one("name")[:200], (form.all("password") or [""])[0]
        if not self._guard.holds(request, form.one(FIELD)):
            return self._page(request, form, PRESS_AGAIN)
        await self._pace.keep(request, f"staff {known(name)}")
        where = sender(request)
        if self._attempts.too_many(where, known(name)):
            return self._page(request, form, Told(429, alert="too_many"))
        self._attempts.wrong(where, known(name))  # before it is looked at: many at once are counted, too
        signs = await self._accounts.check(name, password)
        if signs is None:
            return self._page(request, form, Told(403, alert="not_signed_in"))
        self._attempts.right(where, known(name))
        response = web.Response(status=303, headers={"Location": "/staff"})
        self._sessions.begin(response, signs)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session, everywhere that its cookie may have got to."""
        form = await posted(request)
        if not self._guard.holds(request, form.one(FIELD)):
            return web.Response(status=303, headers={"Location": "/staff?note=still_signed_in"})
        self._sessions.end(request[SESSION])
        return web.Response(status=303, headers={"Location": f"{SIGN_IN}?note=signed_out"})

    def _page(self, request: web.Request, form: Form, told: Told) -> web.Response:
        response = self._paper.show(request, "sign_in", told, typed=form.one("name")[:200])
        if told.status == 429:
            response.headers["Retry-After"] = "900"
        return response
