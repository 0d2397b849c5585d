"""S3's rig over SeaweedFS, a real server: one for the whole test run, a fresh bucket for each test."""

import asyncio
import atexit
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from connectors.s3 import S3
from connectors.s3_versions import record_id
from dsar.identity import Identity
from dsar.records import Record
from standins.seaweed import Endpoint, make_bucket, running
from tests.contract.rig import Fault
from tests.contract.rigs.s3 import config, folder

buckets = (f"bucket-{number}" for number in count(1))


class _Server(threading.Thread):
    """SeaweedFS in a thread with an event loop of its own: each test has another loop, the server outlives them."""

    def __init__(self) -> None:
        super().__init__(name="seaweed", daemon=True)
        self.endpoint: Endpoint | None = None
        self._loop = asyncio.new_event_loop()
        self._settled = threading.Event()
        self._end = asyncio.Event()

    def run(self) -> None:
        """Run the server until `stop`."""
        directory = Path(tempfile.mkdtemp(prefix="habeas-seaweed-"))
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve(directory))
        finally:
            self._settled.set()
            shutil.rmtree(directory, ignore_errors=True)

    def wait(self) -> Endpoint:
        """The server's address, once it is ready."""
        self._settled.wait()
        if self.endpoint is None:
            raise RuntimeError("SeaweedFS did not start")
        return self.endpoint

    def stop(self) -> None:
        """End the server."""
        self._loop.call_soon_threadsafe(self._end.set)
        self.join()

    async def _serve(self, directory: Path) -> None:
        async with running(directory) as self.endpoint:
            self._settled.set()
            await self._end.wait()


@cache
def server() -> Endpoint:
    """The one server of this test run, started when first asked for and ended when Python is."""
    thread = _Server()
    thread.start()
    endpoint = thread.wait()
    atexit.register(thread.stop)
    return endpoint


class S3SeaweedRig:
    """A bucket with versions and object lock on the real server.

    Impossible here: everything that breaks it. It can't be told to.
    """

    name = "s3_seaweed"
    kind = "s3"
    lossy = False
    impossible = frozenset(value for name, value in vars(Fault).items() if name.isupper())

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Make a bucket."""
        self.endpoint = await self.server()
        self.bucket = next(buckets)
        await make_bucket(self.endpoint, self.bucket, lockable=True)
        self.connector = S3(config(self.endpoint.endpoint_url, self.endpoint.secret, self.bucket, page_size=2))
        async with self.endpoint.client() as self.client:
            try:
                yield
            finally:
                await self.connector.close()

    async def server(self) -> Endpoint:
        """The server, started if need be."""
        return await asyncio.to_thread(server)

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Put `count` versions, two of each object."""
        return [await self.put(f"{folder(identity)}file {number // 2}.txt", number) for number in range(count)]

    async def put(self, key: str, number: int = 0) -> str:
        """Put one version; its record id."""
        tags = "team=studio" if number % 3 else ""
        answer = await self.client.put_object(
            Bucket=self.bucket, Key=key, Body=f"content {number}".encode(), ContentType="text/plain", Tagging=tags
        )
        return record_id(self.bucket, key, answer["VersionId"])

    async def snapshot(self) -> object:
        """Every version and marker in the bucket, with its tags and locks."""
        return [[entry, await self._content(entry)] for entry in await self.listed()]

    async def listed(self) -> list[dict[str, Any]]:
        """Every version and marker in the bucket."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket)
        return [e async for page in pages for e in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]

    async def present(self, record: Record) -> bool:
        """Whether the version can still be read."""
        return await self._content({"Key": record.state["key"], "VersionId": record.state["version"]}) is not None

    async def fault(self, kind: str, times: int = 1) -> None:
        """Not on a real server."""
        raise NotImplementedError(kind)

    async def _content(self, entry: dict[str, Any]) -> object:
        named = {"Bucket": self.bucket, "Key": entry["Key"], "VersionId": entry["VersionId"]}
        try:
            head = await self.client.head_object(**named)
            tags = await self.client.get_object_tagging(**named)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 405}:
                return None
            raise
        return {k: v for k, v in head.items() if k != "ResponseMetadata"}, tags["TagSet"]
