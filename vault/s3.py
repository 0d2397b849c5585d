"""A store in a bucket of S3, or of a server that speaks it.

The bucket must keep no versions and no object lock: what is destroyed has to be gone. It needs conditional writes
(`If-None-Match: *`), which AWS has had since August 2024 and SeaweedFS, MinIO and Ceph have too.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from dsar.frozen import Frozen
from vault.objects import BLOCK_BYTES, NotInVault, checked, checked_folder

PART_BYTES = 8 * 1024 * 1024
"""Larger objects are sent in parts of this (S3: 5 MiB to 5 GiB each, 10,000 at most: up to 80 GB an object)."""
_DELETE_AT_ONCE = 1000


class S3Config(Frozen):
    """Where the bucket is. Without keys, the surroundings' own credentials are used (a role, a profile)."""

    bucket: str
    region: str = "us-east-1"
    endpoint_url: str | None = None
    """Another server than AWS's own."""
    access_key: str | None = None
    secret_key: SecretStr | None = None
    prefix: str = ""
    """In front of every name, with its slash: several installations can share a bucket."""


@asynccontextmanager
async def s3_store(config: S3Config) -> AsyncIterator["S3Store"]:
    """A store whose connections last as long as the block."""
    from aiobotocore.config import AioConfig  # noqa: PLC0415 - a quarter of a second that a disk's user need not wait
    from aiobotocore.session import get_session  # noqa: PLC0415

    client = get_session().create_client(
        "s3",
        region_name=config.region,
        endpoint_url=config.endpoint_url,
        aws_access_key_id=config.access_key,
        aws_secret_access_key=config.secret_key.get_secret_value() if config.secret_key else None,
        config=AioConfig(
            s3={"addressing_style": "path" if config.endpoint_url else "auto"},
            retries={"mode": "standard", "max_attempts": 5},
        ),
    )
    async with client as connected:
        yield S3Store(connected, config.bucket, config.prefix)


class S3Store:
    """Objects in a bucket. The client is aiobotocore's, connected."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    async def write(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Write or replace an object; S3 shows it once it is whole."""
        key = self._key(name)
        parts = _parts(chunks)
        first = await anext(parts)
        if len(first) < PART_BYTES:
            await self._client.put_object(Bucket=self._bucket, Key=key, Body=first)
        else:
            await self._write_parts(key, first, parts)

    async def create(self, name: str, data: bytes) -> bool:
        """Write an object unless one is there: the server compares."""
        try:
            await self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=data, IfNoneMatch="*")
        except self._client.exceptions.ClientError as error:
            if _code(error) in {"PreconditionFailed", "412"}:
                return False
            raise
        return True

    async def read(self, name: str) -> bytes:
        """An object, whole, or `NotInVault`."""
        async with (await self._get(name))["Body"] as body:
            data: bytes = await body.read()
        return data

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """An object in blocks, or `NotInVault`."""
        async with (await self._get(name))["Body"] as body:
            async for block in body.iter_chunks(BLOCK_BYTES):
                yield block

    async def names(self, prefix: str) -> list[str]:
        """Every name that starts with the prefix, sorted."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        return sorted([entry["Key"][len(self._prefix) :] async for page in pages for entry in page.get("Contents", ())])

    async def exists(self, name: str) -> bool:
        """Whether there is an object of this name."""
        try:
            await self._client.head_object(Bucket=self._bucket, Key=self._key(name))
        except self._client.exceptions.ClientError as error:
            if _code(error) in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise
        return True

    async def delete(self, name: str) -> None:
        """Delete an object; S3 does not mind that there is none."""
        await self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    async def delete_all(self, prefix: str) -> None:
        """Delete every object below a folder, a thousand at a time."""
        names = await self.names(checked_folder(prefix))
        for at in range(0, len(names), _DELETE_AT_ONCE):
            batch = [{"Key": self._key(name)} for name in names[at : at + _DELETE_AT_ONCE]]
            answer = await self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True})
            if answer.get("Errors"):
                raise OSError(f"{len(answer['Errors'])} objects were not deleted: {answer['Errors'][0].get('Code')}")

    async def _get(self, name: str) -> Any:
        try:
            return await self._client.get_object(Bucket=self._bucket, Key=self._key(name))
        except self._client.exceptions.ClientError as error:
            if _code(error) in {"NoSuchKey", "404"}:
                raise NotInVault(name) from None
            raise

    async def _write_parts(self, key: str, first: bytes, rest: AsyncIterator[bytes]) -> None:
        place = {"Bucket": self._bucket, "Key": key}
        upload = (await self._client.create_multipart_upload(**place))["UploadId"]
        try:
            tags = [await self._write_part(place, upload, 1, first)]
            async for part in rest:
                tags.append(await self._write_part(place, upload, len(tags) + 1, part))
            await self._client.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": tags})
        except BaseException:
            await self._client.abort_multipart_upload(**place, UploadId=upload)
            raise

    async def _write_part(self, place: dict[str, str], upload: str, number: int, part: bytes) -> dict[str, Any]:
        answer = await self._client.upload_part(**place, UploadId=upload, PartNumber=number, Body=part)
        return {"ETag": answer["ETag"], "PartNumber": number}

    def _key(self, name: str) -> str:
        return self._prefix + checked(name)


async def _parts(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream in parts of one size, the last one smaller; one empty part for an empty stream."""
    held = bytearray()
    sent = False
    async for chunk in chunks:
        held += chunk
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            sent = True
            del held[:PART_BYTES]
    if held or not sent:
        yield bytes(held)


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
