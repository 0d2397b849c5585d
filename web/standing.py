"""Where a request stands, for whoever asks by another protocol: the ledger's word, made newer by the saga's."""

import asyncio
from datetime import date

from dsar.case import Ending, State
from dsar.frozen import Frozen
from dsar.requests import Right
from intake.desk import Refused
from intake.engine import EngineDown
from ledger.requests import RequestRow
from web.desk import WebDesk


class Stand(Frozen):
    """Where it stands."""

    right: Right
    state: State
    ending: Ending | None
    due: date
    """The legal date."""
    safe: date


async def stand(desk: WebDesk, request_id: str, patience: float) -> Stand:
    """From the ledger, and from the saga while it runs: it knows of an extension first.

    Raises:
        NotFound: there is no such request.
    """
    row = await desk.row(request_id)
    if row.closed_at is None:
        try:
            async with asyncio.timeout(patience):
                said = await desk.status(request_id)
        except (Refused, EngineDown, TimeoutError):
            return of_row(row)
        return Stand(right=row.right, state=said.told_state, ending=said.ending, due=said.due, safe=said.safe)
    return of_row(row)


def of_row(row: RequestRow) -> Stand:
    """What the ledger alone says."""
    return Stand(right=row.right, state=row.state, ending=row.outcome, due=row.due, safe=row.safe)
