"""Whether something is a processor's word: its domain, its certificate and who issued that, its signature."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from connectors.connector import NeedsPerson, TryLater
from connectors.http import Http
from connectors.opendsr_answers import Address
from connectors.opendsr_config import OpenDsrConfig
from connectors.opendsr_signing import DOMAIN, SIGNATURE, BadCertificate, authorities, holds, trusted

DISCOVERY = "/discovery"

KEPT = timedelta(hours=1)
"""How long a certificate is used before it is fetched again."""

FRESH = timedelta(minutes=1)
"""One under which something does not hold is fetched again, as it may be new, if it is not as fresh as this: whoever
sends us nonsense does not make us call the processor each time."""

MAX_CERTIFICATE = 1 << 18


class NotTheirWord(Exception):
    """It is not the processor's, or was changed on its way. Says which of the two it looks like, and nothing of it."""


class Proof:
    """Checks what one processor says."""

    def __init__(self, config: OpenDsrConfig, http: Http, now: Callable[[], datetime]) -> None:
        self._config = config
        self._http = http
        self._without_token = Http(config)
        self._now = now
        self._bundle = config.trusted_ca.read_text(encoding="utf-8") if config.trusted_ca else None
        self._roots: list[x509.Certificate] = []
        self._fetching = asyncio.Lock()
        self._kept: tuple[str, datetime] | None = None

    async def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Return only if these bytes are the processor's.

        Raises:
            NotTheirWord: they are not.
            NeedsPerson: its certificate is not to be trusted.
            TryLater: its certificate cannot be fetched now.
        """
        if headers.get(DOMAIN, "") != self._config.processor_domain:
            raise NotTheirWord(f"is signed for another domain than {self._config.processor_domain}")
        signature = headers.get(SIGNATURE, "")
        if not signature:
            raise NotTheirWord("is not signed")
        for allowed in (KEPT, FRESH):
            certificate = await self._certificate(allowed)
            if self._holds(certificate, body, signature):
                return
        raise NotTheirWord("has a signature that does not hold")

    def way_to(self, url: str) -> Http:
        """How to reach an address that the processor named, if it is its own: the token goes to `base_url` only.

        Raises:
            NeedsPerson: it leads elsewhere: a person's data do not go by way of others.
        """
        home = urlsplit(self._config.base_url)
        if url.isascii() and url.isprintable() and not set(url) & set(" #\\"):
            scheme, _, rest = url.partition("://")
            host = rest.partition("/")[0].partition("?")[0]
            if (scheme, host) == (home.scheme, home.netloc):
                return self._http
            if (scheme, host) == ("https", self._config.processor_domain):
                return self._without_token
        raise self._distrusted("names an address that is not its own")

    def broken(self, why: NotTheirWord) -> NeedsPerson:
        """What a person is told when an answer is not the processor's word."""
        return self._distrusted(f"gave an answer that {why}")

    async def close(self) -> None:
        """Close the connections that are this one's own."""
        await self._without_token.close()

    async def _certificate(self, allowed: timedelta) -> str:
        """The processor's certificate, at most so old."""
        async with self._fetching:
            if self._kept is None or self._kept[1] <= self._now() - allowed:
                self._kept = await self._fetched(), self._now()
            return self._kept[0]

    async def _fetched(self) -> str:
        """The processor's certificate, from where its discovery says; of that, nothing else is read here."""
        address = (await self._http.request("GET", DISCOVERY)).read(Address)
        url = address.processor_certificate
        # A fragment is not sent: it names the address in what is logged of it.
        answer = await self.way_to(url).request("GET", "#processor_certificate", base_url=url)
        if len(answer.body) > MAX_CERTIFICATE or b"-----BEGIN CERTIFICATE-----" not in answer.body:
            raise TryLater(f"{self._config.title}: processor_certificate is not PEM")
        return answer.body.decode(errors="replace")

    def _holds(self, certificate: str, body: bytes, signature: str) -> bool:
        if not self._roots:
            self._roots = authorities(self._bundle)
        try:
            key = trusted(certificate, self._config.processor_domain, self._now(), self._roots)
        except BadCertificate as error:
            self._kept = None
            raise self._distrusted(f"cannot be believed: {error}") from None
        return holds(body, signature, key)

    def _distrusted(self, why: str) -> NeedsPerson:
        title = self._config.title
        return NeedsPerson(
            f"{title} {why}",
            f"Nothing that {title} says is believed until this is clear: ask its people, by a way that you know, if "
            f"the entry [{self._config.name}] is right (processor_domain, trusted_ca, base_url). Then retry.",
        )
