"""Google Cloud Storage's rig: two generations of each object, two entries to a page."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.gcs import GoogleCloudStorage, GoogleCloudStorageConfig
from connectors.gcs_generations import Generation, record_id
from connectors.object_places import Bucket
from dsar.identity import Identity
from dsar.records import Record
from standins.gcs import app
from standins.google_account import public_key, service_account
from tests.contract.played import Played
from tests.contract.recording import Exchange, recorded
from tests.contract.rigs.s3 import PREFIXES, folder

BUCKET = "studio"
ACCOUNT = service_account("https://oauth2.googleapis.com/token")
"""One for all: making a key takes a tenth of a second."""


def state(*objects: dict[str, Any], **bucket: Any) -> dict[str, Any]:
    """What the stand-in holds: one bucket."""
    return {
        "service_accounts": {ACCOUNT["client_email"]: public_key(ACCOUNT)},
        "buckets": {BUCKET: {"objects": list(objects), **bucket}},
    }


def config(address: str, **changed: Any) -> GoogleCloudStorageConfig:
    """An entry of systems.toml for the bucket of this test."""
    entry = {
        "name": "gcs",
        "kind": "gcs",
        "title": "Cloud storage (Google)",
        "base_url": address,
        "token_url": f"{address}/token",
        "secret": SecretStr(json.dumps(ACCOUNT)),
        "buckets": (Bucket(name=BUCKET, prefixes=PREFIXES),),
    }
    return GoogleCloudStorageConfig.model_validate(entry | changed)


class GcsRig(Played):
    """A stand-in with one bucket that keeps generations and has no soft-delete policy.

    Impossible here: Google sends no 529.
    """

    name = "gcs"
    lossy = False

    def __init__(self, **changed: Any) -> None:
        self.exchanges: list[Exchange] = []
        self._changed = {"page_size": 2, "timeout_seconds": 1.5} | changed

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty bucket."""
        async with self.playing(recorded(app(state()), self.exchanges)) as address:
            self.connector = GoogleCloudStorage(config(address, **self._changed))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` generations, two of each object: the first is no longer live."""
        held = await self.state()
        objects = held["buckets"][BUCKET]["objects"]
        planted: list[dict[str, Any]] = [
            {
                "name": f"{folder(identity)}file {number // 2}.txt",
                "generation": str(1_700_000_000_000_000 + len(objects) + number),
                "body": f"content {number}",
                "content_type": "text/plain",
                "metadata": {"team": "studio"} if number % 3 else {},
            }
            for number in range(count)
        ]
        objects += planted
        await self.put(held)
        return [record_id(BUCKET, each["name"], each["generation"]) for each in planted]

    async def snapshot(self) -> Any:
        """All that the stand-in holds, but how often its metadata was changed."""
        held = await self.state()
        for each in held["buckets"][BUCKET]["objects"]:
            del each["metageneration"]
        return held

    async def present(self, record: Record) -> bool:
        """Whether the generation is still in the bucket."""
        wanted = Generation.model_validate(record.state)
        held = (await self.state())["buckets"][wanted.bucket]["objects"]
        return (wanted.key, wanted.generation) in {(each["name"], each["generation"]) for each in held}
