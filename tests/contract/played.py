"""A stand-in that a rig plays with: everything said is kept, and from outside it is read, replaced and broken."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from standins.serving import serving
from tests.contract.rig import Fault


class Played:
    """What the rigs over stand-ins have in common; 529, which few vendors send, is impossible unless a rig sends it."""

    impossible: ClassVar[frozenset[str]] = frozenset({Fault.OVERLOADED_529})
    _pending: dict[str, Any] | None = None

    @asynccontextmanager
    async def playing(self, application: web.Application) -> AsyncIterator[str]:
        """Serve the stand-in; its address."""
        async with serving(application) as address, aiohttp.ClientSession(address) as self.control:
            yield address

    async def fault(self, kind: str, times: int = 1) -> None:
        """Break the next answers."""
        if kind in self.impossible:
            raise NotImplementedError(kind)
        async with self.control.post("/_control/faults", json={"kind": kind, "times": times}) as answer:
            answer.raise_for_status()

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """What is seeded meanwhile arrives together at the end: one by one, the whole state would travel each time."""
        self._pending = await self.state()
        try:
            yield
        finally:
            pending, self._pending = self._pending, None
            await self.put(pending)

    async def state(self) -> dict[str, Any]:
        """All that the stand-in holds."""
        if self._pending is not None:
            return self._pending
        async with self.control.get("/_control/state") as answer:
            state: dict[str, Any] = await answer.json()
        return state

    async def put(self, state: dict[str, Any]) -> None:
        """Replace what the stand-in holds."""
        if self._pending is not None:
            self._pending = state
            return
        body = io.BytesIO(json.dumps(state).encode())
        headers = {"Content-Type": "application/json"}
        async with self.control.put("/_control/state", data=body, headers=headers) as answer:
            answer.raise_for_status()

    async def calls(self) -> list[dict[str, str]]:
        """What the connector asked for, oldest first."""
        async with self.control.get("/_control/calls") as answer:
            calls: list[dict[str, str]] = await answer.json()
        return calls
