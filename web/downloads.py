"""Downloads: a link, a passphrase, one package, once. Looking at a link changes nothing and tells nothing."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import structlog
from aiohttp import hdrs, web

from ledger.links import Expired, Granted, Locked, Ready, Unknown, Used, WrongPassphrase
from web import pages
from web.desk import WebDesk
from web.failures import place
from web.pages import Page, Pages
from web.person.pace import Pace
from web.problems import UNSUPPORTED, Problem
from web.reading import read

log = structlog.get_logger()

FOLDER = "/v1/downloads/"
_FORM_BYTES = 4 * 1024
_FORM = "application/x-www-form-urlencoded"


class Downloads:
    """The page behind a link, and what its form is answered with."""

    def __init__(self, desk: WebDesk, paper: Pages, pace: Pace | None = None) -> None:
        self._desk = desk
        self._paper = paper
        self._pace = pace or Pace()

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [web.get(FOLDER + "{token}", self.show), web.post(FOLDER + "{token}", self.collect)]

    async def show(self, request: web.Request) -> web.Response:
        """Ask for the passphrase; mail scanners and previews may come here as often as they like."""
        return self._paper.render(_page(await self._desk.look(request.match_info["token"])))

    async def collect(self, request: web.Request) -> web.StreamResponse:
        """Use the link up and stream the package, or say why not."""
        passphrase = await _passphrase(request)
        if not passphrase:
            return self._paper.render(pages.asking_again("Please enter the passphrase.", 422))
        await self._pace.keep(request, request.match_info["token"])
        use = await self._desk.collect(request.match_info["token"], passphrase)
        if isinstance(use, Granted):
            return await self._stream(request, use.request_id, use.name)
        return self._paper.render(_page(use))

    async def _stream(self, request: web.Request, request_id: str, name: str) -> web.StreamResponse:
        blocks = self._desk.package(request_id, name)
        try:
            first = await anext(blocks, b"")
        except Exception as error:  # noqa: BLE001 - whatever it was, the link is used up and the person is told so
            log.warning("a download could not begin", request_id=request_id, error=place(error))
            return self._paper.render(pages.NOT_BEGUN)
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "application/zip",
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="your-data-{request_id}.zip"',
            }
        )
        await response.prepare(request)
        try:
            await _pass_on(first, blocks, response)
        except Exception as error:  # noqa: BLE001 - the headers are out: only breaking off tells that it is not whole
            log.warning("a download broke off", request_id=request_id, error=place(error))
            if request.transport:
                request.transport.abort()
        return response


def _page(link: Ready | WrongPassphrase | Locked | Expired | Used | Unknown) -> Page:
    match link:
        case Ready():
            return pages.ASK
        case WrongPassphrase(attempts_left=left):
            return pages.wrong(left)
        case Locked():
            return pages.LOCKED
        case Expired():
            return pages.EXPIRED
        case Used():
            return pages.USED
        case Unknown():
            return pages.UNKNOWN


async def _pass_on(first: bytes, blocks: AsyncIterator[bytes], response: web.StreamResponse) -> None:
    """One block at a time; a slow reader slows the vault down, and fills no memory."""
    await response.write(first)
    async for block in blocks:
        await response.write(block)
    await response.write_eof()


async def _passphrase(request: web.Request) -> str:
    if request.content_type != _FORM:
        raise Problem(UNSUPPORTED, "Use the form on this page.")
    form = parse_qs((await read(request, _FORM_BYTES)).decode("utf-8", "replace"))
    return form.get("passphrase", [""])[0].strip()
