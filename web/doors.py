"""What the application needs of a door that speaks another protocol than ours."""

from typing import Protocol

from aiohttp import web

from web.problems import Problem


class Door(Protocol):
    """Routes of its own, and its own form for what goes wrong there."""

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""

    def is_here(self, path: str) -> bool:
        """Whether a path is this door's."""

    def problem(self, problem: Problem) -> web.Response:
        """A problem, as this protocol writes it."""
