"""Carrying an order to the desk; what it refuses comes back as something that the page can say."""

from collections.abc import Awaitable, Sequence

from aiohttp import web

from intake.desk import NotFound, Refused
from web.failures import as_problem
from web.patience import answered
from web.staff.told import Told


async def refused(asking: Awaitable[object], patience: float) -> Told | None:
    """Carry an order out; `None`: done. Otherwise why not, so that nothing typed is lost. Raises `NotFound`."""
    try:
        await answered(asking, patience)
    except NotFound:
        raise
    except Refused as error:
        return Told(409, said=str(error))
    except Exception as error:
        problem = as_problem(error)
        if problem.kind.status < 500:
            raise
        return Told(problem.kind.status, alert="not_now")
    return None


def onward(place: str, note: str) -> web.Response:
    """To the page that comes next; it says that it was done."""
    return web.Response(status=303, headers={"Location": f"{place}?note={note}"})


def noted(request: web.Request, notes: Sequence[str]) -> Told:
    """What an address says was done, if it is one of these."""
    note = request.query.get("note", "")
    return Told(note=note if note in notes else "")
