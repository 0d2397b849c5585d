"""S3's rig over the stand-in: two versions of each object, two entries to a page."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.object_places import Bucket
from connectors.s3 import S3
from connectors.s3_versions import Version, record_id
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.s3 import app
from standins.s3_store import ACCESS_KEY
from tests.contract.played import Played

BUCKET = "studio"
SECRET = json.dumps({"access_key_id": ACCESS_KEY, "secret_access_key": "anything"})
PREFIXES = ("clients/{customer_id}/", "people/{email}/")


def config(base_url: str, secret: str = SECRET, bucket: str = BUCKET, **changed: Any) -> S3.Config:
    """An entry of systems.toml for a bucket of this test."""
    entry = {
        "name": "s3",
        "kind": "s3",
        "title": "Cloud storage (S3)",
        "base_url": base_url,
        "secret": SecretStr(secret),
        "buckets": (Bucket(name=bucket, prefixes=PREFIXES),),
    }
    return S3.Config.model_validate(entry | changed)


def folder(identity: Identity) -> str:
    """Where this person's objects are, under one of `PREFIXES`."""
    if numbers := identity.values(Key.CUSTOMER_ID):
        return f"clients/{numbers[0]}/"
    return f"people/{identity.values(Key.EMAIL)[0]}/"


class S3Rig(Played):
    """A stand-in with one bucket that keeps versions.

    Impossible here: S3 answers 503 where others answer 529.
    """

    name = "s3"
    kind = "s3"
    lossy = False

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty bucket, which can lock and so keeps versions."""
        seed = {"buckets": {BUCKET: {"versioning": "Enabled", "object_lock": True}}}
        async with self.playing(app(seed)) as address:
            self.address = address
            self.connector = S3(config(address, page_size=2, timeout_seconds=1.5))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` versions, two of each object: the first is no longer current."""
        state = await self.snapshot()
        versions = state["buckets"][BUCKET]["versions"]
        planted: list[dict[str, Any]] = [
            {
                "key": f"{folder(identity)}file {number // 2}.txt",
                "version_id": f"v{len(versions) + number}",
                "body": f"content {number}",
                "content_type": "text/plain",
                "tags": {"team": "studio"} if number % 3 else {},
            }
            for number in range(count)
        ]
        versions += planted
        await self.put(state)
        return [record_id(BUCKET, entry["key"], entry["version_id"]) for entry in planted]

    async def snapshot(self) -> Any:
        """All that the stand-in holds."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether the version is still in the bucket."""
        version = Version.model_validate(record.state)
        held = (await self.snapshot())["buckets"][version.bucket]["versions"]
        return (version.key, version.version) in {(each["key"], each["version_id"]) for each in held}
