"""The style sheet, under an address that changes with its content: browsers may keep it for a year."""

import hashlib
from pathlib import Path

from aiohttp import web

SHEET = (Path(__file__).parent.parent / "static" / "habeas.css").read_text(encoding="utf-8")

ADDRESS = f"/privacy/style/{hashlib.sha256(SHEET.encode()).hexdigest()[:16]}.css"


async def show(_: web.Request) -> web.Response:
    """The sheet."""
    return web.Response(
        text=SHEET, content_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


def routes() -> list[web.RouteDef]:
    """What is served here."""
    return [web.get(ADDRESS, show)]
