"""Calls to one Azure storage account over one connection pool; every failure is raised as what it means.

Repeating is the engine's part, so Azure's own retries are off, and no redirect is followed.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from pydantic import model_validator

from connectors.azure_blob_errors import meaning
from connectors.connector import SystemConfig, TryLater
from dsar.frozen import Frozen

# At INFO Azure's client writes each request's path: names of blobs, which are personal data.
logging.getLogger("azure").setLevel(logging.WARNING)

CHUNK = 1 << 20
"""Bytes of a file in one piece, each a request of its own."""


class Credential(Frozen):
    """The secret of the entry in systems.toml, as JSON: an account's name and key, or a SAS token."""

    account_name: str = ""
    account_key: str = ""
    sas_token: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        both = bool(self.account_name), bool(self.account_key)
        if both != ((False, False) if self.sas_token else (True, True)):
            raise ValueError("either account_name and account_key, or sas_token")
        return self

    @property
    def azures(self) -> str | dict[str, str]:
        """As Azure's client takes it."""
        return self.sas_token or {"account_name": self.account_name, "account_key": self.account_key}


class _NotAzuresError(AzureError):
    """An answer without the marks that all of Azure's have: a proxy's."""


class Client:
    """One storage account, connected at the first call."""

    def __init__(self, config: SystemConfig) -> None:
        self._config = config
        self._service: BlobServiceClient | None = None

    async def page(
        self, container: str, prefix: str, include: list[str], size: int, marker: str | None
    ) -> tuple[list[BlobProperties], str | None]:
        """One page of a listing, and the marker of the next."""
        async with self._slot("list_blobs"):
            pages = (
                self._connected()
                .get_container_client(container)
                .list_blobs(name_starts_with=prefix, include=include, results_per_page=size)
                .by_page(marker)
            )
            found = [each async for each in await anext(pages)]
        following: str | None = pages.continuation_token  # type: ignore[attr-defined] # the page iterator's own
        if following and following == marker:
            raise TryLater(f"{self._config.title}: list_blobs does not say where its next page starts")
        return found, following or None

    async def properties(self, container: str, key: str, **version: str) -> BlobProperties:
        """What Azure knows of one blob, version (`version_id`) or snapshot (`snapshot`). Raises `Gone`."""
        async with self._slot("get_blob_properties"):
            return await self._blob(container, key, version).get_blob_properties()

    async def delete(self, container: str, key: str, etag: str | None = None, **version: str) -> None:
        """Delete one blob, version or snapshot; with `etag`, only as it was seen. Raises `Gone` and `Refused`."""
        blob = self._blob(container, key, version)
        async with self._slot("delete_blob"):
            if etag:
                await blob.delete_blob(etag=etag, match_condition=MatchConditions.IfNotModified)
            else:
                await blob.delete_blob()

    async def stream(self, container: str, key: str, **version: str) -> AsyncIterator[bytes]:
        """The content of one blob, version or snapshot. Raises `Gone`."""
        async with self._slot("download_blob"):
            try:
                download = await self._blob(container, key, version).download_blob(max_concurrency=1)
                async for chunk in download.chunks():
                    yield chunk
            except ValueError:  # Azure's client finds no Content-Range
                raise TryLater(f"{self._config.title}: download_blob answered with something else") from None

    async def close(self) -> None:
        """Close the connections."""
        if self._service is not None:
            await self._service.close()
            self._service = None

    def _blob(self, container: str, key: str, version: dict[str, str]) -> BlobClient:
        return self._connected().get_blob_client(container, key, **version)

    def _connected(self) -> BlobServiceClient:
        if self._service is None:
            credential = Credential.model_validate_json(self._config.secret.get_secret_value())
            self._service = BlobServiceClient(
                self._config.base_url,
                credential=credential.azures,
                retry_total=0,
                permit_redirects=False,
                connection_timeout=10,
                read_timeout=self._config.timeout_seconds,
                max_single_get_size=CHUNK,
                max_chunk_get_size=CHUNK,
                raw_response_hook=_is_azures,
            )
        return self._service

    @asynccontextmanager
    async def _slot(self, operation: str) -> AsyncIterator[None]:
        """One of the allowed connections, with every failure in it raised as what it means."""
        async with self._config.account.turn():
            try:
                yield
            except HttpResponseError as error:
                raise meaning(self._config, operation, error) from None
            except AzureError as error:
                raise TryLater(f"{self._config.title}: {operation} failed: {type(error).__name__}") from None


def _is_azures(response: Any) -> None:
    """Every answer of Azure's has an id; what has none says nothing of any blob."""
    answer = response.http_response
    if answer.status_code < 500 and "x-ms-request-id" not in answer.headers:
        raise _NotAzuresError("an answer without x-ms-request-id")
