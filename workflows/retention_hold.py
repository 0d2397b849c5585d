"""Keeps what the law makes us keep until the day it may go, then erases it: for years, if need be."""

from contextlib import suppress
from datetime import date, datetime, timedelta

from temporalio import workflow

from workflows import steps
from workflows.hold_tasks import HoldTasks
from workflows.people import Resolution

with workflow.unsafe.imports_passed_through():
    from activities.holds import EraseDue, Held, Holds, Released
    from activities.letter_orders import Release
    from activities.letters import Letters
    from dsar.case import Task
    from dsar.frozen import Frozen
    from dsar.requests import Right
    from dsar.zones import earliest_date, start_of_day

HOLD = "hold-"
"""What a hold's id begins with."""

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
    tasks: tuple[Task, ...] = ()
    """What the run before asked of people, and nobody has done yet."""
    asked: int = 0
    """How many tasks there were before."""


@workflow.defn
class RetentionHold:
    """Sleeps until a retention ends, erases, checks, and so on until nothing is kept; then tells the person.

    What a system only promised to erase is kept as well, until it is seen to be gone; what only a person can erase,
    until they say so, and it is.
    """

    @workflow.init
    def __init__(self, start: HoldStart) -> None:
        self._tasks = HoldTasks(start.hold_id, start.right, start.policy, start.tasks, start.asked)

    @workflow.run
    async def run(self, start: HoldStart) -> int:
        """How many records were erased in the end. What the law keeps is not let go by a cancel in the engine's UI."""
        return await steps.carried_through(self._keep(start), lambda: None)

    async def _keep(self, start: HoldStart) -> int:
        held, erased, left = start.held, start.erased, start.looks
        while any(h.records for h in held):
            wake = self._next_look(held, start.zone)
            workflow.set_current_details(_in_words(held, wake))
            await self._until(wake)
            today = earliest_date(workflow.now(), (start.zone,))
            before = sum(h.records for h in held)
            gone = self._tasks.taken()
            held = tuple([await self._look(start, h, today, gone) if h.records else h for h in held])
            for each in held:
                await self._tasks.ask(each, today)
            erased += before - sum(h.records for h in held)
            left -= 1
            if left <= 0 or workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                rest = {"held": held, "erased": erased, "tasks": self._tasks.open, "asked": self._tasks.asked}
                workflow.continue_as_new(start.model_copy(update=rest))
        await workflow.wait_condition(workflow.all_handlers_finished)
        release = Release(request_id=start.hold_id, right=start.right, policy=start.policy, records=erased)
        await steps.outside(Letters.announce_release, release, "Tell the person that nothing is kept any more")
        await steps.inside(Holds.release, Released(hold_id=start.hold_id), "Journal: released")
        return erased

    @workflow.update
    async def resolve(self, resolution: Resolution) -> None:
        """A person has erased what no interface can, or says why not."""
        await self._tasks.resolve(resolution)

    @resolve.validator
    def _check_resolution(self, resolution: Resolution) -> None:
        self._tasks.check(resolution)

    @workflow.query
    def tasks(self) -> tuple[Task, ...]:
        """What people still have to do."""
        return self._tasks.open

    async def _until(self, wake: datetime) -> None:
        """Sleep, or until somebody says that they have done what was asked of them."""
        left, words = max(wake - workflow.now(), timedelta(0)), f"Kept until {wake:%Y-%m-%d}"
        if not (self._tasks.open or self._tasks.answered):
            await workflow.sleep(left, summary=words)
            return
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._tasks.answered, timeout=left, timeout_summary=words)

    async def _look(self, start: HoldStart, held: Held, today: date, gone: frozenset[str]) -> Held:
        by_hand = held.system in gone
        order = EraseDue(
            hold_id=start.hold_id, system=held.system, policy=start.policy, today=today, done_by_hand=by_hand
        )
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
    bound = {h.system: h.records - h.promised - h.by_hand for h in held}
    kept = ", ".join(f"{count} in {system}" for system, count in bound.items() if count)
    by_hand = ", ".join(f"{h.by_hand} in {h.system}" for h in held if h.by_hand)
    promised = ", ".join(f"{h.promised} in {h.system}" for h in held if h.promised)
    words = [f"Kept by law: {kept}."] if kept else []
    words += [f"Ordered to be erased, and promised: {promised}."] if promised else []
    words += [f"To be erased by hand: {by_hand}."] if by_hand else []
    return f"{' '.join(words)} Next look on {wake:%Y-%m-%d}."
