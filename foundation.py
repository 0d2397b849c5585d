"""What both processes stand on, built from the settings: ledger, vault, policies, and the way to the engine."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from activities.policies import Policies
from connectors.catalogue import BadEntry
from ledger.database import BadLedgerUrl
from ledger.ledger import Ledger
from ledger.schema import NewerLedger
from settings import BadSettings, Settings, s3_location
from vault.codec import data_converter
from vault.keys import BadMasters, KeyRing, parse_masters
from vault.store import DiskStore, S3Config, Store, s3_store
from vault.vault import Vault

UNUSABLE = (BadSettings, BadEntry, BadMasters, BadLedgerUrl, NewerLedger)
"""What stops a process at its start: whoever runs it reads the text, and no traceback."""


@dataclass(frozen=True)
class Foundation:
    """The real things. Tests build the same from their own parts."""

    ledger: Ledger
    vault: Vault
    keys: KeyRing
    policies: Policies
    engine: Mapping[str, str] = field(default_factory=dict)
    """Temporal's own variables, as the settings read them."""

    async def connect(self) -> Client:
        """A client of the engine, set up by Temporal's own profiles and variables (`TEMPORAL_ADDRESS` and others)."""
        profile = ClientConfig.load_client_connect_config(override_env_vars=self.engine)
        profile.setdefault("target_host", "localhost:7233")
        return await Client.connect(**profile, data_converter=data_converter(self.keys))


@asynccontextmanager
async def founded(settings: Settings) -> AsyncIterator[Foundation]:
    """Open everything, and close it at the end."""
    async with AsyncExitStack() as stack:
        store = await _store(settings.vault_url, stack)
        masters, current = parse_masters(settings.master_keys.get_secret_value())
        keys = KeyRing(store, masters, current)
        ledger = await Ledger.open(settings.ledger_url, key_for(settings, "journal"))
        stack.push_async_callback(ledger.close)
        yield Foundation(
            ledger=ledger, vault=Vault(store, keys), keys=keys, policies=Policies(ledger), engine=settings.engine
        )


def key_for(settings: Settings, purpose: str) -> bytes:
    """A key for one purpose, derived from the ledger's."""
    return hmac.new(settings.ledger_secret(), f"habeas {purpose} 1".encode(), hashlib.sha256).digest()


async def _store(url: str, stack: AsyncExitStack) -> Store:
    if url.startswith("file:"):
        return DiskStore(Path(url.removeprefix("file:")))
    bucket, prefix, options = s3_location(url)
    config = S3Config(
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        region=options.get("region", "us-east-1"),
        endpoint_url=options.get("endpoint"),
    )
    return await stack.enter_async_context(s3_store(config))
