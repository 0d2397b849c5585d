"""What we send to Google and what our stand-in answers, both against Google's own discovery documents."""

from collections.abc import AsyncIterator

import pytest

from dsar.identity import Identifier, Identity, Key
from tests.contract.acts import download, locate
from tests.contract.google_description import Description
from tests.contract.people import ADA
from tests.contract.recording import Exchange
from tests.contract.rigs.ga4 import PROPERTY, Ga4Rig

USED = {
    "analyticsadmin.properties.dataStreams.list",
    "analyticsadmin.properties.getUserProvidedDataSettings",
    "analyticsadmin.properties.submitUserDeletion",
    "bigquery.jobs.getQueryResults",
    "bigquery.jobs.query",
}
STREAMS = ["WEB_DATA_STREAM", "IOS_APP_DATA_STREAM"]


@pytest.fixture(scope="module")
def description() -> Description:
    return Description("analyticsadmin.v1alpha", "bigquery.v2")


@pytest.fixture
async def exchanges() -> AsyncIterator[list[Exchange]]:
    """All that is said while a person is found, exported, erased and looked for again."""
    rig = Ga4Rig()
    async with rig.start():
        await rig.seed(ADA, 5)
        app = Identity(identifiers=(Identifier(kind=Key.CLIENT_ID, value="0f1e2d3c4b5a69788796a5b4c3d2e1f0"),))
        await rig.seed(app, 1)
        state = await rig.state()
        await rig.put(
            state | {"properties": {PROPERTY: {"userProvidedDataCollectionEnabled": True, "dataStreams": STREAMS}}}
        )
        records = [*await locate(rig.connector, ADA), *await locate(rig.connector, app)]
        await download(rig.connector, await rig.connector.export(records))
        await rig.connector.erase(records)
        await rig.connector.check(records)
        yield [each for each in rig.exchanges if each.path != "/token"]


async def test_requests_and_answers_are_as_google_describes_them(
    description: Description, exchanges: list[Exchange]
) -> None:
    """Every path, parameter, body and answer exists in the discovery documents, under the same name and type."""
    mistakes = [f"{each.method} {each.path}: {wrong}" for each in exchanges for wrong in description.mistakes(each)]

    assert mistakes == []
    assert {description.method(each)[0]["id"] for each in exchanges} == USED


def test_a_mistake_would_be_seen(description: Description) -> None:
    """The comparison itself finds unknown paths, parameters, properties and wrong types."""
    asked = {"query": 1, "useLegacySQL": False}
    answered = {"jobReference": {"job": "x"}}
    exchange = Exchange("POST", "/bigquery/v2/projects/p/queries", frozenset({"page"}), asked, 200, answered)

    mistakes = description.mistakes(exchange)

    assert sorted(mistakes) == [
        "?page",
        "answer.jobReference.job is unknown",
        "request.query is not string",
        "request.useLegacySQL is unknown",
    ]
    with pytest.raises(AssertionError):
        description.method(Exchange("POST", "/v1beta/properties/1:submitUserDeletion", frozenset(), {}, 200, {}))
