"""What the application needs of a door that speaks another protocol than ours."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web
from pydantic import BaseModel

from web.problems import Problem


@dataclass(frozen=True)
class Described:
    """A part of the interface, as `/openapi.json` shows it."""

    paths: dict[str, Any]
    takes: tuple[type[BaseModel], ...] = ()
    """The models that read what comes in; their schemas are named like them."""
    gives: tuple[type[BaseModel], ...] = ()
    """The models that write what goes out."""
    security: dict[str, Any] = field(default_factory=dict)
    """Security schemes by name."""
    webhooks: dict[str, Any] = field(default_factory=dict)
    """What we call at the partner's."""


class Door(Protocol):
    """Routes of its own, and its own form for what goes wrong there."""

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""

    def described(self) -> Described:
        """The same, for whoever writes a client."""

    def is_here(self, path: str) -> bool:
        """Whether a path is this door's."""

    def problem(self, problem: Problem) -> web.Response:
        """A problem, as this protocol writes it."""
