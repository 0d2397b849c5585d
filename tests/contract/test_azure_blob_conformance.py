"""What the connector asks and what the stand-in answers, both held against Azure's own client as it was generated."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from connectors.azure_blob import AzureBlob
from connectors.connector import ConnectorError
from standins.azure_blob import app
from standins.serving import serving
from tests.contract.acts import download, locate, walk
from tests.contract.azure_description import (
    OPERATIONS,
    Exchange,
    recording,
    strange_answer,
    strange_request,
    strange_xml,
)
from tests.contract.rig import Fault
from tests.contract.rigs.azure_blob import CONTAINER, config, state
from tests.contract.test_azure_blob import ME, blob

UNTIL = (datetime.now(UTC) + timedelta(days=9)).isoformat()


async def _whole_life(address: str) -> None:
    """Everything the connector can do, done to every kind of record."""
    shared = ({"name": CONTAINER, "prefixes": ["clients/{customer_id}/", "shared/"]},)
    tag = {"key": "customer", "kind": "customer_id"}
    connector = AzureBlob(config(address, buckets=shared, tag=tag, page_size=3))
    records = await locate(connector, ME)
    await walk(connector)
    await download(connector, await connector.export(records))
    for act in (connector.erase, connector.erase, connector.check):
        await act(records)
    await connector.export(records)
    await connector.close()


async def test_requests_and_answers_are_those_of_azures_description() -> None:
    """Every parameter, header, status, element and value is one that Azure describes, in both directions."""
    application = app(
        state(
            blob("held", legal_hold=True),
            blob("kept", immutable_until=UNTIL),
            blob("twice", version_id="2026-01-01T00:00:00.0000001Z", current=False, metadata={"by": "me"}),
            blob("twice", version_id="2026-01-01T00:00:00.0000002Z", body=""),
            blob("seen", snapshot="2026-01-01T00:00:00.0000001Z"),
            blob("seen"),
            blob("odd \x01", tags={"customer": "42"}),
            {"name": "shared/a", "tags": {"customer": "42"}},
            soft_delete_days=7,
        )
    )
    exchanges = recording(application)

    async with serving(application) as address:
        await _whole_life(address)

    assert {exchange.operation for exchange in exchanges} == OPERATIONS.keys()
    assert _all(strange_request, exchanges) == set()
    assert _all(strange_answer, exchanges) == set()
    assert {exchange.status for exchange in exchanges} >= {200, 202, 206, 404, 409}


@pytest.mark.parametrize("kind", [Fault.RATE_LIMIT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN])
async def test_failures_are_told_in_azures_error_document(kind: str) -> None:
    """With a code that Azure has, in the document and in the header."""
    application = app(state())
    exchanges = recording(application)

    async with serving(application) as address, aiohttp.ClientSession(address) as control:
        await control.post("/_control/faults", json={"kind": kind})
        connector = AzureBlob(config(address))
        with pytest.raises(ConnectorError):
            await locate(connector, ME)
        await connector.close()

    assert [exchange.status >= 400 for exchange in exchanges] == [True]
    assert _all(strange_answer, exchanges) == set()


def test_the_check_itself_sees_what_is_strange_in_azures_xml() -> None:
    """A made-up element or attribute, a wrong number, date or truth: each is told."""
    body = (
        b"<EnumerationResults Servis='x'><MaxResults>many</MaxResults><Blobs><Blob><Name>a</Name>"
        b"<Deletet>true</Deletet><Properties><Content-Length>x</Content-Length><LegalHold>yes</LegalHold>"
        b"<Last-Modified>soon</Last-Modified></Properties><Tags><TagSet><Tag><Kee>k</Kee></Tag></TagSet></Tags></Blob></Blobs></EnumerationResults>"
    )

    found = {each.rpartition("Blob[].")[2] for each in strange_xml(body, "ListBlobsFlatSegmentResponse")}

    assert {each.rpartition(".")[2] for each in found} == {
        "ListBlobsFlatSegmentResponse: attribute Servis",
        "MaxResults is not int",
        "Blob[]: element Deletet",
        "Content-Length is not int",
        "LegalHold is not bool",
        "Last-Modified is not rfc-1123",
        "TagSet[]: element Kee",
    }


def _all(check: Callable[[Exchange], Iterator[str]], exchanges: Iterable[Exchange]) -> set[str]:
    return {each for exchange in exchanges for each in check(exchange)}
