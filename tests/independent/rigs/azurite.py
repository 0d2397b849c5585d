"""Azure Blob Storage's rig over Azurite: each blob with a snapshot, as it keeps no versions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import ClassVar

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from pydantic import SecretStr

from connectors.azure_blob import AzureBlob
from connectors.azure_blob_versions import Version
from connectors.object_places import Bucket
from dsar.identity import Identity
from dsar.records import Record
from tests.contract.rig import Fault
from tests.contract.rigs.azure_blob import config
from tests.contract.rigs.s3 import PREFIXES, folder

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's one account, and its key as Microsoft publishes it in Azurite's documentation."""

containers = (f"container-{number}" for number in count(1))


class AzuriteRig:
    """A container of blobs and snapshots on the real emulator.

    Impossible here: everything that breaks it. It can't be told to.
    """

    name = "azure_blob_azurite"
    lossy = False
    impossible = frozenset(value for name, value in vars(Fault).items() if name.isupper())
    exempt: ClassVar[dict[str, str]] = {
        "test_among_five_hundred_people_each_is_found_whole_and_alone": (
            "Azurite's marker is a name: where a page ends between a blob and its snapshot, the other is never listed"
        )
    }

    def __init__(self, address: str) -> None:
        self._address = f"{address}/{ACCOUNT}"

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Make a container."""
        self.container = next(containers)
        secret = f'{{"account_name": "{ACCOUNT}", "account_key": "{KEY}"}}'
        buckets = (Bucket(name=self.container, prefixes=PREFIXES),)
        self.connector = AzureBlob(config(self._address, secret=SecretStr(secret), buckets=buckets, page_size=2))
        account = {"account_name": ACCOUNT, "account_key": KEY}
        async with BlobServiceClient(self._address, credential=account) as self.service:
            self.client = await self.service.create_container(self.container)
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Put `count` blobs and snapshots, one of each under the same name."""
        ids = []
        for number in range(count):
            blob = self.client.get_blob_client(f"{folder(identity)}file {number // 2}.txt")
            if number % 2:
                taken = await blob.create_snapshot()
                it = Version(container=self.container, key=blob.blob_name, snapshot=taken["snapshot"])
            else:
                team = {"team": "studio"} if number % 3 else {}
                await blob.upload_blob(f"content {number}".encode(), metadata=team, overwrite=True)
                it = Version(container=self.container, key=blob.blob_name)
            ids.append(it.id)
        return ids

    async def snapshot(self) -> object:
        """Every blob and snapshot in the container."""
        found = self.client.list_blobs(include=["snapshots", "metadata"])
        return [(each.name, each.snapshot, each.etag, each.size, each.metadata) async for each in found]

    async def present(self, record: Record) -> bool:
        """Whether it can still be read."""
        it = Version.model_validate(record.state)
        blob = self.service.get_blob_client(it.container, it.key, snapshot=it.snapshot or None)
        try:
            await blob.get_blob_properties()
        except ResourceNotFoundError:
            return False
        return True

    async def fault(self, kind: str, times: int = 1) -> None:
        """Not on a real server."""
        raise NotImplementedError(kind)
