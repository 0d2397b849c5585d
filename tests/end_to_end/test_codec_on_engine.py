"""What a real server keeps of a workflow, byte for byte: its database is searched for what must not be there."""

import asyncio
import base64
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.workflowservice.v1 import QueryWorkflowRequest
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowUpdateFailedError,
)
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, ChildWorkflowError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from dsar.frozen import Frozen
    from vault.codec import data_converter, decode_payloads
    from vault.keys import KeyDestroyed, KeyRing
    from vault.store import DiskStore

QUEUE = "codec"
CANARY = "canary-e7d1"
"""In every text below; the word after it says where it was."""
SECONDS = timedelta(seconds=20)


class Said(Frozen):
    text: str


@activity.defn
async def work(said: Said) -> Said:
    """Beats, breaks once with a secret in its words, then answers."""
    activity.heartbeat(Said(text=f"{CANARY} heartbeat"))
    if activity.info().attempt == 1:
        raise ApplicationError(f"{CANARY} message", Said(text=f"{CANARY} failure-details"))
    return Said(text=f"{said.text} {CANARY} activity-result")


@activity.defn
async def near(said: Said) -> Said:
    return Said(text=f"{said.text} {CANARY} local-result")


@workflow.defn
class Holding:
    """A child with a key of its own: takes a signal, then answers or fails."""

    def __init__(self) -> None:
        self._told: Said | None = None

    @workflow.run
    async def run(self, said: Said) -> Said:
        await workflow.wait_condition(lambda: self._told is not None)
        assert self._told
        if "fail" in said.text:
            raise ApplicationError(f"{CANARY} child-failure {said.text}")
        return Said(text=f"{said.text} {self._told.text} {CANARY} child-result")

    @workflow.signal
    def tell(self, said: Said) -> None:
        self._told = said


@workflow.defn
class Asking:
    """Uses every way by which a payload can come into a history."""

    def __init__(self) -> None:
        self._heard: list[Said] = []

    @workflow.run
    async def run(self, said: Said) -> Said:
        workflow.set_current_details(f"{CANARY} current-details")
        workflow.upsert_memo({"later": Said(text=f"{CANARY} upserted-memo")})
        await workflow.sleep(timedelta(milliseconds=1), summary=f"{CANARY} timer-summary")
        done = await workflow.execute_activity(
            work,
            said,
            start_to_close_timeout=SECONDS,
            heartbeat_timeout=SECONDS,
            summary=f"{CANARY} activity-summary",
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=1)),
        )
        done = await workflow.execute_local_activity(near, done, start_to_close_timeout=SECONDS)
        done = await self._child(done, "answer")
        failed = await self._child(done, "fail")
        await workflow.wait_condition(lambda: len(self._heard) == 2)
        return Said(text=f"{done.text} {failed.text}")

    async def _child(self, said: Said, what: str) -> Said:
        suffix = workflow.info().workflow_id.removeprefix("request-")
        child = await workflow.start_child_workflow(
            Holding.run,
            Said(text=f"{said.text} {what}"),
            id=f"hold-{suffix}-{what}",
            memo={"of": Said(text=f"{CANARY} child-memo")},
            static_summary=f"{CANARY} child-summary",
        )
        await child.signal(Holding.tell, Said(text=f"{CANARY} child-signal"))
        try:
            return await child
        except ChildWorkflowError as error:
            return Said(text=str(error.cause))

    @workflow.signal
    def tell(self, said: Said) -> None:
        self._heard.append(said)

    @workflow.update
    async def ask(self, said: Said) -> Said:
        self._heard.append(said)
        return Said(text=f"{said.text} {CANARY} update-result")

    @ask.validator
    def _ask(self, said: Said) -> None:
        if "refuse" in said.text:
            raise ValueError(f"{CANARY} refusal")

    @workflow.query
    def heard(self, said: Said) -> list[Said]:
        return [said, *self._heard, Said(text=f"{CANARY} query-result")]


@workflow.defn
class Failing:
    @workflow.run
    async def run(self, said: Said) -> None:
        raise ApplicationError(f"{CANARY} workflow-failure", said)


@asynccontextmanager
async def engine(database: Path, keys: KeyRing) -> AsyncIterator[Client]:
    """A real server that keeps everything in one file, with a worker and a client that share a converter."""
    path = shutil.which("temporal", path=str(Path(sys.executable).parent))
    async with (
        await WorkflowEnvironment.start_local(
            dev_server_existing_path=path,
            dev_server_database_filename=str(database),
            data_converter=data_converter(keys),
        ) as server,
        Worker(server.client, task_queue=QUEUE, workflows=[Asking, Holding, Failing], activities=[work, near]),
    ):
        yield server.client


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(DiskStore(tmp_path / "vault", durable=False), {"m1": bytes(32)}, "m1")


async def started(client: Client, keys: KeyRing, suffix: str) -> WorkflowHandle[Asking, Said]:
    """A request with all that a client can give it."""
    for owner in (f"request-{suffix}", f"hold-{suffix}-answer", f"hold-{suffix}-fail"):
        await keys.create(owner)
    handle = await client.start_workflow(
        Asking.run,
        Said(text=f"{CANARY} input"),
        id=f"request-{suffix}",
        task_queue=QUEUE,
        memo={"first": Said(text=f"{CANARY} memo")},
        static_summary=f"{CANARY} static-summary",
        static_details=f"{CANARY} static-details",
    )
    await handle.signal(Asking.tell, Said(text=f"{CANARY} signal"))
    return handle


async def current_details(client: Client, workflow_id: str) -> list[Payload]:
    """What the UI asks for to show a workflow's details, as it travels."""
    answer = await client.workflow_service.query_workflow(
        QueryWorkflowRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id),
            query=WorkflowQuery(query_type="__temporal_workflow_metadata"),
        )
    )
    return list(answer.query_result.payloads)


async def shown(keys: KeyRing, payloads: Iterable[Payload]) -> str:
    """These payloads as the UI shows them, by the codec endpoint."""
    body = json_format.MessageToJson(Payloads(payloads=payloads)).encode()
    decoded = json.loads(await decode_payloads(keys, body))["payloads"]
    return " ".join(base64.b64decode(payload["data"]).decode() for payload in decoded)


def payloads_in(message: Message) -> Iterator[Payload]:
    """Every payload anywhere in a message."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if isinstance(value, Message):
            yield from payloads_in(value)
        elif field.message_type.GetOptions().map_entry:
            for each in value.values():
                if isinstance(each, Message):
                    yield from payloads_in(each)
        else:
            for each in value:
                yield from payloads_in(each)


def kept_by(database: Path) -> bytes:
    """All that the server has written, its log of changes included."""
    return b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))


async def test_nothing_of_a_request_is_legible_on_the_server_and_all_of_it_arrives(
    tmp_path: Path, keys: KeyRing
) -> None:
    """Inputs, results, failures, updates, queries, signals, memos, beats, summaries: readable here, not there."""
    database = tmp_path / "temporal.db"

    async with engine(database, keys) as client:
        handle = await started(client, keys, "a1")
        update = await handle.execute_update(Asking.ask, Said(text=f"{CANARY} update"))
        answer = await handle.result()
        heard = await handle.query(Asking.heard, Said(text=f"{CANARY} query"))
        described = await handle.describe()
        memo = [(await described.memo_value(name, type_hint=Said)).text for name in ("first", "later")]
        summary, details = await described.static_summary(), await described.static_details()
        travelling = await current_details(client, handle.id)
        histories = [await client.get_workflow_handle(id_).fetch_history() for id_ in (handle.id, "hold-a1-answer")]

    for word in ("input", "activity-result", "local-result", "child-signal", "child-result", "child-failure"):
        assert f"{CANARY} {word}" in answer.text
    assert update.text == f"{CANARY} update {CANARY} update-result"
    assert [said.text.split()[1] for said in heard] == ["query", "signal", "update", "query-result"]
    assert memo == [f"{CANARY} memo", f"{CANARY} upserted-memo"]
    assert (summary, details) == (f"{CANARY} static-summary", f"{CANARY} static-details")
    assert f"{CANARY} current-details" in await shown(keys, travelling)
    sealed = [*travelling, *(payload for history in histories for payload in sealed_in(history))]
    assert len(sealed) > 20
    assert {payload.metadata["encoding"] for payload in sealed} == {b"binary/habeas"}
    assert b"request-a1" in kept_by(database)
    assert CANARY.encode() not in kept_by(database)


def sealed_in(history: WorkflowHistory) -> Iterator[Payload]:
    """Its payloads, but for the one in clear: what the SDK's core notes of a local activity (its name and times)."""
    for event in history.events:
        marker = event.marker_recorded_event_attributes.details
        noted = list(marker["data"].payloads) if "data" in marker else []
        yield from (payload for payload in payloads_in(event) if payload not in noted)


async def test_what_fails_or_is_refused_says_why_to_us_alone(tmp_path: Path, keys: KeyRing) -> None:
    """A failure's message and a refused update's reason are sealed; a workflow of no request has the engine's key."""
    database = tmp_path / "temporal.db"

    async with engine(database, keys) as client:
        handle = await started(client, keys, "b2")
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update(Asking.ask, Said(text=f"{CANARY} refuse"))
        with pytest.raises(WorkflowFailureError) as failed:
            await client.execute_workflow(Failing.run, Said(text=f"{CANARY} a"), id="sweep-1", task_queue=QUEUE)
        history = await client.get_workflow_handle("sweep-1").fetch_history()

    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.message == f"{CANARY} refusal"
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.message == f"{CANARY} workflow-failure"
    assert {payload.metadata["habeas-key"] for payload in sealed_in(history)} == {b"engine"}
    assert b"Encoded failure" in kept_by(database)
    assert CANARY.encode() not in kept_by(database)


async def test_once_its_key_is_destroyed_nobody_reads_a_history(tmp_path: Path, keys: KeyRing) -> None:
    """The engine keeps a closed history for days; from the moment its request is forgotten, it is noise."""
    async with engine(tmp_path / "temporal.db", keys) as client:
        handle = await started(client, keys, "c3")
        await handle.execute_update(Asking.ask, Said(text="done"))
        await handle.result()
        history = await handle.fetch_history()

        await keys.destroy("request-c3")

        with pytest.raises(KeyDestroyed):
            await handle.result()
    beginning = await shown(keys, payloads_in(history.events[0]))
    assert CANARY not in beginning
    assert "forgotten: the key of request-c3 was destroyed" in beginning


async def test_what_somebody_sends_in_clear_is_not_acted_upon(tmp_path: Path, keys: KeyRing) -> None:
    """A start without our seal, though well-formed, stays undone; and this test's search does find what is in clear."""
    database = tmp_path / "temporal.db"
    await keys.create("request-d4")

    async with engine(database, keys) as client:
        config = client.config()
        config["data_converter"] = pydantic_data_converter
        stranger = Client(**config)
        handle = await stranger.start_workflow(
            Failing.run, Said(text=f"{CANARY} forged"), id="request-d4", task_queue=QUEUE
        )
        kinds: list[int] = []
        while EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds:
            await asyncio.sleep(0.05)
            kinds = [event.event_type async for event in handle.fetch_history_events()]

    assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED not in kinds
    assert CANARY.encode() in kept_by(database)
