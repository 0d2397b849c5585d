"""From a form that was sent to the page that comes next."""

from urllib.parse import quote

from aiohttp import web

FOLDER = "/privacy/requests/"


def onward(request_id: str, note: str = "", page: str = "") -> web.Response:
    """To a request's own page, or one below it. The id may be whatever stood in an address: nobody looked yet."""
    target = FOLDER + quote(request_id, safe="") + (f"/{page}" if page else "") + (f"?note={note}" if note else "")
    return web.Response(status=303, headers={"Location": target})
