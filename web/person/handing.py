"""The passphrase, shown to who entered the right code with the ticket: sealed in a cookie, for a quarter of an hour."""

import base64
import hashlib
import hmac

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from web.person.form import posted
from web.person.guard import FIELD, Guard
from web.person.onward import FOLDER, onward
from web.person.paper import Paper

SECONDS = 15 * 60
"""How long the passphrase can be read again by reloading its page."""


class Handing:
    """`/privacy/requests/{request_id}/passphrase`. Nothing is kept here: it comes back with the browser, sealed."""

    def __init__(self, paper: Paper, guard: Guard, key: bytes, *, https: bool) -> None:
        derived = hmac.new(key, b"passphrases", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._paper = paper
        self._guard = guard
        self._https = https
        self._cookie = "__Host-passphrase" if https else "passphrase"

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        page = FOLDER + "{request_id}/passphrase"
        return [web.get(page, self.show), web.post(page, self.forget)]

    def given(self, request_id: str, passphrase: str) -> web.Response:
        """On to the page that shows it."""
        response = onward(request_id, page="passphrase")
        sealed = self._fernet.encrypt(f"{request_id} {passphrase}".encode()).decode()
        response.set_cookie(
            self._cookie, sealed, path="/", max_age=SECONDS, httponly=True, secure=self._https, samesite="Strict"
        )
        return response

    async def show(self, request: web.Request) -> web.Response:
        """The passphrase, in the browser in which the code was entered."""
        request_id = request.match_info["request_id"]
        passphrase = self._opened(request, request_id)
        if not passphrase:
            return onward(request_id, "confirmed")
        return self._paper.page(request, "passphrase", request_id=request_id, passphrase=passphrase)

    async def forget(self, request: web.Request) -> web.Response:
        """It is written down: the browser forgets it, and the person goes on to the request."""
        request_id = request.match_info["request_id"]
        response = onward(request_id, "confirmed")
        if self._guard.holds(request, (await posted(request)).one(FIELD)):
            response.del_cookie(self._cookie, path="/", httponly=True, secure=self._https, samesite="Strict")
        return response

    def _opened(self, request: web.Request, request_id: str) -> str:
        try:
            opened = self._fernet.decrypt(request.cookies.get(self._cookie, ""), ttl=SECONDS).decode()
        except InvalidToken:
            return ""
        of, _, passphrase = opened.partition(" ")
        return passphrase if of == request_id else ""
