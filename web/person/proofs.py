"""That the code of a request was entered in this browser: sealed in a cookie, for a day."""

import base64
import hashlib
import hmac

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

SECONDS = 24 * 60 * 60

MOST = 20
"""Requests that one browser is remembered for."""


class Proofs:
    """Nothing is kept here: the cookie says it, and only this server can make one. It opens what was said, no more."""

    def __init__(self, key: bytes, *, https: bool) -> None:
        derived = hmac.new(key, b"proofs", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._https = https
        self.cookie = "__Host-proof" if https else "proof"

    def hand_over(self, request: web.Request, response: web.StreamResponse, request_id: str) -> None:
        """The right code was entered: the browser is given a cookie that says so."""
        proved = [each for each in self._proved(request) if each != request_id][-MOST + 1 :]
        sealed = self._fernet.encrypt(" ".join([*proved, request_id]).encode()).decode()
        response.set_cookie(
            self.cookie, sealed, path="/", max_age=SECONDS, httponly=True, secure=self._https, samesite="Strict"
        )

    def hold(self, request: web.Request, request_id: str) -> bool:
        """Whether this browser is the one."""
        return request_id in self._proved(request)

    def _proved(self, request: web.Request) -> list[str]:
        try:
            return self._fernet.decrypt(request.cookies.get(self.cookie, ""), ttl=SECONDS).decode().split()
        except InvalidToken:
            return []
