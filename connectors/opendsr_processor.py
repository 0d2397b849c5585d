"""The calls to a processor (OpenDSR 2.0). What it says is read only once it is seen to be its own word."""

import base64
import binascii
import hmac
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TypeVar

from connectors.connector import NeedsPerson, TryLater
from connectors.http import Answer, Http
from connectors.opendsr_answers import Created, Discovery, Standing
from connectors.opendsr_config import OpenDsrConfig
from connectors.opendsr_proof import DISCOVERY, NotTheirWord, Proof
from connectors.opendsr_signing import SIGNATURE

REQUESTS = "/requests"
REQUEST = "/requests/{}"

JSON = {"Accept": "application/json"}

OK = frozenset({200, 201})
REFUSED = frozenset({400, 404})
"""How a processor says that it will not, or does not know (7.5 has 400 only)."""

AboutT = TypeVar("AboutT", Created, Standing)


class Processor:
    """One processor, to whom we are the controller. `now`: certificates must be valid then."""

    def __init__(self, config: OpenDsrConfig, now: Callable[[], datetime]) -> None:
        self._config = config
        token = config.secret.get_secret_value()
        self._http = Http(config, {"Authorization": f"Bearer {token}"} if token else {})
        self.proof = Proof(config, self._http, now)

    async def discover(self) -> Discovery:
        """What is supported there."""
        answer = await self._http.request("GET", DISCOVERY, headers=JSON)
        await self._checked(answer)
        return answer.read(Discovery)

    async def standing(self, subject_request_id: str, *, signed_no: bool = True) -> Standing | None:
        """Where a request stands; `None` when the processor says that it knows no such request.

        With `signed_no=False`, any refusal is a no: enough for whoever goes on to hand the request in.
        """
        answer = await self._http.request("GET", REQUEST, subject_request_id, ok=OK | REFUSED, headers=JSON)
        if answer.status in REFUSED and not signed_no:
            return None
        await self._checked(answer)
        return None if answer.status in REFUSED else self._of(answer.read(Standing), subject_request_id)

    async def order(self, subject_request_id: str, body: bytes) -> Created:
        """Hand a request in. The receipt has to be for these very bytes.

        Raises:
            NeedsPerson: it is refused, or the receipt is for something else.
        """
        answer = await self._http.request(
            "POST", REQUESTS, headers=JSON | {"Content-Type": "application/json"}, data=body
        )
        await self._checked(answer)
        created = self._of(answer.read(Created), subject_request_id)
        try:
            received = base64.b64decode(created.encoded_request, validate=True)
        except (binascii.Error, ValueError):
            received = b""
        if not hmac.compare_digest(received, body):
            raise self.proof.broken(NotTheirWord("is a receipt for another request than ours"))
        return created

    async def results(self, url: str) -> AsyncIterator[bytes]:
        """What a request for a copy brought, piece by piece; from the processor's own address, without detours."""
        async for piece in self.proof.way_to(url).stream("#results", base_url=url):
            yield piece

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
        await self.proof.close()

    async def _checked(self, answer: Answer) -> None:
        """Return only if an answer is the processor's own."""
        if SIGNATURE not in answer.headers:  # a gateway's page, most likely
            said = f"{self._config.title}: {answer.path} answered {answer.status} without a signature"
            if answer.status in REFUSED:
                raise NeedsPerson(
                    said, f"Is base_url of [{self._config.name}] right? The processor must sign there, too."
                )
            raise TryLater(said)
        try:
            await self.proof.check(answer.headers, answer.body)
        except NotTheirWord as error:
            raise self.proof.broken(error) from None

    def _of(self, about: AboutT, subject_request_id: str) -> AboutT:
        if about.subject_request_id != subject_request_id:
            raise self.proof.broken(NotTheirWord("is about another request than ours"))
        return about
