"""What the Azure stand-in holds, and Azure's rules about it: versions, snapshots, locks, soft deletion.

The shape of its state, for seeding (every field but the names has a default):

    {"accounts": {"standin": "<key, base64>"},
     "versioning": true, "soft_delete_days": 0,              of the whole account
     "containers": {"clients": {
        "immutable": false,                                  the container's own policy
        "blobs": [                                           oldest first
          {"name": "clients/42/a.txt", "version_id": "2026-01-31T12:00:00.0000001Z", "current": true, "snapshot": "",
           "body": "text", "content_type": "text/plain", "last_modified": "2026-01-31T12:00:00Z",
           "metadata": {}, "tags": {}, "legal_hold": false, "immutable_until": null, "leased": false,
           "archived": false,
           "deleted_until": null, "deleted": null}]}}}       when set, it is soft-deleted until then, and since when

Without versions `version_id` is "" and a blob that is no snapshot is `current`.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

ACCOUNT = "standin"
KEY = base64.b64encode(b"a key that everybody knows").decode()


class AzureError(Exception):
    """An answer that is an error: its code and its status."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class _Held(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Blob(_Held):
    """A blob, one of its versions, or a snapshot of it."""

    name: str
    version_id: str = ""
    current: bool = True
    snapshot: str = ""
    body: str = ""
    content_type: str = "application/octet-stream"
    last_modified: datetime = Field(default_factory=lambda: datetime.now(UTC))
    metadata: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    legal_hold: bool = False
    immutable_until: datetime | None = None
    leased: bool = False
    archived: bool = False
    deleted_until: datetime | None = None
    deleted: datetime | None = None

    @property
    def content(self) -> bytes:
        """The blob's bytes."""
        return self.body.encode()

    @property
    def etag(self) -> str:
        """Changes with the content."""
        digest = md5(f"{self.name}{self.version_id}{self.body}".encode(), usedforsecurity=False)
        return f'"0x{digest.hexdigest()[:15].upper()}"'

    @property
    def soft(self) -> bool:
        """Whether it is deleted, and could be restored."""
        return self.deleted_until is not None and self.deleted_until > datetime.now(UTC)

    @property
    def over(self) -> bool:
        """Whether it is gone for good."""
        return self.deleted_until is not None and not self.soft

    @property
    def locked(self) -> str:
        """The code with which Azure refuses to delete it."""
        if self.legal_hold:
            return "BlobImmutableDueToLegalHold"
        forever = self.immutable_until is not None and self.immutable_until > datetime.now(UTC)
        return "BlobImmutableDueToPolicy" if forever else ""


class Container(_Held):
    """A container and everything in it, oldest first."""

    immutable: bool = False
    blobs: list[Blob] = Field(default_factory=list)

    def listed(self, prefix: str, include: set[str]) -> list[Blob]:
        """In Azure's order: names, then snapshots and versions by their age, the blob itself last."""
        shown = [each for each in self.blobs if each.name.startswith(prefix) and self._shown(each, include)]
        return sorted(shown, key=place)

    def _shown(self, blob: Blob, include: set[str]) -> bool:
        if blob.over or (blob.soft and "deleted" not in include):
            return False
        if blob.snapshot:
            return "snapshots" in include
        return blob.current or blob.soft or "versions" in include

    def find(self, name: str, snapshot: str | None, version_id: str | None) -> Blob:
        """One of them, soft-deleted ones left out. Raises what Azure answers where there is none."""
        for each in self.blobs:
            wanted = (
                each.snapshot == snapshot
                if snapshot
                else not each.snapshot and (each.version_id == version_id if version_id else each.current)
            )
            if each.name == name and wanted and each.deleted_until is None:
                return each
        raise AzureError("BlobNotFound", 404)

    def snapshots(self, name: str) -> Iterator[Blob]:
        """The snapshots of a blob."""
        return (each for each in self.blobs if each.name == name and each.snapshot and each.deleted_until is None)


class Store(_Held):
    """Everything the stand-in holds."""

    accounts: dict[str, str] = Field(default_factory=lambda: {ACCOUNT: KEY})
    versioning: bool = True
    soft_delete_days: int = 0
    containers: dict[str, Container] = Field(default_factory=dict)

    def container(self, name: str) -> Container:
        """A container that is there."""
        if name not in self.containers:
            raise AzureError("ContainerNotFound", 404)
        return self.containers[name]

    def delete(self, container: Container, blob: Blob, asked: dict[str, Any], *, with_snapshots: str) -> None:
        """Delete one; a current version that is named by no id becomes an earlier one. Raises `AzureError`."""
        if blob.leased:
            raise AzureError("LeaseIdMissing", 412)
        if asked.get("versionid") and blob.current:
            raise AzureError("OperationNotAllowedOnRootBlob", 403)
        itself = not asked.get("versionid") and not asked.get("snapshot")
        snapshots = list(container.snapshots(blob.name)) if itself else []
        if snapshots and not with_snapshots:
            raise AzureError("SnapshotsPresent", 409)
        if itself and blob.version_id:
            blob.current = False
            return
        if container.immutable or blob.locked:
            raise AzureError(blob.locked or "BlobImmutableDueToPolicy", 409)
        for each in [*snapshots, blob]:
            self._remove(container, each)

    def _remove(self, container: Container, blob: Blob) -> None:
        if not self.soft_delete_days:
            container.blobs.remove(blob)
            return
        blob.deleted = datetime.now(UTC)
        blob.deleted_until = blob.deleted + timedelta(days=self.soft_delete_days)


def place(blob: Blob) -> tuple[bytes, bool, str, str]:
    """Where a blob stands in a listing."""
    return (blob.name.encode(), not blob.snapshot, blob.snapshot, blob.version_id)
