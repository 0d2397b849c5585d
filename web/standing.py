"""Where a request stands, for whoever asks by another protocol: the ledger's word, made newer by the saga's."""

from datetime import date

from dsar.case import Ending, State
from dsar.frozen import Frozen
from dsar.requests import Right
from intake.desk import Refused
from intake.engine import EngineDown
from ledger.requests import RequestRow
from web.desk import WebDesk
from web.patience import answered


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
            said = await answered(desk.status(request_id), patience)
        except (Refused, EngineDown):
            return of_row(row)
        return Stand(right=row.right, state=said.told_state, ending=said.ending, due=said.due, safe=said.safe)
    return of_row(row)


def of_row(row: RequestRow) -> Stand:
    """What the ledger alone says."""
    return Stand(right=row.right, state=row.state, ending=row.outcome, due=row.due, safe=row.safe)
