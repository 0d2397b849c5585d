"""The web process as one application, from what it is given: it reads no settings and builds nothing real."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web

from dsar.policy import Controller, Policy
from web import problems
from web.callbacks import CallingBack
from web.codec import Codec, CodecEndpoint
from web.desk import WebDesk
from web.doors import Door
from web.downloads import FOLDER, Downloads
from web.failures import answering, watched
from web.headers import secure
from web.health import HealthChecks
from web.openapi import ApiDescription
from web.pages import Pages
from web.person.pace import Pace
from web.person.pages import PersonPages, is_here
from web.problems import Problem
from web.requests import Requests
from web.signatures import Signatures

DISPATCH_SECONDS = 5.0
PATIENCE_SECONDS = 10.0


def build(
    desk: WebDesk,
    *,
    controller: Controller,
    public_url: str,
    webhook_secrets: Sequence[str],
    codec: Codec | None = None,
    policy: Policy | None = None,
    form_key: bytes | None = None,
    doors: Sequence[Door] = (),
    calling_back: CallingBack | None = None,
    dispatch_every: float = DISPATCH_SECONDS,
    patience: float = PATIENCE_SECONDS,
    pace: Pace | None = None,
) -> web.Application:
    """The application.

    Args:
        desk: takes requests in.
        controller: whose name and contact the pages show.
        public_url: where people reach this server; with `https`, browsers are told to stay there.
        webhook_secrets: `whsec_...`, several while one is replaced by another; none: nobody can hand a request in.
        codec: opens payloads for the engine's UI; `None`: not served.
        policy: whose rights the pages for people offer; `None`: these pages are not served.
        form_key: 32 bytes for their forms, the same in every web process; `None`: this one makes its own.
        doors: further protocols by which requests come in.
        calling_back: tells partners what changed.
        dispatch_every: seconds between two looks for requests that were kept while the engine was down.
        patience: seconds that the engine may take for an answer.
        pace: delays who sends many forms, or tries many codes, whichever door they come by.
    """
    paper = Pages(controller)
    pace = pace or Pace()
    https = public_url.startswith("https:")
    person = PersonPages(desk, policy, https=https, key=form_key, patience=patience, pace=pace) if policy else None

    others = [*([person.described()] if person else []), *(door.described() for door in doors)]

    def render(request: web.Request, problem: Problem) -> web.Response:
        for door in doors:
            if door.is_here(request.path):
                return door.problem(problem)
        if person and is_here(request.path):
            return person.problem(request, problem)
        if request.path.startswith(FOLDER):
            return paper.problem(problem)
        return problems.document(problem)

    app = web.Application(middlewares=[answering(render)])
    secure(app, https=https)
    app.add_routes(
        [
            *Requests(desk, Signatures(webhook_secrets), public_url, patience, pace).routes(),
            *Downloads(desk, paper).routes(),
            *(person.routes() if person else ()),
            *(route for door in doors for route in door.routes()),
            *HealthChecks(desk).routes(),
            *(CodecEndpoint(codec).routes() if codec else ()),
            *ApiDescription(public_url, paper, codec=codec is not None, others=others).routes(),
        ]
    )
    app.cleanup_ctx.append(_dispatching(desk, dispatch_every))
    if calling_back:
        app.cleanup_ctx.append(calling_back.context)
    return app


def _dispatching(desk: WebDesk, every: float) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_dispatch_for_ever(desk, every))
        yield
        task.cancel()
        await asyncio.wait([task])

    return context


async def _dispatch_for_ever(desk: WebDesk, every: float) -> None:
    while True:
        await watched(desk.dispatch, "kept requests were not all started")
        await asyncio.sleep(every)
