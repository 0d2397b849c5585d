"""The receipt, from the form that was sent to the page that shows it: sealed in a cookie, for a quarter of an hour."""

import base64
import hashlib
import hmac
from datetime import date

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from pydantic import TypeAdapter, ValidationError

from dsar.frozen import Frozen
from dsar.requests import Right
from intake.desk import Receipt

SECONDS = 15 * 60
"""How long the ticket can be read again by reloading its page, and is taken from there with the code."""


class Shown(Frozen):
    """What the page tells of one request. That it joined one that was open already is nobody's to see."""

    request_id: str
    right: Right
    due: date
    safe: date
    ticket: str


_SHOWN = TypeAdapter(tuple[Shown, ...])


class Receipts:
    """Nothing is kept here: what the page shows comes back with the browser, and only this server can read it."""

    def __init__(self, key: bytes, *, https: bool) -> None:
        derived = hmac.new(key, b"receipts", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))
        self._https = https
        self._cookie = "__Host-receipt" if https else "receipt"

    def hand_over(self, response: web.StreamResponse, receipt: Receipt) -> None:
        """Give it to the browser."""
        shown = tuple(
            Shown.model_validate(each.model_dump(include=set(Shown.model_fields)))
            for each in (receipt, *receipt.others)
        )
        sealed = self._fernet.encrypt(_SHOWN.dump_json(shown)).decode()
        response.set_cookie(
            self._cookie, sealed, path="/", max_age=SECONDS, httponly=True, secure=self._https, samesite="Strict"
        )

    def shown(self, request: web.Request) -> tuple[Shown, ...]:
        """What it says; nothing when it is missing, too old, or not of our making."""
        try:
            opened = self._fernet.decrypt(request.cookies.get(self._cookie, ""), ttl=SECONDS)
            return _SHOWN.validate_json(opened)
        except (InvalidToken, ValidationError):
            return ()

    def ticket(self, request: web.Request, request_id: str) -> str:
        """The ticket that this browser was shown for a request; empty: it is another one, or it was long ago."""
        return next((each.ticket for each in self.shown(request) if each.request_id == request_id), "")

    def take_back(self, response: web.StreamResponse) -> None:
        """Have the browser forget it."""
        response.del_cookie(self._cookie, path="/", httponly=True, secure=self._https, samesite="Strict")
