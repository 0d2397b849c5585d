"""S3 at moto: the whole contract, on a server that somebody else wrote from Amazon's description."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from connectors.connector import TryLater
from connectors.s3_versions import Version
from dsar.records import Lock, Record
from tests.contract.acts import locate
from tests.contract.people import ADA
from tests.contract.rig import Rig
from tests.independent.rigs.s3_moto import S3MotoRig
from tests.independent.rules import RULES, held_to_the_rules

pytestmark = pytest.mark.independent

globals().update(RULES)


@pytest.fixture
async def rig(request: pytest.FixtureRequest, moto: str) -> AsyncIterator[Rig]:
    async with held_to_the_rules(request, S3MotoRig(moto)) as started:
        yield started


@pytest.fixture
async def bucket(moto: str) -> AsyncIterator[S3MotoRig]:
    started = S3MotoRig(moto)
    async with started.start():
        yield started


async def test_what_moto_has_locked_is_told_until_when_and_stays(bucket: S3MotoRig) -> None:
    """Legal holds and retentions are read from HEAD, and nothing that is locked goes.

    Here moto says AccessDenied of a key and not of which version (Amazon's answer has the VersionId): the connector
    believes neither that it was erased nor that it was kept, and asks again later. What is not locked is gone by then.
    """
    await bucket.seed(ADA, 6)
    held, retained, free = (await locate(bucket.connector, ADA))[::2]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await bucket.client.put_object_legal_hold(**_named(held), LegalHold={"Status": "ON"})
    retention = {"Mode": "COMPLIANCE", "RetainUntilDate": tomorrow}
    await bucket.client.put_object_retention(**_named(retained), Retention=retention)

    found = {record.id: record.lock for record in await locate(bucket.connector, ADA)}
    with pytest.raises(TryLater):
        await bucket.connector.erase([held, retained, free])

    assert found[held.id] == Lock(basis="S3 legal hold")
    assert found[retained.id] == Lock(basis="S3 object lock (COMPLIANCE)", until=tomorrow.date())
    assert found[free.id] is None
    assert [await bucket.present(each) for each in (held, retained, free)] == [True, True, False]


async def test_moto_fails_to_tell_a_retention_when_it_is_asked(bucket: S3MotoRig) -> None:
    """GetObjectRetention answers 500 of a version without one; Amazon says 404 NoSuchObjectLockConfiguration.

    The connector does not ask so: HEAD tells of both kinds of lock in one call.
    """
    await bucket.seed(ADA, 1)
    (record,) = await locate(bucket.connector, ADA)

    with pytest.raises(ClientError) as refused:
        await bucket.client.get_object_retention(**_named(record))

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def _named(record: Record) -> dict[str, str]:
    it = Version.model_validate(record.state)
    return {"Bucket": it.bucket, "Key": it.key, "VersionId": it.version}
