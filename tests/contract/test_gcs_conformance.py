"""What we send to Cloud Storage and what its stand-in answers, both against Google's discovery document of it."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.connector import ConnectorError
from tests.contract.acts import download, locate, walk
from tests.contract.google_description import Description
from tests.contract.people import ADA
from tests.contract.recording import Exchange
from tests.contract.rig import Fault
from tests.contract.rigs.gcs import BUCKET, GcsRig

USED = {
    "storage.buckets.get",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
    "storage.objects.patch",
}


async def _whole_life(rig: GcsRig) -> list[Exchange]:
    """Everything the connector can do, to every kind of generation."""
    await rig.seed(ADA, 5)
    held = await rig.state()
    bucket = held["buckets"][BUCKET]
    bucket |= {"soft_delete_seconds": 604_800, "hard_delete_paused": True}
    bucket["objects"][0] |= {"temporary_hold": True, "event_based_hold": True}
    until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    bucket["objects"][1] |= {"retain_until": until, "retention_mode": "Unlocked"}
    await rig.put(held)
    records = await locate(rig.connector, ADA)
    await walk(rig.connector)
    await download(rig.connector, await rig.connector.export(records))
    for act in (rig.connector.restrict, rig.connector.restore, rig.connector.erase, rig.connector.check):
        await act(records)
    return [each for each in rig.exchanges if each.path != "/token"]


async def test_requests_and_answers_are_as_google_describes_cloud_storage() -> None:
    """Every path, parameter, body and answer exists in the discovery document, under the same name and type."""
    description = Description("storage.v1")
    rig = GcsRig()

    async with rig.start():
        exchanges = await _whole_life(rig)

    mistakes = [f"{each.method} {each.path}: {wrong}" for each in exchanges for wrong in description.mistakes(each)]
    assert mistakes == []
    assert {description.method(each)[0]["id"] for each in exchanges} == USED


@pytest.mark.parametrize("kind", [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN])
async def test_failures_of_cloud_storage_are_told_in_googles_words(kind: str) -> None:
    """With a code, a message and a reason, as the guide to the JSON interface's errors has them."""
    rig = GcsRig()

    async with rig.start():
        await locate(rig.connector, ADA)
        await rig.fault(kind)
        with pytest.raises(ConnectorError):
            await locate(rig.connector, ADA)

    error = rig.exchanges[-1].answer["error"]
    assert error["code"] == rig.exchanges[-1].status
    assert error["message"]
    assert all(each["reason"] for each in error["errors"])
