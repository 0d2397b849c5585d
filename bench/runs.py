"""Runs of requests through the saga, and through the bare workflow: so many at once, each until its answer is read."""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from temporalio.client import Client

import settings
from bench.bare import QUEUE, Bare, Job, connected, data_map
from bench.meter import cpu_seconds
from bench.people import Asker
from bench.post import PostOffice
from bench.stage import Stage
from connectors import catalogue
from demo.processes import Process
from dsar.requests import Right
from dsar.submission import Person, Submission
from foundation import founded, key_for
from intake.desk import Desk, Refused
from intake.engine import Engine
from vault.codec import data_converter

Asked = Literal["delete", "access"]

SETTLE_SECONDS = 1.0
"""After the last answer: the journal's entry of it belongs to the request, and so does its cost."""

READER_SECONDS = 0.5
"""From a letter's arrival until its code is entered, and until a reader who was too quick enters it again."""


class Way(Protocol):
    """How requests are carried out: by the saga or by the yardstick."""

    name: str
    worker: Process
    client: Client

    async def request(self, asker: Asker, right: Asked) -> str:
        """One request until its answer is read; the workflow's id."""


@dataclass(frozen=True)
class Run:
    """What one run took; processor seconds, calls and events are of one request."""

    rate: float
    """Requests a second."""
    median_seconds: float
    """Of one request, among so many at once."""
    events: float
    calls: float
    """To the vendors; the same either way, or the comparison is none."""
    cpu: dict[str, float]


class Saga:
    """The product: the desk takes it in, the code is read and entered, the answer awaited."""

    name = "saga"

    def __init__(self, client: Client, worker: Process, desk: Desk, post: PostOffice) -> None:
        self.client = client
        self.worker = worker
        self._desk = desk
        self._post = post

    async def request(self, asker: Asker, right: Asked) -> str:
        """Submit, confirm, and read the answer."""
        receipt = await self._desk.submit(Submission(right=Right(right), person=Person(email=asker.email)))
        await self._prove(receipt.request_id, await self._post.code(asker.email))
        answer = await self._post.next(asker.email)
        assert ("/v1/downloads/" in answer) == (right == "access"), "the answer is not the one that was asked for"
        return receipt.request_id

    async def _prove(self, request_id: str, code: str) -> None:
        """Enter the code; a letter can be read before the saga knows that it is out, and then it says so."""
        while True:
            await asyncio.sleep(READER_SECONDS)
            try:
                attempt = await self._desk.confirm(request_id, code)
            except Refused:
                continue
            else:
                assert attempt.verified, "the code that was mailed is refused"
                return


class Yardstick:
    """The bare workflow."""

    name = "bare"

    def __init__(self, client: Client, worker: Process, post: PostOffice, systems: Sequence[object]) -> None:
        self.client = client
        self.worker = worker
        self._post = post
        self._systems = tuple(systems)

    async def request(self, asker: Asker, right: Asked) -> str:
        """Start, and read both letters."""
        job = Job.model_validate({"address": asker.email, "right": right, "systems": self._systems})
        handle = await self.client.start_workflow(Bare.run, job, id=f"bare-{asker.number}", task_queue=QUEUE)
        await self._post.next(asker.email)
        await self._post.next(asker.email)
        return handle.id


@asynccontextmanager
async def ways(stage: Stage) -> AsyncIterator[tuple[Saga, Yardstick]]:
    """Both, on the same engine, vendors and post."""
    configured = settings.read(stage.environ)
    address = stage.environ["TEMPORAL_ADDRESS"]
    systems = data_map(catalogue.build(configured.systems).values())
    async with founded(configured) as foundation:
        client = await Client.connect(address, data_converter=data_converter(foundation.keys))
        desk = Desk(
            engine=Engine(_given(client), configured.task_queue),
            ledger=foundation.ledger,
            vault=foundation.vault,
            policies=foundation.policies,
            policy=configured.policy,
            systems=systems,
            subject_key=key_for(configured, "subject"),
        )
        saga = Saga(client, stage.saga, desk, stage.post)
        yield saga, Yardstick(await connected(address), stage.bare, stage.post, systems)


async def run(stage: Stage, way: Way, right: Asked, askers: Sequence[Asker], at_once: int) -> Run:
    """Have these people ask, so many at once; vendors hold nobody else meanwhile."""
    await stage.vendors.seed(askers)
    measured = {
        "worker": way.worker.pid,
        "engine": stage.engine.pid,
        "stand-ins": stage.standins.pid,
        "driver": os.getpid(),
    }
    before = {name: cpu_seconds(pid) for name, pid in measured.items()}
    turns = asyncio.Semaphore(at_once)
    took: list[float] = []

    async def one(asker: Asker) -> str:
        async with turns:
            began = time.monotonic()
            workflow_id = await way.request(asker, right)
            took.append(time.monotonic() - began)
            return workflow_id

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(asker)) for asker in askers]
    seconds = time.monotonic() - began
    await asyncio.sleep(SETTLE_SECONDS)
    return Run(
        rate=len(askers) / seconds,
        median_seconds=statistics.median(took),
        cpu={name: (cpu_seconds(pid) - before[name]) / len(askers) for name, pid in measured.items()},
        calls=await stage.vendors.calls() / len(askers),
        events=statistics.mean([await _events(way.client, task.result()) for task in tasks]),
    )


async def _events(client: Client, workflow_id: str) -> int:
    return (await client.get_workflow_handle(workflow_id).describe()).history_length


def _given(client: Client) -> Callable[[], Awaitable[Client]]:
    async def connect() -> Client:
        return client

    return connect
