"""The clock of a request: wakes people as time runs out, can be extended once, and explains itself."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from dsar.alarms import Alarm, alarms, upcoming
    from dsar.case import Case
    from dsar.clock_events import RefusedEvent
    from dsar.clock_sheet import ClockSheet, Due, extend
    from dsar.frozen import Frozen
    from dsar.zones import earliest_date, end_of_day


class Extension(Frozen):
    """Order of the privacy lead: take the longer period. The reason is told to the person."""

    reason: str


class Deadline:
    """The duty to answer, of one request."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._sheet = case.clock
        self._rearmed = 0
        self.extended_on: date | None = None
        self._rung: set[datetime] = set()

    @property
    def dates(self) -> Due:
        """The dates that count now."""
        return self._sheet.answer

    @property
    def zone(self) -> str:
        """The zone that the dates are meant in."""
        return self._sheet.zone

    @property
    def due_at(self) -> datetime:
        """The last moment of the legal date."""
        return end_of_day(self.dates.due, self._sheet.zones)

    @property
    def today(self) -> date:
        """The day it is there."""
        return earliest_date(workflow.now(), (self.zone,))

    async def watch(self, ring: Callable[[Alarm], Awaitable[None]]) -> None:
        """Ring each alarm when its time comes, until cancelled; after an extension, those of the new dates."""
        while True:
            armed = self._rearmed
            dates = self.dates
            ahead = upcoming(alarms(dates.due, dates.safe, self._case.terms.warn_days_left, self.zone), workflow.now())
            for alarm in ahead:
                if alarm.at in self._rung or self._never_was(alarm):
                    continue
                if await self._rearmed_before(alarm, armed):
                    break
                self._rung.add(alarm.at)
                await ring(alarm)
            else:
                await workflow.wait_condition(lambda armed=armed: self._rearmed != armed)  # type: ignore[misc]

    def check_extension(self) -> None:
        """Refuse an extension that the law does not give: a second one, or one that comes too late."""
        try:
            extend(self._sheet, self.today)
        except RefusedEvent as refused:
            raise ApplicationError(str(refused), type="NoExtension") from None

    def extend(self) -> None:
        """Take the longer period, counted from receipt, and arm its alarms."""
        self._sheet = extend(self._sheet, self.today)
        self.extended_on = self.today
        self._rearmed += 1

    def adopt(self, sheet: ClockSheet) -> None:
        """The dates were worked out anew, after a pause."""
        self._sheet = sheet
        self._rearmed += 1

    @property
    def paused(self) -> bool:
        """Whether the law has stopped the clock."""
        return self._sheet.paused

    def in_words(self) -> tuple[str, ...]:
        """Why the dates are what they are, with the law."""
        return self._sheet.explain

    def _never_was(self, alarm: Alarm) -> bool:
        """Whether so much time was never left: a duty of a few days is no news on the day on which it begins."""
        return alarm.at < self._sheet.received and workflow.patched("no-alarm-from-before-receipt")

    async def _rearmed_before(self, alarm: Alarm, armed: int) -> bool:
        left = alarm.at - workflow.now()
        if left.total_seconds() <= 0:
            return False
        try:
            await workflow.wait_condition(
                lambda: self._rearmed != armed, timeout=left, timeout_summary=f"{alarm.kind} on {alarm.at:%Y-%m-%d}"
            )
        except TimeoutError:
            return False
        return True
