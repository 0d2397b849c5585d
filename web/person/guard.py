"""Only a form of ours acts: its hidden token fits the cookie of the browser that it was shown in."""

import base64
import hashlib
import hmac
import secrets

from aiohttp import web

FIELD = "form_token"

_BYTES = 18
_OWN = frozenset({"same-origin", "none"})


class Guard:
    """Against forms of other sites (CSRF): `Sec-Fetch-Site` where a browser sends it, and a signed double submit.

    `Origin` says nothing here: with no referrer, browsers send it as `null`.

    Args:
        key: signs tokens; the same in all processes that serve the pages.
        https: whether the cookie is for https only, and for this host alone.
    """

    def __init__(self, key: bytes, *, https: bool) -> None:
        self._key = key
        self._https = https
        self.cookie = "__Host-form" if https else "form"

    def token(self, request: web.Request) -> tuple[str, str]:
        """The token for a form that is shown now, and the cookie that it goes with: the browser's, or a new one."""
        cookie = request.cookies.get(self.cookie, "")
        if not 16 <= len(cookie) <= 64 or not cookie.isascii():
            cookie = secrets.token_urlsafe(_BYTES)
        return self._signed(cookie), cookie

    def set(self, request: web.Request, response: web.StreamResponse, cookie: str) -> None:
        """Give the browser its cookie, unless it has it: a cookie that changes costs what "Back" would bring back."""
        if request.cookies.get(self.cookie) == cookie:
            return
        response.set_cookie(self.cookie, cookie, path="/", httponly=True, secure=self._https, samesite="Strict")

    def holds(self, request: web.Request, token: str) -> bool:
        """Whether a form that was sent is one of ours, from the browser that it was shown in."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in _OWN:
            return False
        cookie = request.cookies.get(self.cookie, "")
        return bool(cookie) and hmac.compare_digest(self._signed(cookie).encode(), token.encode())

    def _signed(self, cookie: str) -> str:
        mac = hmac.new(self._key, b"form " + cookie.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")
