"""Uploads in parts that nobody finished: no listing of objects shows them, and S3 keeps their parts until told.

S3 lets nobody read such parts; they can be listed, measured and thrown away. Source: the S3 API reference
(ListMultipartUploads, ListParts, AbortMultipartUpload) and botocore's model.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from connectors.connector import TryLater
from connectors.http import together
from connectors.s3_client import Client
from connectors.s3_errors import Gone
from connectors.s3_versions import Cursor
from dsar.frozen import Frozen
from dsar.records import Outcome, OutcomeKind

MOST = 1000
"""The most that ListMultipartUploads answers with."""


class Upload(Frozen):
    """What a `Record.state` holds: one upload that was begun."""

    bucket: str
    key: str
    upload: str
    initiated: datetime
    place: str = ""
    """The prefix under which a later look finds it, if it is still there."""

    @property
    def id(self) -> str:
        """The record's locator; the key is in it as a digest: keys name persons."""
        return f"s3:{self.bucket}/{sha256(self.key.encode()).hexdigest()[:32]}?uploadId={self.upload}"

    @property
    def address(self) -> dict[str, str]:
        """The upload as S3's operations take it."""
        return {"Bucket": self.bucket, "Key": self.key, "UploadId": self.upload}


class Uploads:
    """The unfinished uploads of one S3 service. One that knows no such listing has none."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def page(self, at: Cursor, size: int = MOST) -> tuple[list[Upload], Cursor | None]:
        """One answer of ListMultipartUploads below a prefix, and where the next one starts, `None` after the last."""
        pairs = {"KeyMarker": at.key, "UploadIdMarker": at.version}
        markers = {name: value for name, value in pairs.items() if value is not None}
        asked = {"Bucket": at.bucket, "Prefix": at.prefix, "MaxUploads": size, "EncodingType": "url", **markers}
        try:
            answer = await self._client.call("list_multipart_uploads", "IsTruncated", **asked)
        except Gone:
            return [], None
        plain = unquote if answer.get("EncodingType") == "url" else str
        found = [_upload(at, entry, plain(entry["Key"])) for entry in answer.get("Uploads", ())]
        following = None
        if answer["IsTruncated"]:
            key = plain(answer.get("NextKeyMarker", "")) or (found[-1].key if found else "")  # SeaweedFS leaves it out
            following = at.model_copy(update={"key": key, "version": answer.get("NextUploadIdMarker")})
            if not key or following == at:
                raise TryLater("list_multipart_uploads does not say where its next page starts")
        return [each for each in found if each.key.startswith(at.prefix)], following

    async def told(self, upload: Upload) -> dict[str, Any] | None:
        """What S3 knows of it, with how many parts were sent and their bytes; `None` when it is not there any more."""
        known = {"bucket": upload.bucket, "key": upload.key, "initiated": upload.initiated.isoformat()}
        parts, size, marker = 0, 0, 0
        while True:
            try:
                answer = await self._client.call("list_parts", "IsTruncated", **upload.address, PartNumberMarker=marker)
            except Gone:
                return None
            listed: Sequence[dict[str, Any]] = answer.get("Parts", ())
            parts, size = parts + len(listed), size + sum(int(part["Size"]) for part in listed)
            if not answer["IsTruncated"] or not listed:
                return {**known, "unfinished": True, "parts": parts, "size": size}
            marker = max(int(part["PartNumber"]) for part in listed)

    async def abort(self, uploads: Sequence[Upload]) -> dict[str, Outcome]:
        """Throw away what was uploaded; what became of each, by its record id."""
        outcomes = await together(map(self._aborted, uploads))
        return {outcome.record_id: outcome for outcome in outcomes}

    async def left(self, uploads: Sequence[Upload]) -> set[str]:
        """Those that S3 still lists, by their record ids: a part that was under way may have outlived the abortion."""
        wanted = {upload.id for upload in uploads}
        left = set[str]()
        for bucket, place in dict.fromkeys((upload.bucket, upload.place) for upload in uploads):
            at: Cursor | None = Cursor(bucket=bucket, prefix=place, uploads=True)
            while at is not None:
                found, at = await self.page(at)
                left |= {each.id for each in found if each.id in wanted}
        return left

    async def _aborted(self, upload: Upload) -> Outcome:
        try:
            await self._client.call("abort_multipart_upload", **upload.address)
        except Gone:
            return Outcome(record_id=upload.id, kind=OutcomeKind.NOT_FOUND)
        return Outcome(record_id=upload.id, kind=OutcomeKind.ERASED)


def _upload(at: Cursor, entry: dict[str, Any], key: str) -> Upload:
    initiated = entry["Initiated"].astimezone(UTC)
    return Upload(bucket=at.bucket, key=key, upload=entry["UploadId"], initiated=initiated, place=at.prefix)
