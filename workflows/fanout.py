"""The same work in all systems at once: one that is down delays only itself, and can be given up on by a person."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from workflows import steps
from workflows.beside import Beside
from workflows.people import GivenUp, People

with workflow.unsafe.imports_passed_through():
    from dsar.case import Case, TaskKind, TaskState
    from dsar.data_map import System
    from dsar.outcomes import Result, Tally

R = TypeVar("R")

Work = Callable[[System], Coroutine[Any, Any, Tally]]
"""What a right's path does in one system."""

Leave = Callable[[System], Coroutine[Any, Any, None]]
"""What is undone in a system that the answer goes out without."""

SOON = timedelta(minutes=30)
"""A system that is well has answered by then, and nobody need be asked about it."""

AGAIN = timedelta(hours=20)
"""Whoever goes on waiting is asked again the next day, before they leave."""


class Fanout:
    """One request's work in its systems."""

    def __init__(self, case: Case, people: People, beside: Beside) -> None:
        self._case = case
        self._people = people
        self._beside = beside
        self._unfinished: set[str] = set()
        self._given_up: set[str] = set()
        self._finishing: dict[str, asyncio.Task[None]] = {}
        self._rung = 0

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Titles of the systems that are still being worked on."""
        return tuple(system.title for system in self._case.systems if system.name in self._unfinished)

    async def everywhere(self, work: Work, leave: Leave) -> Result:
        """Do the work in every system; what a system that is given up on had begun is undone beside it."""
        self._unfinished = {system.name for system in self._case.systems}
        asking = asyncio.create_task(self._ask_soon()) if self._rung else None
        try:
            tallies = await asyncio.gather(*(self._in(system, work, leave) for system in self._case.systems))
        finally:
            if asking:
                asking.cancel()
        return Result(
            tallies=tuple(tally for tally in tallies if tally is not None),
            unreached=tuple(s.title for s, tally in zip(self._case.systems, tallies, strict=True) if tally is None),
        )

    def give_up(self, system: System) -> None:
        """A person decided to answer without this system."""
        self._given_up.add(system.name)
        raise GivenUp

    def ask_to_finish(self) -> None:
        """Time is running out: ask about each system that has not answered whether to go on without it."""
        self._rung += 1
        for system in self._case.systems:
            asking = self._finishing.get(system.name)
            if system.name in self._unfinished and (asking is None or asking.done()):
                self._finishing[system.name] = self._beside.go(self._ask(system))

    async def _in(self, system: System, work: Work, leave: Leave) -> Tally | None:
        task: asyncio.Task[Tally] = asyncio.create_task(work(system))
        try:
            await workflow.wait_condition(lambda: task.done() or system.name in self._given_up)
            if task.done():
                return await task
        except GivenUp:
            pass
        except asyncio.CancelledError:
            await steps.stopped(task)
            raise
        finally:
            self._finished(system)
        await steps.stopped(task)  # nothing may be put back while something is still being taken away
        self._beside.go(leave(system))
        return None

    def _finished(self, system: System) -> None:
        """Nobody has to be asked any more whether to go on without it."""
        self._unfinished.discard(system.name)
        if asking := self._finishing.pop(system.name, None):
            asking.cancel()

    async def _ask_soon(self) -> None:
        """Begun when the escalation has rung already: nobody would be asked before the last day, or at all."""
        await workflow.sleep(SOON, summary="Then it is asked whether to answer without what is not done")
        self.ask_to_finish()

    async def _ask(self, system: System) -> None:
        """Until it is done: what a person was ready to wait for may be down by tomorrow."""
        words = (
            f"{system.title} is not done, and time is running out.\n"
            "done = go on waiting, and be asked again tomorrow;\n"
            "exception = answer without it, and the person is told so."
        )
        while True:
            task = await self._people.ask(TaskKind.FINISH, system, f"{system.title} is not done", words)
            if task.state is TaskState.EXCEPTION:
                self._given_up.add(system.name)
                return
            await self._tomorrow()

    async def _tomorrow(self) -> None:
        """Or when the next alarm rings."""
        rung = self._rung
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._rung != rung, timeout=AGAIN, timeout_summary="Then it is asked again whether to wait"
            )


async def insisted(people: People, system: System, work: Callable[[], Awaitable[R]]) -> R:
    """Do in a system what the person was promised, with whoever clears the way there: nobody can give up on it."""
    while True:
        try:
            return await people.helped(system, work)
        except GivenUp:
            continue
