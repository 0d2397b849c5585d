"""What people say to a running saga, and what it answers; a refusal of its own is a `Refused`, silence an outage."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.workflow import UpdateMethodMultiParam

from intake.engine import Engine, EngineDown
from intake.refusals import NotFound, Refused
from ledger.ledger import Ledger
from ledger.requests import RequestRow
from vault.keys import KeyDestroyed

R = TypeVar("R")
OrderT = TypeVar("OrderT")

OVER = "this is not running: it is over, or not started yet"


class Sagas:
    """The requests' sagas, by the id of the request."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine = engine
        self._ledger = ledger

    async def row(self, request_id: str) -> RequestRow:
        """What the ledger knows of a request: no personal data, and still there when the saga is long over.

        Raises:
            NotFound: there is no such request.
        """
        row = await self._ledger.requests.get(request_id)
        if row is None:
            raise NotFound(f"there is no request {request_id}")
        return row

    async def tell(
        self,
        request_id: str,
        update: UpdateMethodMultiParam[[Any, OrderT], R],
        order: OrderT,
        once: str | None = None,
    ) -> R:
        """Have a saga take an order; what it answers. `once` tells a repetition from another order.

        Raises:
            NotFound: there is no such request.
            Refused: it does not take it, or is not running. The text says why.
            EngineDown: nobody knows.
        """
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await said(handle.execute_update(update, order, id=once))

    async def have(self, request_id: str, update: UpdateMethodMultiParam[[Any], R]) -> R:
        """Have a saga do what needs no more words. Raises as `tell` does."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await said(handle.execute_update(update))

    async def ask(self, request_id: str, query: Callable[[Any], R]) -> R:
        """Ask a saga something. Raises as `tell` does."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await said(handle.query(query))


async def said(call: Awaitable[R]) -> R:
    """What a workflow answers. Raises as `Sagas.tell` does."""
    try:
        return await call
    except WorkflowUpdateFailedError as error:
        if isinstance(error.cause, ApplicationError):
            raise Refused(error.cause.message) from None
        raise
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            raise Refused(OVER) from None
        raise EngineDown from None
    except (RPCTimeoutOrCancelledError, WorkflowQueryFailedError):
        raise EngineDown from None
    except KeyDestroyed:
        raise Refused("this is over, and all that it held is forgotten") from None
