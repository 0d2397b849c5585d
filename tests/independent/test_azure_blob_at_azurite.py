"""Azure Blob Storage at Azurite, Microsoft's own emulator."""

from collections.abc import AsyncIterator

import pytest
from azure.core.exceptions import HttpResponseError

from tests.contract.acts import locate
from tests.contract.people import ADA
from tests.contract.rig import Rig
from tests.independent.rigs.azurite import AzuriteRig
from tests.independent.rules import RULES, held_to_the_rules

pytestmark = pytest.mark.independent

globals().update(RULES)


@pytest.fixture
async def rig(request: pytest.FixtureRequest, azurite: str) -> AsyncIterator[Rig]:
    async with held_to_the_rules(request, AzuriteRig(azurite)) as started:
        yield started


@pytest.fixture
async def container(azurite: str) -> AsyncIterator[AzuriteRig]:
    started = AzuriteRig(azurite)
    async with started.start():
        yield started


async def test_azurite_loses_what_is_left_of_a_name_when_a_page_ends_within_it(container: AzuriteRig) -> None:
    """Its marker is the name alone, and the next page begins with the next name; Azure's own marker is opaque."""
    await container.seed(ADA, 2)

    pages = container.client.list_blobs(include=["snapshots"], results_per_page=1).by_page()
    found = [each async for page in pages async for each in page]

    assert len(found) == 1


async def test_azurite_has_neither_holds_nor_undelete(container: AzuriteRig) -> None:
    """Both answer 501, "Current API is not implemented yet".

    What Azure has locked or soft-deleted is tried on our stand-in alone.
    """
    await container.seed(ADA, 1)
    (record,) = await locate(container.connector, ADA)
    blob = container.client.get_blob_client(record.state["key"])

    for ask in (lambda: blob.set_legal_hold(legal_hold=True), blob.undelete_blob):
        with pytest.raises(HttpResponseError) as refused:
            await ask()
        assert refused.value.status_code == 501
        assert "Current API is not implemented yet" in refused.value.message
