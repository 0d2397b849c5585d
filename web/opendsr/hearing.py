"""Where processors tell us what changed: signed, by whom systems.toml names, and about nothing but that it changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from aiohttp import web
from pydantic import ValidationError

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.opendsr_answers import StatusCallback
from connectors.opendsr_config import CALLBACKS, OpenDsrConfig
from connectors.opendsr_processor import Processor
from connectors.opendsr_proof import NotTheirWord, Proof
from web import problems
from web.doors import Described
from web.opendsr import errors
from web.opendsr.hearing_described import described
from web.problems import Problem
from web.reading import read

log = structlog.get_logger()

CALLBACK = CALLBACKS + "{system}"

GATHER_SECONDS = 1.0
"""Callbacks that come together are one look."""

LookAgain = Callable[[str], Awaitable[int]]
"""Has those who wait for a system look there; how many."""


class Hearing:
    """Takes callbacks.

    Args:
        processors: by the names of their entries, whose word is believed, and the address that they were given.
        look_again: what a callback leads to. What it says is not taken for true: the processor is asked.
    """

    def __init__(
        self, processors: Mapping[str, tuple[str, Proof]], look_again: LookAgain, gather: float = GATHER_SECONDS
    ) -> None:
        self._processors = processors
        self._look_again = look_again
        self._gather = gather
        self._gathering: dict[str, asyncio.Task[int]] = {}

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.post(CALLBACK, self.hear)]

    def described(self) -> Described:
        """The same, for whoever writes a processor."""
        return described(CALLBACK)

    def is_here(self, path: str) -> bool:
        """Whether a path is this door's."""
        return path.startswith(CALLBACKS)

    def problem(self, problem: Problem) -> web.Response:
        """A problem in the protocol's own form. Not signed: here we are the controller."""
        return web.json_response(errors.content(problem), status=problem.kind.status, headers=problem.headers)

    async def hear(self, request: web.Request) -> web.Response:
        """A processor says that something changed. 202 once those who wait for it were told."""
        system = request.match_info["system"]
        if system not in self._processors:
            raise Problem(problems.NOT_FOUND)
        url, proof = self._processors[system]
        body = await read(request)
        await _check(system, proof, request, body)
        if _told(body).status_callback_url != url:
            raise Problem(errors.ELSEWHERE)
        told = await self._looked(system)
        log.info("a processor called", system=system, told=told)
        return web.json_response({}, status=202)

    async def _looked(self, system: str) -> int:
        if system not in self._gathering:
            self._gathering[system] = asyncio.create_task(self._look(system))
        return await asyncio.shield(self._gathering[system])

    async def _look(self, system: str) -> int:
        await asyncio.sleep(self._gather)
        del self._gathering[system]  # who comes from now on may know more than is looked at now
        return await self._look_again(system)


@asynccontextmanager
async def hearing(
    entries: Mapping[str, SystemConfig], look_again: LookAgain, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[list[Hearing]]:
    """The door for the processors that were told to call; none, where none was."""
    calling = {n: e for n, e in entries.items() if isinstance(e, OpenDsrConfig) and e.callback_url}
    processors = {name: Processor(entry, now) for name, entry in calling.items()}
    listening = {name: (calling[name].callback_url or "", each.proof) for name, each in processors.items()}
    try:
        yield [Hearing(listening, look_again)] if listening else []
    finally:
        for each in processors.values():
            await each.close()


async def _check(system: str, proof: Proof, request: web.Request, body: bytes) -> None:
    """Return only if it is the processor's own word."""
    try:
        await proof.check(request.headers, body)
    except NotTheirWord:
        raise Problem(errors.NOT_THEIRS) from None
    except NeedsPerson as error:
        log.warning("a processor is not believed", system=system, why=error.why)
        raise Problem(errors.NOT_THEIRS) from None
    except TryLater:
        raise Problem(errors.UNCHECKED) from None


def _told(body: bytes) -> StatusCallback:
    try:
        return StatusCallback.model_validate_json(body)
    except ValidationError:
        raise Problem(errors.INVALID, "The body is not a status as the specification has it (8.6).") from None
