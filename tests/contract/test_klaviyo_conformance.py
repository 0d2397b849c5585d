"""What we send to Klaviyo and what our stand-in answers, both against the description that Klaviyo publishes."""

import json

import pytest

from connectors.klaviyo_config import KlaviyoConfig
from standins.klaviyo import app
from tests.contract.acts import instead, locate, said, walk
from tests.contract.described import FOLDER, Description, Said
from tests.contract.people import ADA, CORRECT, DIFFICULT
from tests.contract.rig import Fault
from tests.contract.rigs.klaviyo import KlaviyoRig

FILE = "klaviyo-2026-07-15.json"
PROFILE = "ProfileResponsePluralConversationsObjectResource"
BESIDE = {"subscriptions", "predictive_analytics"}
"""What a profile has only where it is asked for: a schema of its own adds them to the profile's."""

SUPPRESS, TAKE_BACK = (f"/api/profile-suppression-bulk-{what}-jobs" for what in ("create", "delete"))
USED = {
    ("GET", "/api/profiles"),
    ("GET", "/api/profiles/{id}"),
    ("PATCH", "/api/profiles/{id}"),
    ("GET", "/api/profiles/{id}/lists"),
    ("GET", "/api/profiles/{id}/segments"),
    ("GET", "/api/events"),
    ("POST", "/api/data-privacy-deletion-jobs"),
    ("POST", SUPPRESS),
    ("GET", f"{SUPPRESS}/{{job_id}}"),
    ("POST", TAKE_BACK),
    ("GET", f"{TAKE_BACK}/{{job_id}}"),
}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description.of(FILE, extended=frozenset({PROFILE}))


async def everything(rig: KlaviyoRig) -> list[Said]:
    """All that the connector can do, with refusals among it."""
    async with rig.start():
        await rig.seed(ADA, 3)
        await rig.seed(DIFFICULT[0], 1)
        for who in (ADA, DIFFICULT[0]):
            records = await locate(rig.connector, who)
            await rig.connector.export(records)
            held = await said(rig.connector, records)
            await rig.connector.rectify(records, instead(held, CORRECT))
            await rig.connector.rectify(records, [dict.fromkeys(values, "x" * 500) for values in held])
            await rig.connector.rectify(records, held)
            await walk(rig.connector)
            await rig.connector.suppress(records)
            await rig.connector.restore(records)
            await rig.connector.erase(records)
            await rig.connector.check(records)
    return rig.exchanges


async def test_requests_and_answers_are_as_klaviyo_describes_them(description: Description) -> None:
    """Every path, parameter, document and answer, refusals among them, is in Klaviyo's own description."""
    heard = await everything(KlaviyoRig())

    assert sorted({wrong for each in heard for wrong in description.mistakes(each)}) == []
    assert {(each.method, description.operation(each)[0]) for each in heard} == USED
    assert {each.status for each in heard} == {200, 202, 400, 404}


async def test_a_profile_has_the_fields_of_klaviyos_and_no_others() -> None:
    """The one schema that others extend is compared by itself."""
    document = json.loads((FOLDER / FILE).read_text(encoding="utf-8"))
    described = set(document["components"]["schemas"][PROFILE]["properties"]["attributes"]["properties"])
    rig = KlaviyoRig()
    async with rig.start():
        await rig.seed(ADA, 1)
        await rig.connector.export(await locate(rig.connector, ADA))

    shown = next(each.answer["data"] for each in rig.exchanges if each.path == "/api/profiles/01STANDIN000000")
    assert set(shown["attributes"]) == described | BESIDE


async def test_every_request_carries_the_key_the_revision_and_a_document_or_nothing() -> None:
    """The revision is the one that is described."""
    heard = await everything(KlaviyoRig())

    assert {each.headers["revision"] for each in heard} == {KlaviyoConfig.model_fields["revision"].default}
    assert {each.headers["authorization"] for each in heard} == {"Klaviyo-API-Key pk_standin"}
    assert {each.content_type for each in heard if each.body is not None} == {"application/vnd.api+json"}
    assert {each.method for each in heard if each.body is None} == {"GET"}


async def test_a_deletion_names_exactly_one_identifier() -> None:
    """Klaviyo refuses two, and deletes all that one of them matches: an id matches one profile."""
    heard = await everything(KlaviyoRig())

    asked = [each.body["data"]["attributes"]["profile"]["data"] for each in heard if "deletion-jobs" in each.path]
    assert len(asked) == 4
    assert all(each["id"] and each["attributes"] == {} for each in asked)


async def test_the_standin_offers_nothing_that_klaviyo_does_not(description: Description) -> None:
    """Every route of the stand-in is one of Klaviyo's."""
    routes = [(route.method, route.resource.canonical) for route in app().router.routes() if route.resource]
    own = [each for each in routes if "/_control/" not in each[1] and each[0] != "HEAD"]

    for method, path in own:
        description.operation(Said(method, path.replace("{", "").replace("}", ""), (), {}, "", None, 200, None))

    assert len(own) == len(USED)


@pytest.mark.parametrize(
    "kind",
    [Fault.RATE_LIMIT, Fault.RATE_LIMIT_WITHOUT_HINT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN],
)
async def test_faults_are_put_as_klaviyo_puts_them(description: Description, kind: str) -> None:
    """What the stand-in says when it is broken on purpose is what Klaviyo would say."""
    rig = KlaviyoRig()
    async with rig.start():
        await rig.fault(kind)
        async with rig.control.get("/api/profiles"):
            pass

    (refused,) = rig.exchanges
    assert refused.status != 200
    assert description.mistakes(refused) == []


def test_a_mistake_would_be_seen(description: Description) -> None:
    """The comparison itself finds unknown parameters, values, fields and misshapen answers."""
    query = (("page[size]", "many"), ("additional-fields[profile]", "subscriptions,horoscope"), ("colour", "red"))
    listed = Said("GET", "/api/profiles", query, {}, "", None, 200, {"data": [{"type": "dog"}]})
    body = {"data": {"type": "data-privacy-deletion-job", "attributes": {"profile": {"data": {"kind": "x"}}}}}
    posted = Said("POST", "/api/data-privacy-deletion-jobs", (), {}, "application/vnd.api+json", body, 202, {"id": 1})

    found = " ".join([*description.mistakes(listed), *description.mistakes(posted)])

    for wrong in ("?page[size]", "horoscope", "?colour", "'dog'", "'kind' was unexpected", "202 has no body"):
        assert wrong in found
