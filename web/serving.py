"""Serving the application on a port, with logs that hold no text of a sender."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from web.access_log import AccessLog

log = structlog.get_logger()

STOP_SECONDS = 20.0
"""How long downloads may go on when the process is told to stop."""


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the context lasts; gives the port, which the system chooses where 0 is given."""
    runner = web.AppRunner(
        app, access_log_class=AccessLog, logger=_quiet_logger(), shutdown_timeout=STOP_SECONDS, auto_decompress=False
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        chosen: int = runner.addresses[0][1]
        log.info("web ready", host=host, port=chosen)
        yield chosen
    finally:
        await runner.cleanup()


async def serve(app: web.Application, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with serving(app, host, port):
        await stop.wait()


class _TypesOnly(logging.Filter):
    """aiohttp logs malformed requests with the exception that quotes them; its type says enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            record.msg, record.args = "request not answered: %s", (type(record.exc_info[1]).__name__,)
            record.exc_info = record.exc_text = None
        return True


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger(__name__)
    if not any(isinstance(each, _TypesOnly) for each in logger.filters):
        logger.addFilter(_TypesOnly())
    return logger
