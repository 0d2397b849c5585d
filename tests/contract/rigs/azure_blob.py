"""Azure Blob Storage's rig: two versions of each blob, two entries to a page."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.azure_blob import AzureBlob, AzureBlobConfig
from connectors.azure_blob_versions import Version
from connectors.object_places import Bucket
from dsar.identity import Identity
from dsar.records import Record
from standins.azure_blob import app
from standins.azure_blob_store import ACCOUNT, KEY
from tests.contract.played import Played
from tests.contract.rigs.s3 import PREFIXES, folder

CONTAINER = "studio"
SECRET = json.dumps({"account_name": ACCOUNT, "account_key": KEY})


def state(*blobs: dict[str, Any], **account: Any) -> dict[str, Any]:
    """What the stand-in holds: one container."""
    return {"containers": {CONTAINER: {"blobs": list(blobs)}}, **account}


def config(address: str, **changed: Any) -> AzureBlobConfig:
    """An entry of systems.toml for the container of this test."""
    entry = {
        "name": "azure_blob",
        "kind": "azure_blob",
        "title": "Cloud storage (Azure)",
        "base_url": address,
        "secret": SecretStr(SECRET),
        "buckets": (Bucket(name=CONTAINER, prefixes=PREFIXES),),
    }
    return AzureBlobConfig.model_validate(entry | changed)


class AzureBlobRig(Played):
    """A stand-in with one container that keeps versions and has no soft delete.

    Impossible here: Azure answers 503 where others answer 529.
    """

    name = "azure_blob"
    lossy = False

    def __init__(self, **changed: Any) -> None:
        self._changed = {"page_size": 2, "timeout_seconds": 1.5} | changed

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty container."""
        async with self.playing(app(state())) as address:
            self.connector = AzureBlob(config(address, **self._changed))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` versions, two of each blob: the first is no longer current."""
        held = await self.state()
        blobs = held["containers"][CONTAINER]["blobs"]
        planted: list[dict[str, Any]] = [
            {
                "name": f"{folder(identity)}file {number // 2}.txt",
                "version_id": f"2026-01-31T12:00:00.{len(blobs) + number:07}Z",
                "current": number % 2 == 1 or number == count - 1,
                "body": f"content {number}",
                "content_type": "text/plain",
                "metadata": {"team": "studio"} if number % 3 else {},
            }
            for number in range(count)
        ]
        blobs += planted
        await self.put(held)
        return [Version(container=CONTAINER, key=e["name"], version=e["version_id"]).id for e in planted]

    async def snapshot(self) -> object:
        """All that the stand-in holds."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether it is still in the container."""
        it = Version.model_validate(record.state)
        held = (await self.state())["containers"][it.container]["blobs"]
        return (it.key, it.version, it.snapshot) in {(e["name"], e["version_id"], e["snapshot"]) for e in held}
