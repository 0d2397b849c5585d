"""One time for everything: wherever the product asks what time it is, it gets the engine's."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.empty_pb2 import Empty
from temporalio import activity, client, workflow
from temporalio.api.common.v1 import Payload
from temporalio.api.testservice.v1 import SleepRequest, UnlockTimeSkippingRequest
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

HEADER = "simulated-now"

_working_at: ContextVar[datetime | None] = ContextVar("working_at", default=None)


class Now:
    """The clock that ledger, desk and systems are given.

    Within an activity it is the moment at which the engine scheduled it; otherwise the moment that the year has
    reached. The engine skips from timer to timer while nobody looks, so its time cannot be asked for beforehand.
    """

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return _working_at.get() or self.moment


class Skipped:
    """The time of the engine, which stands still unless it is told to pass."""

    def __init__(self, connection: client.Client) -> None:
        self._engine = connection.test_service

    async def moment(self) -> datetime:
        """What time it is there."""
        return (await self._engine.get_current_time(Empty())).time.ToDatetime(UTC)

    async def passes(self, duration: timedelta) -> None:
        """Let time pass: what is due meanwhile happens, and is waited for, before it goes on."""
        request = SleepRequest()
        request.duration.FromTimedelta(duration)
        await self._engine.unlock_time_skipping_with_sleep(request)

    async def goes_on(self) -> None:
        """Undo one halt that nobody else will undo."""
        await self._engine.unlock_time_skipping(UnlockTimeSkippingRequest())


class Timekeeper(client.Interceptor, Interceptor):
    """Tells every activity what time it is in the engine. A local one is told by its saga: the engine never sees it."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002
        return _Saga

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Work(next)


class _Saga(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Stamping(outbound))


class _Stamping(WorkflowOutboundInterceptor):
    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        stamp = Payload(data=workflow.now().isoformat().encode())
        input.headers = {**input.headers, HEADER: stamp}
        return super().start_local_activity(input)


class _Work(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        stamp = input.headers.get(HEADER)
        moment = datetime.fromisoformat(stamp.data.decode()) if stamp else _scheduled()
        with _at(moment):
            return await super().execute_activity(input)


def _scheduled() -> datetime:
    return activity.info().current_attempt_scheduled_time.astimezone(UTC)


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    token = _working_at.set(moment)
    try:
        yield
    finally:
        _working_at.reset(token)
