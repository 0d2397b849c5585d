"""The yardstick: the same outside calls in the plainest workflow that makes them, in a worker of its own.

Same connectors, same letters over SMTP, a durable step for each act in each system. No ledger, no vault, no codec, no
proof of who asks, no plan, no clock, no hold: records travel through the engine in clear.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    import settings
    from activities.mail import Mail, SmtpMail
    from connectors import catalogue
    from connectors.connector import Ability, Connector
    from dsar.data_map import System
    from dsar.frozen import Frozen
    from dsar.identity import Identifier, Identity, Key
    from dsar.records import OutcomeKind, Record
    from worker import COLLECTED

QUEUE = "bare"
READY = "bare worker ready"


class Job(Frozen):
    """One request."""

    address: str
    right: Literal["delete", "access"]
    systems: tuple[System, ...]


class Look(Frozen):
    """Find somebody in one system."""

    system: str
    identity: Identity


class Found(Frozen):
    """What was found there."""

    records: tuple[Record, ...]
    learned: tuple[Identifier, ...]


class Touch(Frozen):
    """Act on what was found in one system."""

    system: str
    records: tuple[Record, ...]


class Note(Frozen):
    """A letter."""

    address: str
    subject: str
    body: str
    message_id: str


class Calls:
    """The outside calls."""

    def __init__(self, connectors: dict[str, Connector], mail: Mail) -> None:
        self._connectors = connectors
        self._mail = mail

    @activity.defn
    async def send(self, note: Note) -> None:
        """Send a letter."""
        await self._mail.send(note.address, note.subject, note.body, note.message_id, html=f"<p>{note.body}</p>")

    @activity.defn
    async def locate(self, look: Look) -> Found:
        """Read every page of a search."""
        records: list[Record] = []
        learned: list[Identifier] = []
        cursor: str | None = None
        while True:
            found = await self._connectors[look.system].locate(look.identity, cursor)
            records += found.records
            learned += found.learned
            cursor = found.cursor
            if cursor is None:
                return Found(records=tuple(records), learned=tuple(learned))

    @activity.defn
    async def withhold(self, touch: Touch) -> None:
        """Take out of use."""
        await self._connectors[touch.system].suppress(touch.records)

    @activity.defn
    async def wipe(self, touch: Touch) -> int:
        """Erase, and look again."""
        connector = self._connectors[touch.system]
        outcomes = await connector.erase(touch.records)
        gone = [r for r, o in zip(touch.records, outcomes, strict=True) if o.kind is OutcomeKind.ERASED]
        if gone:
            await connector.check(gone)
        return len(outcomes)

    @activity.defn
    async def copy(self, touch: Touch) -> int:
        """Read everything, files too; how many bytes the files have."""
        connector = self._connectors[touch.system]
        files = [file for item in await connector.export(touch.records) for file in item.files]
        return sum([len(chunk) for file in files async for chunk in connector.open(file)])


@workflow.defn
class Bare:
    """Acknowledge, find, act, answer."""

    @workflow.run
    async def run(self, job: Job) -> int:
        """How many systems held something."""
        await self._write(job, "We have your request", "ack")
        identity = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=job.address),))
        teachers = [s for s in job.systems if s.learns]
        taught: dict[str, asyncio.Task[Found]] = {s.name: asyncio.create_task(_look(s, identity)) for s in teachers}

        async def in_system(system: System) -> bool:
            known = identity
            if system.needs:
                lessons = [(await taught[s.name]).learned for s in teachers if s.learns & system.needs]
                known = identity.widened([i for lesson in lessons for i in lesson])
            found = await taught[system.name] if system.name in taught else await _look(system, known)
            if found.records:
                await _act(job, system, Touch(system=system.name, records=found.records))
            return bool(found.records)

        held = await asyncio.gather(*(in_system(system) for system in job.systems))
        await self._write(job, "The answer to your request", "answer")
        return sum(held)

    async def _write(self, job: Job, subject: str, part: str) -> None:
        note = Note(
            address=job.address,
            subject=subject,
            body=f"{subject}.\n\n" + "As long as a letter of ours is. " * 30,
            message_id=f"{workflow.info().workflow_id}.{part}",
        )
        await _step(Calls.send, note)


async def _look(system: System, identity: Identity) -> Found:
    found: Found = await _step(Calls.locate, Look(system=system.name, identity=identity))
    return found


async def _act(job: Job, system: System, touch: Touch) -> None:
    if job.right == "access":
        await _step(Calls.copy, touch)
        return
    if Ability.SUPPRESS in system.can:
        await _step(Calls.withhold, touch)
    await _step(Calls.wipe, touch)


async def _step(act: Any, order: Any) -> Any:
    return await workflow.execute_activity_method(act, order, start_to_close_timeout=timedelta(minutes=5))


def data_map(connectors: Iterable[Connector]) -> tuple[System, ...]:
    """The systems, as a job carries them."""
    return tuple(
        System(name=c.config.name, title=c.config.title, can=c.can, learns=c.config.learns, needs=c.config.needs)
        for c in connectors
    )


async def connected(address: str) -> Client:
    """A client without the codec."""
    return await Client.connect(address, data_converter=pydantic_data_converter)


async def main() -> None:
    """Run the worker until told to stop; set up as worker.py's is."""
    configured = settings.read()
    connectors = catalogue.build(configured.systems)
    mail = SmtpMail(configured.smtp_url, configured.mail_from)
    calls = Calls(connectors, mail)
    work: Sequence[Any] = [calls.send, calls.locate, calls.withhold, calls.wipe, calls.copy]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Worker(
        await connected(os.environ["TEMPORAL_ADDRESS"]),
        task_queue=QUEUE,
        workflows=[Bare],
        activities=work,
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=1000,
        max_concurrent_activities=200,
        max_concurrent_workflow_tasks=100,
        max_eager_activity_reservations_per_workflow_task=12,
    ):
        print(READY, flush=True)
        await stop.wait()
    for connector in connectors.values():
        await connector.close()
    await mail.close()


if __name__ == "__main__":
    gc.set_threshold(*COLLECTED)
    asyncio.run(main())
    os._exit(0)  # the SDK's core can abort the interpreter while it is torn down
