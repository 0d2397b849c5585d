"""Where sealed objects lie: named bytes, on a disk or in a bucket. A store sees ciphertext only."""

from collections.abc import AsyncIterator
from typing import Protocol

from vault.disk import DiskStore
from vault.objects import BadName, NotInVault, StoreError, one
from vault.s3 import S3Config, S3Store, s3_store

__all__ = ["BadName", "DiskStore", "NotInVault", "S3Config", "S3Store", "Store", "StoreError", "one", "s3_store"]


class Store(Protocol):
    """Named objects. Names are made by this program, never by a person: a file's own name is data, not a name."""

    async def write(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Write an object, or replace it: readers see the old one whole until the new one is whole and safe."""

    async def create(self, name: str, data: bytes) -> bool:
        """Write a small object unless one is there: of many at once, one gets `True` and its bytes are kept."""

    async def read(self, name: str) -> bytes:
        """An object, whole.

        Raises:
            NotInVault: there is none.
        """

    def stream(self, name: str) -> AsyncIterator[bytes]:
        """An object in blocks of at most 1 MiB.

        Raises:
            NotInVault: there is none; raised when the first block is asked for.
        """

    async def names(self, prefix: str) -> list[str]:
        """Every name that starts with the prefix, sorted."""

    async def exists(self, name: str) -> bool:
        """Whether there is an object of this name."""

    async def delete(self, name: str) -> None:
        """Delete an object; that there is none is well, too."""

    async def delete_all(self, prefix: str) -> None:
        """Delete every object below a prefix that ends with a slash."""
