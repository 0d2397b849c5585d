"""Working a request's dates out anew. Workflows know no calendar: what they pin is worked out here."""

from datetime import date

from temporalio import activity

from dsar.clock_events import ClockEvent, RefusedEvent
from dsar.clock_sheet import ClockSheet
from dsar.frozen import Frozen
from dsar.recounting import recount


class Recount(Frozen):
    """Order: this sheet, as it was pinned at receipt, with all that has happened since."""

    sheet: ClockSheet
    events: tuple[ClockEvent, ...]
    extended_on: date | None = None


class Recounted(Frozen):
    """The new sheet; or why there is none, in words."""

    sheet: ClockSheet | None = None
    refused: str = ""


class Clocks:
    """The calendar."""

    @activity.defn
    async def recount(self, order: Recount) -> Recounted:
        """Work the dates out. An event that cannot be is an answer, not a failure: repeating would not help."""
        try:
            return Recounted(sheet=recount(order.sheet, order.events, order.extended_on))
        except RefusedEvent as refused:
            return Recounted(refused=str(refused))
