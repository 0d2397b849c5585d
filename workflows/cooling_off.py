"""After a corrected address: the old one is told, and for some days no copy goes out without a second look."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio import workflow

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.cooling_off import CoolingOff as Former
    from activities.cooling_off import LookBack, Moved, Recent, WarnFormer
    from dsar.alarms import proof_by
    from dsar.case import TaskKind, TaskState
    from dsar.correction import Field, wanted
    from dsar.zones import earliest_date

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest

TITLE = "The address was changed shortly before: may the copy go out?"


class CoolingOff:
    """Of one request: a correction that changes an address, or a copy that is asked for after one."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case

    async def over(self) -> None:
        """Hold a copy until the time is over, or a person says that it may go out; inside the time to answer."""
        time = self._case.terms.cooling_off
        if not (self._case.cools_off and time):
            return
        order = LookBack(identity=self._request.search.identity, since=workflow.now() - time)
        recent = await steps.inside(Former.look_back, order, "Was the person's address changed shortly before?")
        if recent.by and recent.at:
            await self._hold(recent, time)

    async def address_moved(self, systems: tuple[str, ...]) -> None:
        """A correction was carried out: where it was of the email address, the one before hears of it."""
        new = wanted(self._case.wish.changes).get(Field.EMAIL)
        if new is None or not systems:
            return
        order = Moved(
            **self._request.recipient().model_dump(),
            identity=self._request.search.identity,
            new=new,
            systems=systems,
            at=workflow.now(),
            keep=self._case.terms.cooling_off,
        )
        await steps.outside(Former.address_moved, order, "Tell the address from before")

    async def _hold(self, recent: Recent, time: timedelta) -> None:
        assert recent.by and recent.at  # noqa: S101, PT018 - `over` has seen to it
        dates, zone = self._request.deadline.dates, self._request.deadline.zone
        until = min(recent.at + time, proof_by(dates.due, dates.safe, zone, workflow.now()))
        last = earliest_date(until, (zone,))
        warn = WarnFormer(**self._request.recipient().model_dump(), changed_by=recent.by, until=last)
        await steps.outside(Former.warn_former, warn, "Tell the address from before that a copy is asked for")
        words = (
            f"The email address was corrected on {earliest_date(recent.at, (zone,))} by {recent.by}, and now a copy is "
            f"asked for. The address from before was told, and the request is held until {last}.\n"
            "Has somebody there objected? Find out another way whether it is the person.\n"
            "done = it is, the copy goes out now; exception = it is not: the request is ended as a fraud."
        )
        asked = asyncio.create_task(self._request.people.ask(TaskKind.COOL_OFF, None, TITLE, words))
        try:
            await workflow.wait_condition(
                asked.done, timeout=until - workflow.now(), timeout_summary="The address was changed: held until then"
            )
        except TimeoutError:
            await steps.stopped(asked)
            await self._request.record("cooled off", "the time is over, nobody objected")
            return
        except asyncio.CancelledError:
            await steps.stopped(asked)
            raise
        if asked.result().state is TaskState.DONE:
            await self._request.record("cooled off", "a person ended the hold")
            return
        self._request.end_as_fraud("it was not the person whose address was changed")
        await workflow.wait_condition(lambda: False)  # the story is stopped here
