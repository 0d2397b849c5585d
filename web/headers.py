"""Headers that every answer has: nothing of ours is framed, sniffed, kept by a cache or told to the next site."""

from aiohttp import hdrs, web

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Robots-Tag": "noindex, nofollow",
}
_DEFAULT = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}
_ONE_YEAR = "max-age=31536000"


def secure(app: web.Application, *, https: bool) -> None:
    """Put them on every answer of the application, streams and errors included."""

    async def add(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_ALWAYS)
        for name, value in _DEFAULT.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers["Strict-Transport-Security"] = _ONE_YEAR
        response.headers.popall(hdrs.SERVER, None)

    app.on_response_prepare.append(add)
