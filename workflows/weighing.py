"""Holding what a person told against what systems hold: beside the story, as long as it can still prove anything."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from temporalio import workflow

from workflows import steps
from workflows.declaration import kept
from workflows.points import Points

with workflow.unsafe.imports_passed_through():
    from activities.proof_points import Given, ProofPoints, Settle, Weigh
    from dsar.identity import Identity

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest


class Weighing:
    """What one request compares."""

    def __init__(self, request: "RightsRequest", points: Points, failed: Callable[[], None]) -> None:
        self._request = request
        self._failed = failed
        self._case = request.case
        self._points = points
        self._comparing: dict[int, asyncio.Task[None]] = {}
        self._closed = False

    def begin(self, given: Given, number: int, identity: Identity) -> None:
        """Compare what was told, the `number`th time."""
        if self._closed or self._points.enough:
            self._request.beside.go(self._settle(given))
        else:
            self._comparing[number] = self._request.beside.go(self._weigh(given, number, identity))

    def close(self) -> None:
        """Nothing more can be proved: what is not compared yet is forgotten."""
        self._closed = True
        for task in self._comparing.values():
            task.cancel()

    async def _weigh(self, given: Given, number: int, identity: Identity) -> None:
        order = self._order(given, identity)
        try:
            weighed = await steps.in_system(ProofPoints.weigh, order, "Compare what was told with what is held")
        except asyncio.CancelledError:
            await self._settle(given)
            raise
        finally:
            self._comparing.pop(number, None)
        keep = ""
        if not self._points.enough_with(given, weighed.points):
            await self._request.record(f"points:{number}:weighed", "proof failed")
        elif given.declared:
            keep = await kept(self._case)
        await self._settle(given, keep)  # the evidence first: what is counted lets the story go on
        self._points.count_in(given, weighed.points)
        if self._points.used_up and not self._comparing:
            self._failed()

    async def _settle(self, given: Given, keep: str = "") -> None:
        """Forget what was told; a declaration is kept where it counted."""
        order = Settle(request_id=self._case.request_id, given=given.id, keep=keep)
        await steps.inside(ProofPoints.settle, order, "Forget what was told")

    def _order(self, given: Given, identity: Identity) -> Weigh:
        return Weigh(
            request_id=self._case.request_id,
            given=given,
            identity=Identity(identifiers=tuple(i for i in identity.identifiers if i.proven)),
            asks=self._points.asks,
            needed=self._case.proof.beyond_code,
            policy=self._case.policy,
            systems=tuple(system.name for system in self._case.systems),
        )
