"""What we send to Drive and what its stand-in answers, both against Google's discovery document of it."""

import pytest

from connectors.connector import ConnectorError
from tests.contract.acts import download, locate, walk
from tests.contract.google_description import Description
from tests.contract.people import ADA
from tests.contract.recording import Exchange
from tests.contract.rig import Fault
from tests.contract.rigs.drive import DRIVE, DriveRig

USED = {
    "drive.drives.list",
    "drive.files.delete",
    "drive.files.export",
    "drive.files.get",
    "drive.files.list",
    "drive.files.update",
    "drive.permissions.delete",
    "drive.permissions.get",
    "drive.permissions.list",
}
DOCUMENT = "application/vnd.google-apps.document"
GUEST = {"id": "0815", "email": "ada@example.com", "role": "commenter"}


async def _whole_life(rig: DriveRig) -> list[Exchange]:
    """Everything the connector can do, to files, documents, folders and accesses."""
    await rig.seed(ADA, 5)
    held = await rig.state()
    held["files"]["f0002"] |= {"mime": DOCUMENT, "properties": {"customer": "C-4711"}}
    held["files"]["g1"] = {"name": "other", "drive": DRIVE, "permissions": [GUEST]}
    held["files"]["g2"] = {"name": "mine", "permissions": [GUEST], "owner": "somebody@example.org"}
    held["drives"] = {DRIVE: {"name": "Studio", "permissions": [GUEST]}}
    await rig.put(held)
    records = await locate(rig.connector, ADA)
    await walk(rig.connector)
    await download(rig.connector, await rig.connector.export(records))
    for act in (
        rig.connector.suppress,
        rig.connector.restrict,
        rig.connector.restore,
        rig.connector.erase,
        rig.connector.check,
    ):
        await act(records)
    return [each for each in rig.exchanges if each.path != "/token"]


async def test_requests_and_answers_are_as_google_describes_drive() -> None:
    """Every path, parameter, body and answer exists in the discovery document, under the same name and type."""
    description = Description("drive.v3")
    rig = DriveRig(queries=("properties has { key='customer' and value='{customer_id}' }",))

    async with rig.start():
        exchanges = await _whole_life(rig)

    mistakes = [f"{each.method} {each.path}: {wrong}" for each in exchanges for wrong in description.mistakes(each)]
    assert mistakes == []
    assert {description.method(each)[0]["id"] for each in exchanges} == USED


@pytest.mark.parametrize("kind", [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN])
async def test_failures_of_drive_are_told_in_googles_words(kind: str) -> None:
    """With a code, a message and a reason, as the guide to Drive's errors has them."""
    rig = DriveRig()

    async with rig.start():
        await locate(rig.connector, ADA)
        await rig.fault(kind)
        with pytest.raises(ConnectorError):
            await locate(rig.connector, ADA)

    error = rig.exchanges[-1].answer["error"]
    assert error["code"] == rig.exchanges[-1].status
    assert error["message"]
    assert all(each["reason"] for each in error["errors"])
