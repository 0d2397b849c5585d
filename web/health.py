"""For whoever runs this: is the process up, and does what it stands on answer?"""

from aiohttp import web

from web.bodies import Health
from web.desk import WebDesk


class HealthChecks:
    """`/healthz` and `/readyz`."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get("/healthz", self.up), web.get("/readyz", self.ready)]

    async def up(self, _: web.Request) -> web.Response:
        """The process answers."""
        return web.Response(text=Health().model_dump_json(), content_type="application/json")

    async def ready(self, _: web.Request) -> web.Response:
        """200 while requests can be kept: with the engine down they are, and are started later. Otherwise 503."""
        readiness = await self._desk.ready()
        status = 200 if readiness.ledger and readiness.vault else 503
        return web.Response(status=status, text=readiness.model_dump_json(), content_type="application/json")
