"""The one place where an exception becomes an answer."""

import traceback
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from intake.desk import NotFound, Refused
from intake.engine import EngineDown
from web import problems
from web.problems import Kind, Problem

log = structlog.get_logger()

Render = Callable[[web.Request, Problem], web.Response]

_BY_STATUS: dict[int, Kind] = {
    kind.status: kind
    for kind in (
        problems.NOT_FOUND, problems.NOT_ALLOWED, problems.TOO_SLOW, problems.TOO_LARGE, problems.UNSUPPORTED,
    )
}  # fmt: skip

_STORES = ("sqlalchemy.exc", "botocore.exceptions", "aiohttp.client_exceptions")
"""Where the exceptions of ledger and vault come from when what is behind them is gone."""


def answering(render: Render) -> Middleware:
    """Every exception as a problem, in the form that `render` gives it. Unexpected ones are logged, never shown."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            return render(request, _of_http(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote what was sent
            return render(request, as_problem(error))

    return answer


def as_problem(error: Exception) -> Problem:
    """What an exception is to whoever sent the request."""
    match error:
        case Problem():
            return error
        case NotFound():
            return Problem(problems.NOT_FOUND, "There is no such request.")
        case Refused():
            return Problem(problems.CONFLICT, str(error))
        case EngineDown():
            return Problem(problems.ENGINE_DOWN)
    log.error("request failed", error=place(error))
    return Problem(problems.UNAVAILABLE if is_outage(error) else problems.BROKEN)


def is_outage(error: BaseException) -> bool:
    """Whether the database, the disk or the bucket is gone, rather than a line of ours wrong."""
    return isinstance(error, OSError) or type(error).__module__.startswith(_STORES)


def place(error: BaseException) -> str:
    """An exception by type and place only."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


async def watched(work: Callable[[], Awaitable[object]], what: str) -> None:
    """Do some work of the background, which must go on whatever happens to it once."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - the next round tries again
        log.warning(what, error=place(error))


def _of_http(error: web.HTTPException) -> Problem:
    kind = _BY_STATUS.get(error.status, problems.UNUSABLE)
    allow = error.headers.get("Allow")
    return Problem(kind, headers={"Allow": allow} if allow else {})
