"""Who sends much waits a little for each, and so does what many send about one; nothing is ever turned away for it."""

import asyncio
import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from aiohttp import web

EVERY_SECONDS = 2.0
"""How often without waiting, once the first few are used up: by one address, or about one person or request."""
AT_ONCE = 10
"""So many without any wait: a household, an office, somebody who mistypes a code."""
LONGEST_SECONDS = 10.0
"""Nobody waits longer: browsers and proxies give up after half a minute."""
REMEMBERED = 10_000


class Pace:
    """Delays forms by their sender's address and by what they are about, by what came before, and takes all of them.

    Args:
        clock: seconds, going up.
        sleep: waits so many.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def keep(self, request: web.Request, about: str = "") -> None:
        """Wait for the turn of this address, and of what this is about, ten seconds at most.

        `about`: an address that a code goes to, or a request; kept as a hash, in this process only.
        """
        await self._turn(sender(request), *([_hashed(about)] if about else []))

    async def keep_about(self, about: str) -> None:
        """The same where one address speaks for many people: a site's own server."""
        await self._turn(_hashed(about))

    async def _turn(self, *keys: str) -> None:
        if (wait := max(self._wait(key) for key in keys)) > 0:
            await self._sleep(wait)

    def _wait(self, key: str) -> float:
        """How long; the virtual schedule of a leaky bucket (GCRA)."""
        now, burst = self._clock(), AT_ONCE * EVERY_SECONDS
        planned = max(self._free_at.pop(key, now), now)
        wait = min(max(0.0, planned - burst - now + EVERY_SECONDS), LONGEST_SECONDS)
        self._free_at[key] = min(planned + EVERY_SECONDS, now + burst + LONGEST_SECONDS)
        while len(self._free_at) > REMEMBERED:
            self._free_at.popitem(last=False)
        return wait


def _hashed(about: str) -> str:
    return hashlib.sha256(about.strip().lower().encode(errors="replace")).hexdigest()


def sender(request: web.Request) -> str:
    """Who sends, as far as it can be known: a proxy of our own network says it; an IPv6 network counts as one."""
    address = _address(request.remote or "")
    if address is None or address.is_private:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        address = _address(told) or address
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
