"""Tells partners what changed: from the ledger, until they heard it, and only where it was agreed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Protocol

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from ledger.callbacks import Callback, Callbacks
from ledger.partners import PartnerRequest, Partners
from web.failures import place, watched

log = structlog.get_logger()

EVERY_SECONDS = 5.0

_TIMEOUT = ClientTimeout(total=20)


@dataclass(frozen=True)
class Notice:
    """What a partner is told."""

    word: str
    """The state, by which a change is known: what has the same word is no news."""
    final: bool
    body: bytes
    headers: Mapping[str, str]


class Caller(Protocol):
    """A protocol that calls back."""

    prefix: str
    """How the names of its partners begin in the ledger."""

    def may_call(self, partner: str, url: str) -> bool:
        """Whether the settings still allow it."""

    async def notice(self, asked: PartnerRequest, url: str) -> Notice:
        """Where a request stands, as it is told."""


class CallingBack:
    """Looks for changes and tells them, as long as the web process runs.

    Args:
        callers: the protocols that are served.
        tls: whom to trust; `None`: whom this machine trusts.
        every: seconds between two looks.
    """

    def __init__(
        self,
        callbacks: Callbacks,
        partners: Partners,
        *callers: Caller,
        tls: SSLContext | None = None,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._callbacks = callbacks
        self._partners = partners
        self._callers = callers
        self._tls = tls
        self._every = every

    async def context(self, _: web.Application) -> AsyncIterator[None]:
        """Runs beside the application."""
        async with ClientSession(timeout=_TIMEOUT) as session:
            task = asyncio.create_task(self._for_ever(session))
            yield
            task.cancel()
            await asyncio.wait([task])

    async def round(self, session: ClientSession) -> int:
        """Tell what is due; how many were told. One that fails holds up no other."""
        told = 0
        for callback in await self._callbacks.due():
            if await self._callbacks.take(callback):
                try:
                    told += await self._tell(session, callback)
                except Exception as error:  # noqa: BLE001 - it comes again when its lease is over
                    log.warning("a partner was not called back", partner=callback.partner, error=place(error))
        return told

    async def _for_ever(self, session: ClientSession) -> None:
        while True:
            await watched(lambda: self.round(session), "partners were not all called back")
            await asyncio.sleep(self._every)

    async def _tell(self, session: ClientSession, callback: Callback) -> bool:
        caller = next((each for each in self._callers if callback.partner.startswith(each.prefix)), None)
        asked = await self._partners.get(callback.partner, callback.ref)
        if caller is None or asked is None or not caller.may_call(callback.partner, callback.url):
            log.warning("a callback is no longer allowed", partner=callback.partner)
            await self._callbacks.postpone(callback)
            return False
        notice = await caller.notice(asked, callback.url)
        if notice.word == callback.told:
            await self._callbacks.settle(callback, notice.word, final=notice.final)
            return False
        if await self._heard(session, callback.url, notice):
            await self._callbacks.settle(callback, notice.word, final=notice.final)
            return True
        if not await self._callbacks.postpone(callback):
            log.error("a partner was not reached, and is not called again", partner=callback.partner, ref=callback.ref)
        return False

    async def _heard(self, session: ClientSession, url: str, notice: Notice) -> bool:
        """Whether the partner took it. What it says beyond that is not read, and it leads nowhere else."""
        try:
            async with session.post(
                url,
                data=notice.body,
                headers={"Content-Type": "application/json", **notice.headers},
                allow_redirects=False,
                ssl=self._tls or True,
            ) as response:
                return 200 <= response.status < 300
        except (ClientError, TimeoutError, OSError):
            return False
