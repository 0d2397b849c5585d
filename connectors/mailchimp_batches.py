"""Many calls as one order: Mailchimp works it off by itself, and then has a file of what came of each call.

It pays where a sweep meets hundreds of contacts; for a person's few, one call each is sooner done. The file is at
another host, behind a signed address that is good for ten minutes. What came of a call that Mailchimp does not tell of,
or tells of otherwise than hoped, is for the caller to see for itself.
Source: https://mailchimp.com/developer/marketing/guides/run-async-requests-batch-endpoint/ and the API reference.
"""

import asyncio
import io
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from connectors.connector import NeedsPerson, TryLater
from connectors.http import MAX_JSON, Http, shaped
from connectors.mailchimp_config import MailchimpConfig

MOST_LOOKS = 150
"""Looks at one order before it is given up: five minutes, at two seconds each."""

BATCH = "/batches/{}"
RESULTS = "/batches: the file of results"
"""What the file is called in errors: its real address is signed."""


class Call(BaseModel):
    """One call of an order; `operation_id` tells its result apart."""

    method: str
    path: str
    operation_id: str


class Batch(BaseModel):
    """An order, and how far it is."""

    id: str
    status: str
    response_body_url: str = ""


class Result(BaseModel):
    """What came of one call."""

    status_code: int
    operation_id: str


class Batches:
    """Orders in one account. Nothing is kept: one that was not seen through is given anew."""

    def __init__(self, config: MailchimpConfig, http: Http) -> None:
        self._config = config
        self._http = http
        # The file is at another host, which must not see the key; its 403 is an address that ran out.
        self._files = Http(config, busy=lambda answer: answer.status == 403)

    def pays(self, calls: Sequence[Any]) -> bool:
        """Whether so many calls are better made as one order."""
        return len(calls) >= self._config.batch_from

    async def run(self, calls: Iterable[Call]) -> dict[str, int]:
        """The status of each call that Mailchimp told of, by its `operation_id`.

        Raises `TryLater` when Mailchimp has not finished after `MOST_LOOKS`: calls that are repeated find less to do.
        """
        operations = [call.model_dump() for call in calls]
        batch = (await self._http.request("POST", "/batches", json={"operations": operations})).read(Batch)
        try:
            return dict(_results(await self._file(await self._finished(batch))))
        finally:
            # Ends one that still runs, and takes the file of results away.
            await self._http.request("DELETE", BATCH, batch.id, ok=frozenset({200, 204, 404}))

    async def close(self) -> None:
        """Close the connections."""
        await self._files.close()

    async def _finished(self, batch: Batch) -> Batch:
        for _ in range(MOST_LOOKS):
            if batch.status == "finished":
                return batch
            await asyncio.sleep(self._config.batch_poll_seconds)
            batch = (await self._http.request("GET", BATCH, batch.id)).read(Batch)
        raise TryLater(f"{self._config.title}: a batch of calls still runs")

    async def _file(self, batch: Batch) -> bytes:
        url = batch.response_body_url
        if not url.startswith(self._config.batch_results_url):
            raise NeedsPerson(
                f"{self._config.title} keeps the results of a batch at an address that systems.toml does not name",
                "If Mailchimp keeps them at a new address, make it the batch_results_url under "
                f"[{self._config.name}] in systems.toml and restart the worker; then retry.",
            )
        file = bytearray()
        # A fragment is not sent: it only names the request in errors, as the address is signed.
        async for chunk in self._files.stream("#results", base_url=url):
            file += chunk
            if len(file) > MAX_JSON:
                raise TryLater(f"{RESULTS} is larger than it can be")
        return bytes(file)


def _results(packed: bytes) -> Iterator[tuple[str, int]]:
    """The results in a gzipped tar: each member an array of them. One that is damaged is no answer."""
    try:
        unpacked = zlib.decompressobj(wbits=31)
        content = unpacked.decompress(packed, MAX_JSON)
        if unpacked.unconsumed_tail or not unpacked.eof:
            raise TryLater(f"{RESULTS} is larger than it can be, or cut short")
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            members = [tar.extractfile(member) for member in tar if member.isfile()]
            arrays = [json.load(member) for member in members if member]
    except (zlib.error, tarfile.TarError, ValueError):
        raise TryLater(f"{RESULTS} is not what was promised") from None
    for each in arrays:
        for value in each if isinstance(each, list) else [each]:
            result = shaped(Result, value, RESULTS)
            yield result.operation_id, result.status_code
