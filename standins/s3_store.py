"""What the S3 stand-in holds, and S3's rules about it: versions, delete markers, locks.

The shape of its state, for seeding (every field but the keys has a default):

    {"access_keys": ["habeas-local"],
     "buckets": {"clients": {
        "versioning": "Enabled",              "" never had versions; "Suspended" is not played
        "object_lock": false,
        "versions": [                         oldest first
          {"key": "clients/42/a.txt", "version_id": "v1", "marker": false,
           "body": "text", "body_base64": null, "content_type": "text/plain",
           "last_modified": "2026-01-31T12:00:00Z", "metadata": {}, "tags": {"team": "studio"},
           "legal_hold": false, "retention": {"mode": "COMPLIANCE", "until": "2030-01-01T00:00:00Z"},
           "delete_error": ""}],              a code that DeleteObjects answers with for this version: "InternalError"
        "uploads": [                          begun and not finished
          {"key": "clients/42/b.mov", "upload_id": "u1", "initiated": "2026-01-31T12:00:00Z", "parts": {"1": 5242880}}],
        "replication": [                      rules: what S3 copies where; nothing is copied here
          {"prefix": "clients/", "status": "Enabled", "bucket": "arn:aws:s3:::studio-copy", "account": "123456789012"}]
        }}}
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from itertools import count
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

ACCESS_KEY = "habeas-local"


class S3Error(Exception):
    """An answer that is an error: its code, its status and further headers."""

    def __init__(self, code: str, status: int, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.message = message or code
        self.headers = headers or {}


class _Held(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Retention(_Held):
    """A retention: until then no one (COMPLIANCE) or no one without a special right (GOVERNANCE) deletes it."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    until: datetime


class Stored(_Held):
    """One version of one object, or one delete marker."""

    key: str
    version_id: str = "null"
    marker: bool = False
    body: str = ""
    body_base64: str | None = None
    content_type: str = "binary/octet-stream"
    last_modified: datetime = Field(default_factory=lambda: datetime.now(UTC))
    metadata: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    legal_hold: bool = False
    retention: Retention | None = None
    delete_error: str = ""

    @property
    def content(self) -> bytes:
        """The object's bytes."""
        return self.body.encode() if self.body_base64 is None else base64.b64decode(self.body_base64)

    @property
    def etag(self) -> str:
        """S3's entity tag of an object that was put whole."""
        return f'"{md5(self.content, usedforsecurity=False).hexdigest()}"'

    def locked(self, *, bypass: bool) -> bool:
        """Whether S3 refuses to delete it; `bypass`: who asks has the right to get past GOVERNANCE and uses it."""
        if self.legal_hold:
            return True
        if self.retention is None or self.retention.until <= datetime.now(UTC):
            return False
        return self.retention.mode == "COMPLIANCE" or not bypass


class Begun(_Held):
    """An upload in parts that was begun: the size of each part by its number."""

    key: str
    upload_id: str
    initiated: datetime = Field(default_factory=lambda: datetime.now(UTC))
    parts: dict[int, int] = Field(default_factory=dict)


class Rule(_Held):
    """A rule of replication."""

    bucket: str
    prefix: str = ""
    status: Literal["Enabled", "Disabled"] = "Enabled"
    account: str = ""


class Bucket(_Held):
    """A bucket and everything in it, oldest first."""

    versioning: Literal["", "Enabled"] = ""
    object_lock: bool = False
    versions: list[Stored] = Field(default_factory=list)
    uploads: list[Begun] = Field(default_factory=list)
    replication: list[Rule] = Field(default_factory=list)
    _older: dict[tuple[str, str], set[str]] = PrivateAttr(default_factory=dict)
    """Of each version that was deleted, the ids of those of its key that came after it: S3 goes on behind it."""

    def forget(self, stored: Stored) -> None:
        """Delete a version."""
        same = [v.version_id for v in self.listed(stored.key) if v.key == stored.key]
        self._older[stored.key, stored.version_id] = set(same[same.index(stored.version_id) + 1 :])
        self.versions.remove(stored)

    def listed(self, prefix: str = "") -> list[Stored]:
        """All entries in S3's order: keys by their UTF-8 bytes, the newest version of each first."""
        newest_first = reversed([v for v in self.versions if v.key.startswith(prefix)])
        return sorted(newest_first, key=lambda v: v.key.encode())

    def latest(self, key: str) -> Stored | None:
        """The newest entry of a key."""
        return next((v for v in reversed(self.versions) if v.key == key), None)

    def begun(self, key: str, upload_id: str) -> Begun:
        """An upload that was begun."""
        found = next((u for u in self.uploads if (u.key, u.upload_id) == (key, upload_id)), None)
        if found is None:
            raise S3Error("NoSuchUpload", 404, "The specified upload does not exist.")
        return found

    def find(self, key: str, version_id: str | None) -> Stored | None:
        """A version by its id, or the newest."""
        if version_id is None:
            return self.latest(key)
        return next((v for v in self.versions if (v.key, v.version_id) == (key, version_id)), None)

    def object(self, key: str, version_id: str | None) -> Stored:
        """A version that has content. Raises what S3 answers for one that has none."""
        found = self.find(key, version_id)
        if found is None:
            raise S3Error("NoSuchKey" if version_id is None else "NoSuchVersion", 404)
        if found.marker:
            headers = {"x-amz-delete-marker": "true", "x-amz-version-id": found.version_id}
            code, status = ("NoSuchKey", 404) if version_id is None else ("MethodNotAllowed", 405)
            raise S3Error(code, status, headers=headers)
        return found

    def after(self, prefix: str, key: str | None, version_id: str | None) -> Iterator[Stored]:
        """What follows a page's last entry; with a key alone, what follows all of that key's entries."""
        entries = self.listed(prefix)
        if key is None:
            yield from entries
            return
        same = [v for v in entries if v.key == key]
        if version_id is not None:
            ids = [v.version_id for v in same]
            older = self._older.get((key, version_id), set())
            if version_id in ids:
                older = set(ids[ids.index(version_id) + 1 :])
            elif (key, version_id) not in self._older:
                raise S3Error("InvalidArgument", 400, "Invalid version id specified")
            yield from (v for v in same if v.version_id in older)
        yield from (v for v in entries if v.key.encode() > key.encode())


class Store(_Held):
    """Everything the stand-in holds."""

    access_keys: list[str] = Field(default_factory=lambda: [ACCESS_KEY])
    buckets: dict[str, Bucket] = Field(default_factory=dict)

    def bucket(self, name: str) -> Bucket:
        """A bucket that is there."""
        if name not in self.buckets:
            raise S3Error("NoSuchBucket", 404, "The specified bucket does not exist")
        return self.buckets[name]

    def put(self, bucket: Bucket, stored: Stored) -> Stored:
        """Add a version; without versions it takes the place of what was there."""
        if bucket.versioning:
            stored.version_id = next(i for i in map("v{:08}".format, count(1)) if bucket.find(stored.key, i) is None)
        else:
            bucket.versions = [v for v in bucket.versions if v.key != stored.key]
        bucket.versions.append(stored)
        return stored

    def delete(self, bucket: Bucket, key: str, version_id: str | None, *, bypass: bool) -> Stored | None:
        """Delete a version by id, or add a marker; the version or marker it is about, `None` if there was none.

        Raises `S3Error` when S3 refuses.
        """
        if version_id is None and bucket.versioning:
            return self.put(bucket, Stored(key=key, marker=True))
        found = bucket.find(key, version_id)
        if found is None:
            return None
        if found.delete_error:
            raise S3Error(found.delete_error, 500 if found.delete_error == "InternalError" else 403)
        if found.locked(bypass=bypass):
            raise S3Error("AccessDenied", 403, "Access Denied because object protected by object lock.")
        bucket.forget(found)
        return found
