"""The vault in a bucket of a real S3 server."""

from pathlib import Path

from pydantic import SecretStr

from standins.seaweed import make_bucket, running
from tests.unit.store_rules import RULES
from vault.keys import KeyRing
from vault.store import S3Config, s3_store
from vault.vault import Vault

MIB = 1024 * 1024


async def test_a_bucket_follows_the_rules_of_every_store(tmp_path: Path) -> None:
    """Each rule in a part of the bucket of its own; then a vault on top, with an object sent in several parts."""
    async with running(tmp_path) as server:
        await make_bucket(server, "vault", versioned=False)
        config = S3Config(
            bucket="vault",
            endpoint_url=server.endpoint_url,
            access_key=server.access_key,
            secret_key=SecretStr(server.secret_key),
        )
        for rule in RULES:
            async with s3_store(config.model_copy(update={"prefix": f"{rule.__name__}/"})) as store:
                await rule(store)
        async with s3_store(config) as store:
            vault = Vault(store, KeyRing(store, {"m1": bytes(32)}, "m1"))
            await vault.create("request-1")
            await vault.put("request-1", "large", b"canary" * 3 * MIB)
            lying = await store.read("objects/request-1/large")
            back = await vault.get("request-1", "large")
            await vault.destroy("request-1")
            left = await store.names("objects/")
            unfinished = (await store._client.list_multipart_uploads(Bucket="vault")).get("Uploads", [])  # noqa: SLF001

    assert back == b"canary" * 3 * MIB
    assert b"canary" not in lying
    assert left == []
    assert unfinished == []
