"""Being signed in: a sealed cookie, for half an hour without a page opened, and ten hours at most."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from pydantic import ValidationError

from dsar.frozen import Frozen
from web.staff.accounts import Accounts

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 10 * 60 * 60

SIGN_IN = "/staff/sign-in"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Session(Frozen):
    """Who is signed in, and since when (seconds since 1970)."""

    id: str
    name: str
    mark: str
    """Of the account, as it was: another password ends the session."""
    began: float
    seen: float


SESSION = web.RequestKey("session", Session)
"""Where a request carries its session."""


class Sessions:
    """Seals cookies and opens them. What was signed out is remembered in this process until it would be too old.

    Args:
        key: the same in every process that serves the pages.
        https: whether the cookie is for https only, and for this host alone.
        clock: seconds since 1970.
    """

    def __init__(self, key: bytes, accounts: Accounts, *, https: bool, clock: Callable[[], float] = time.time) -> None:
        derived = hmac.new(key, b"staff sessions", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._accounts = accounts
        self._https = https
        self._clock = clock
        self._ended: dict[str, float] = {}
        self.cookie = "__Host-staff" if https else "staff"

    def begin(self, response: web.StreamResponse, name: str) -> None:
        """Somebody has signed in: a session of a fresh number, whatever cookie the browser came with."""
        now = self._clock()
        session = Session(id=secrets.token_urlsafe(18), name=name, mark=self._accounts.mark(name), began=now, seen=now)
        self._hand_over(response, session)

    def of(self, request: web.Request) -> Session | None:
        """Whose browser it is; `None`: nobody's who is signed in."""
        try:
            session = Session.model_validate_json(self._fernet.decrypt(request.cookies.get(self.cookie, "")))
        except (InvalidToken, ValidationError):
            return None
        now = self._clock()
        fresh = now - session.seen < IDLE_SECONDS and now - session.began < LONGEST_SECONDS
        same = hmac.compare_digest(session.mark, self._accounts.mark(session.name) or "no account")
        return session if fresh and same and session.id not in self._ended else None

    def end(self, session: Session) -> None:
        """They sign out: the cookie, and each copy of it, opens nothing any more."""
        now = self._clock()
        self._ended = {each: at for each, at in self._ended.items() if now - at < LONGEST_SECONDS}
        self._ended[session.id] = now

    def only(self, handler: Handler) -> Handler:
        """Serve a page to who is signed in, and lead everybody else to where they can."""

        async def signed_in(request: web.Request) -> web.StreamResponse:
            session = self.of(request)
            if session is None:
                note = "?note=ended" if self.cookie in request.cookies else ""
                return web.Response(status=303, headers={"Location": SIGN_IN + note})
            request[SESSION] = session
            response = await handler(request)
            if session.id in self._ended:
                response.del_cookie(self.cookie, path="/", httponly=True, secure=self._https, samesite="Strict")
            else:
                self._hand_over(response, session.model_copy(update={"seen": self._clock()}))
            return response

        return signed_in

    def _hand_over(self, response: web.StreamResponse, session: Session) -> None:
        sealed = self._fernet.encrypt(session.model_dump_json().encode()).decode()
        response.set_cookie(self.cookie, sealed, path="/", httponly=True, secure=self._https, samesite="Strict")


def who(request: web.Request) -> str:
    """The name that what is decided here is signed with."""
    return request[SESSION].name
