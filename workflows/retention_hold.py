"""Keeps what the law makes us keep until the day it may go, then erases it: for years, if need be."""

from datetime import date, datetime, timedelta

from temporalio import workflow

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.holds import EraseDue, Held, Holds, Released
    from activities.letter_orders import Release
    from activities.letters import Letters
    from dsar.frozen import Frozen
    from dsar.requests import Right
    from dsar.zones import earliest_date, start_of_day

LOOK_AGAIN = timedelta(days=30)
"""A lock without an end (a legal hold) is asked about again so often."""

EARLY_MORNING = timedelta(hours=6)


class HoldStart(Frozen):
    """What a hold keeps, system by system."""

    hold_id: str
    right: Right
    policy: str
    zone: str
    held: tuple[Held, ...]
    erased: int = 0
    looks: int = 200
    """After so many it goes on as a new run, so that its history never grows long: a lock can outlive us all."""


@workflow.defn
class RetentionHold:
    """Sleeps until a retention ends, erases, checks, and so on until nothing is kept; then tells the person.

    What a system only promised to erase is kept as well, until it is seen to be gone.
    """

    @workflow.run
    async def run(self, start: HoldStart) -> int:
        """How many records were erased in the end. What the law keeps is not let go by a cancel in the engine's UI."""
        return await steps.carried_through(self._keep(start), lambda: None)

    async def _keep(self, start: HoldStart) -> int:
        held, erased, left = start.held, start.erased, start.looks
        while any(h.records for h in held):
            wake = self._next_look(held, start.zone)
            workflow.set_current_details(_in_words(held, wake))
            await workflow.sleep(max(wake - workflow.now(), timedelta(0)), summary=f"Kept until {wake:%Y-%m-%d}")
            today = earliest_date(workflow.now(), (start.zone,))
            before = sum(h.records for h in held)
            held = tuple([await self._look(start, h, today) if h.records else h for h in held])
            erased += before - sum(h.records for h in held)
            left -= 1
            if left <= 0 or workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start.model_copy(update={"held": held, "erased": erased}))
        release = Release(request_id=start.hold_id, right=start.right, policy=start.policy, records=erased)
        await steps.outside(Letters.announce_release, release, "Tell the person that nothing is kept any more")
        await steps.inside(Holds.release, Released(hold_id=start.hold_id), "Journal: released")
        return erased

    async def _look(self, start: HoldStart, held: Held, today: date) -> Held:
        order = EraseDue(hold_id=start.hold_id, system=held.system, policy=start.policy, today=today)
        return await steps.in_system(Holds.erase_due, order, f"{held.system}: erase what may go, and look again")

    def _next_look(self, held: tuple[Held, ...], zone: str) -> datetime:
        """The morning after the earliest last day; within a month where a lock has no end."""
        days = [h.next_day + timedelta(days=1) for h in held if h.records and h.next_day]
        looks = [start_of_day(day, (zone,)) + EARLY_MORNING for day in days]
        if any(h.records and h.next_day is None for h in held):
            looks.append(workflow.now() + LOOK_AGAIN)
        # A lock that proves longer than it said is not asked about without pause.
        return max(min(looks), workflow.now() + timedelta(hours=1))


def _in_words(held: tuple[Held, ...], wake: datetime) -> str:
    kept = ", ".join(f"{h.records - h.promised} in {h.system}" for h in held if h.records > h.promised)
    promised = ", ".join(f"{h.promised} in {h.system}" for h in held if h.promised)
    words = [f"Kept by law: {kept}."] if kept else []
    words += [f"Ordered to be erased, and promised: {promised}."] if promised else []
    return f"{' '.join(words)} Next look on {wake:%Y-%m-%d}."
