"""Only a form of ours acts: before signing in it fits the browser's cookie, and afterwards this one session."""

import hashlib
import hmac

from aiohttp import web

from web.person.guard import FIELD, Guard
from web.staff.sessions import SESSION

__all__ = ["FIELD", "StaffGuard"]


class StaffGuard(Guard):
    """As the person's pages have it, with a key of its own: no token of theirs is one here."""

    def __init__(self, key: bytes, *, https: bool) -> None:
        super().__init__(hmac.new(key, b"staff forms", hashlib.sha256).digest(), https=https)
        self.cookie = "__Host-staff-form" if https else "staff-form"

    def token(self, request: web.Request) -> tuple[str, str]:
        """The token for a form that is shown now, and the cookie that it goes with: none where a session is."""
        if SESSION in request:
            return self._signed(f"session {request[SESSION].id}"), ""
        return super().token(request)

    def set(self, request: web.Request, response: web.StreamResponse, cookie: str) -> None:
        """Give the browser its cookie, where a form needs one."""
        if cookie:
            super().set(request, response, cookie)

    def holds(self, request: web.Request, token: str) -> bool:
        """Whether a form that was sent is one of ours, from where it was shown."""
        if SESSION not in request:
            return super().holds(request, token)
        own = request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
        return own and hmac.compare_digest(self.token(request)[0].encode(), token.encode())
