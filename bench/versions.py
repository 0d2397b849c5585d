"""A bucket with very many versions of one person's objects: what searching it, and looking again, hold in memory.

    python -m bench.versions                   10,000, 100,000 and 1,000,000 versions; some minutes
    python -m bench.versions 5000

Each size has a process of its own, in which an S3 that keeps nothing makes up each page as it is asked for. The search
reads every page and drops it; then the last page's records are looked for again, as after an erasure.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence

from aiohttp import web
from pydantic import SecretStr

from bench.meter import peak_mb
from connectors.object_places import Bucket
from connectors.s3 import S3
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key
from dsar.records import Record
from standins.s3_store import ACCESS_KEY
from standins.s3_xml import answer, error
from standins.serving import serving

SIZES = (10_000, 100_000, 1_000_000)

ADA = Identity(identifiers=(Identifier(kind=Key.CUSTOMER_ID, value="42"),))
PLACE = "clients/42/"


class Reach(Frozen):
    """What one search took. Memory is resident, in MB: before the first call, and the most there ever was."""

    versions: int
    calls: int
    calls_to_look_again: int
    before_mb: float
    peak_mb: float
    seconds: float


class MadeUp:
    """A bucket whose objects are numbered, each with one version."""

    def __init__(self, versions: int) -> None:
        self._versions = versions
        self.calls = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer listings; there is nothing else."""
        self.calls += 1
        if "versions" not in request.query:
            return error("NotImplemented", 501)
        most, after = int(request.query["max-keys"]), request.query.get("key-marker", "")
        start = self._behind(after) if after else 0
        numbers = range(start, min(start + most, self._versions))
        truncated = numbers.stop < self._versions
        last = {"NextKeyMarker": key(numbers[-1]), "NextVersionIdMarker": "v"} if truncated else {}
        entry = {"VersionId": "v", "IsLatest": True, "LastModified": "2026-01-31T12:00:00.000Z", "Size": 1}
        listed = [{"Key": key(number), **entry} for number in numbers]
        about = {"Name": "studio", "Prefix": PLACE, "MaxKeys": most, "IsTruncated": truncated}
        return answer("ListVersionsResult", {**about, **last, "Version": listed})

    def _behind(self, after: str) -> int:
        low, high = 0, self._versions
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if key(middle) <= after else (low, middle)
        return low


def key(number: int) -> str:
    """The key of an object: numbers sort as they count."""
    return f"{PLACE}{number:09}.jpg"


async def reach(versions: int) -> Reach:
    """Search so many versions to their end."""
    bucket = MadeUp(versions)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", bucket.handle)
    async with serving(application) as address:
        connector = S3(
            S3.Config(
                name="s3",
                kind="s3",
                title="Cloud storage (S3)",
                base_url=address,
                secret=SecretStr(json.dumps({"access_key_id": ACCESS_KEY, "secret_access_key": "anything"})),
                buckets=(Bucket(name="studio", prefixes=("clients/{customer_id}/",)),),
            )
        )
        before, began = peak_mb(os.getpid()), time.monotonic()
        found, last = await _searched(connector)
        searched = bucket.calls
        await connector.check(last)
        await connector.close()
        if found != versions:
            raise RuntimeError(f"{found} of {versions} versions were found")
        return Reach(
            versions=versions,
            calls=searched,
            calls_to_look_again=bucket.calls - searched,
            before_mb=before,
            peak_mb=peak_mb(os.getpid()),
            seconds=time.monotonic() - began,
        )


async def _searched(connector: S3) -> tuple[int, Sequence[Record]]:
    """How many records there are, and those of the last page that had any."""
    found, cursor = 0, None
    last: Sequence[Record] = ()
    while True:
        page = await connector.locate(ADA, cursor)
        found, last, cursor = found + len(page.records), page.records or last, page.cursor
        if cursor is None:
            return found, last


async def _in_a_process(versions: int) -> Reach:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.versions", "--one", str(versions), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return Reach.model_validate_json(said)


async def main(given: Sequence[str] | None = None) -> None:
    """Measure each size, and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    for size in asked.sizes:
        took = await (reach(size) if asked.one else _in_a_process(size))
        sys.stdout.write(f"{took.model_dump_json()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
