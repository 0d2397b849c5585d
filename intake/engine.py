"""The way to the engine, which may be down: a request is kept first and started when it can be."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from temporalio.client import Client, WorkflowHandle
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from dsar.case import Case, State, TaskState
from dsar.clock_sheet import ClockSheet
from dsar.mail_note import MailQuestionStart
from dsar.policy import Demand
from dsar.undelivered import LetterBack
from dsar.zones import end_of_day
from vault.keys import KeyDestroyed
from workflows.attributes import DUE, REGIME, RIGHT, STATE
from workflows.mail_question import MailQuestion
from workflows.retention_hold import RetentionHold
from workflows.retention_sweep import RetentionSweep
from workflows.rights_request import Closed, RightsRequest
from workflows.sweep_report import Report

log = structlog.get_logger()

WorkflowT = TypeVar("WorkflowT")
StartT = TypeVar("StartT")

START_SECONDS = 5
"""What the engine may take to start a saga: a webhook's sender waits so long, and what is kept is started later."""


class EngineDown(Exception):
    """The engine cannot be reached now. What was given an id is kept, and started when it is back."""


class Engine:
    """Starts requests and finds them again; connects when it is first needed, and again after an outage."""

    def __init__(self, connect: Callable[[], Awaitable[Client]], task_queue: str) -> None:
        self._connect = connect
        self._task_queue = task_queue
        self._client: Client | None = None

    async def start(self, case: Case) -> None:
        """Start a request's saga; one that runs already, or ran, is left alone.

        Raises:
            EngineDown: it cannot be reached.
        """
        summary = f"{case.right} ({case.clock.regime}), answer by {case.clock.answer.safe}"
        await self._start(RightsRequest.run, case, case.request_id, summary, _attributes(case.clock, case.proof))

    async def request(self, request_id: str) -> WorkflowHandle[RightsRequest, Closed]:
        """The handle of a request's saga."""
        client = await self._connected()
        return client.get_workflow_handle_for(RightsRequest.run, request_id)

    async def sweep(self, sweep_id: str) -> WorkflowHandle[RetentionSweep, Report]:
        """The handle of a sweep."""
        client = await self._connected()
        return client.get_workflow_handle_for(RetentionSweep.run, sweep_id)

    async def ask_about_mail(self, start: MailQuestionStart) -> None:
        """Start the question about a mail; one that runs already, or ran, is left alone.

        Raises:
            EngineDown: it cannot be reached.
        """
        await self._start(MailQuestion.run, start, start.mail_id, f"a mail to read ({start.purpose}), by {start.due}")

    async def letter_back(self, request_id: str, back: LetterBack) -> bool:
        """Tell a request's saga of a letter that did not arrive; whether it still runs.

        Raises:
            EngineDown: it cannot be reached.
        """
        saga = await self.request(request_id)
        try:
            await saga.signal(RightsRequest.letter_back, back)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            log.warning("the engine did not take a signal", workflow=request_id, status=error.status.name)
            raise EngineDown from None
        except KeyDestroyed:  # over, and forgotten
            return False
        return True

    async def hold(self, hold_id: str) -> WorkflowHandle[RetentionHold, int]:
        """The handle of a hold."""
        client = await self._connected()
        return client.get_workflow_handle_for(RetentionHold.run, hold_id)

    async def mail(self, mail_id: str) -> WorkflowHandle[MailQuestion, TaskState]:
        """The handle of the question about a mail."""
        client = await self._connected()
        return client.get_workflow_handle_for(MailQuestion.run, mail_id)

    async def check(self) -> None:
        """Ask whether it is there.

        Raises:
            EngineDown: it is not.
        """
        client = await self._connected()
        try:
            await client.service_client.check_health(timeout=timedelta(seconds=2))
        except RPCError:
            raise EngineDown from None

    async def _start(
        self,
        run: Callable[[WorkflowT, StartT], Awaitable[object]],
        start: StartT,
        workflow_id: str,
        summary: str,
        attributes: TypedSearchAttributes = TypedSearchAttributes.empty,
    ) -> None:
        client = await self._connected()
        try:
            await client.start_workflow(
                run,
                start,
                id=workflow_id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes,
                static_summary=summary,
                rpc_timeout=timedelta(seconds=START_SECONDS),
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            log.warning("the engine did not take a workflow", workflow=workflow_id, status=error.status.name)
            raise EngineDown from None

    async def _connected(self) -> Client:
        if self._client is None:
            try:
                self._client = await self._connect()
            except (RPCError, RuntimeError, OSError):
                raise EngineDown from None
        return self._client


def _attributes(clock: ClockSheet, proof: Demand) -> TypedSearchAttributes:
    """What needs proof waits for it from the start, with the letter that asks for it."""
    state = State.RECEIVED if proof is Demand.NONE else State.AWAITING_PROOF
    due = end_of_day(clock.answer.due, clock.zones)
    return TypedSearchAttributes(
        [
            SearchAttributePair(STATE, state),
            SearchAttributePair(RIGHT, clock.right),
            SearchAttributePair(REGIME, clock.regime),
            SearchAttributePair(DUE, due),
        ]
    )
