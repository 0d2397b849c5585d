"""A system says by itself that something changed there: whoever waits for what it promised looks at once."""

import structlog
from temporalio.service import RPCError, RPCStatusCode

from intake.engine import Engine, EngineDown
from ledger.requests import Requests
from workflows.rights_request import RightsRequest

log = structlog.get_logger()


class LookingAgain:
    """Tells the sagas. Which of them it concerns, only the system knows, by an id that is sealed with the request."""

    def __init__(self, engine: Engine, requests: Requests) -> None:
        self._engine = engine
        self._requests = requests

    async def in_system(self, system: str) -> int:
        """Have every request that erased there, and is not forgotten yet, look there again; how many were told.

        To look does no harm: a request for which nothing changed goes on waiting.

        Raises:
            EngineDown: not all were told.
        """
        told = 0
        for request_id in await self._requests.having(f"erase:{system}"):
            told += await self._tell(request_id, system)
        return told

    async def _tell(self, request_id: str, system: str) -> bool:
        saga = await self._engine.request(request_id)
        try:
            await saga.signal(RightsRequest.look_again, system)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:  # over: nobody waits any more
                return False
            log.warning("the engine did not take a signal", workflow=request_id, status=error.status.name)
            raise EngineDown from None
        return True
