"""Mailchimp's connector and stand-in against the vendor's own description, the PyPI package mailchimp-marketing.

The package knows every path, method, query parameter and the name of each answer's model, but not the models'
fields: those stand below as the vendor's API reference lists them.
"""

import asyncio
import base64
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import mailchimp_marketing
import pytest
from pydantic import SecretStr

from connectors.connector import NeedsPerson, TryLater
from connectors.mailchimp import Mailchimp
from connectors.mailchimp_config import MailchimpConfig
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind
from standins.mailchimp import app
from standins.mailchimp_account import KEY
from standins.serving import serving
from tests.contract.acts import FIELDS, instead, locate, said, walk
from tests.contract.people import ADA, CORRECT, DIFFICULT
from tests.contract.rigs.mailchimp import MailchimpRig

MEMBER_FIELDS = frozenset(
    {"id", "email_address", "unique_email_id", "contact_id", "full_name", "web_id", "email_type", "status"}
    | {"unsubscribe_reason", "consents_to_one_to_one_messaging", "sms_phone_number", "sms_subscription_status"}
    | {"sms_subscription_last_updated", "merge_fields", "interests", "stats", "ip_signup", "timestamp_signup"}
    | {"ip_opt", "timestamp_opt", "member_rating", "last_changed", "language", "vip", "email_client", "location"}
    | {"marketing_permissions", "last_note", "source", "tags_count", "tags", "list_id", "_links"}
)
"""https://mailchimp.com/developer/marketing/api/list-members/get-member-info/ and the same for search-members."""
OPTIONAL = frozenset({"unsubscribe_reason", "sms_subscription_last_updated", "marketing_permissions", "last_note"})

COLLECTIONS = {
    "MemberActivityEvents1": {"activity", "email_id", "list_id", "_links"},
    "CollectionOfEvents": {"events", "total_items", "_links"},
    "CollectionOfMemberActivityEvents": {"goals", "list_id", "email_id", "total_items", "_links"},
    "CollectionOfNotes": {"notes", "email_id", "list_id", "total_items", "_links"},
    "CollectionOfTags": {"tags", "total_items", "_links"},
    "SubscriberLists": {"lists", "total_items", "_links"},
    "EcommerceStores": {"stores", "total_items", "_links"},
    "Customers": {"customers", "store_id", "total_items", "_links"},
    "Orders1": {"orders", "store_id", "total_items", "_links"},
    "ListMembers2": {"members", "list_id", "total_items", "_links"},
    "CollectionOfMergeFields": {"merge_fields", "list_id", "total_items", "_links"},
    "Members": {"exact_matches", "full_search", "_links"},
}
"""The models of collections, by the name that the package gives each."""

CALL = re.compile(
    r"def (?P<name>\w+)_with_http_info\(.*?all_params = \[(?P<params>.*?)\].*?"
    r"call_api\(\s*'(?P<path>.*?)', '(?P<method>\w+)'.*?response_type=(?P<model>.*?),",
    re.DOTALL,
)


class Described(NamedTuple):
    """One call as the vendor's package makes it."""

    method: str
    path: str
    params: frozenset[str]
    model: str | None

    def fits(self, method: str, path: str) -> bool:
        return method == self.method and bool(re.fullmatch(re.sub(r"{\w+}", "[^/]+", self.path), path))


@cache
def described() -> tuple[Described, ...]:
    folder = Path(mailchimp_marketing.__file__).parent / "api"
    return tuple(_calls("".join(path.read_text() for path in sorted(folder.glob("*_api.py")))))


def _calls(source: str) -> Iterator[Described]:
    for found in CALL.finditer(source):
        model = None if found["model"] == "None" else found["model"].strip("'")
        yield Described(found["method"], found["path"], frozenset(re.findall(r"'(\w+)'", found["params"])), model)


def description(method: str, path: str) -> Described:
    """The described call that this one is; of several, the one with fewest blanks."""
    fitting = sorted((each for each in described() if each.fits(method, path)), key=lambda each: each.path.count("{"))
    assert fitting, f"the vendor describes no {method} {path}"
    return fitting[0]


async def everything(rig: MailchimpRig) -> None:
    """All that the connector can do, both ways of searching included."""
    for count in (1, 6):
        await rig.seed(ADA if count > 1 else DIFFICULT[0], count)
    for who in (ADA, DIFFICULT[0]):
        records = await locate(rig.connector, who)
        await rig.connector.export(records)
        held = await said(rig.connector, records)
        await rig.connector.rectify(records, instead(held, CORRECT))
        await rig.connector.rectify(records, held)
        await walk(rig.connector)
        await rig.connector.suppress(records)
        await rig.connector.restore(records)
        await rig.connector.erase(records)
        await rig.connector.check(records)


def test_the_package_is_read_whole() -> None:
    """Every call that the package can make is known here, each once: a path that is missing would prove nothing."""
    folder = Path(mailchimp_marketing.__file__).parent / "api"
    functions = sum(path.read_text().count("_with_http_info(self") for path in folder.glob("*_api.py"))

    assert len(described()) == functions
    assert functions > 200


async def test_the_package_describes_every_request() -> None:
    """Each path and method that is asked for exists, and takes the query parameters that it is given."""
    rig = MailchimpRig()
    async with rig.start():
        await everything(rig)
        calls = await rig.calls()

    asked = {(call["method"], *call["path"].removeprefix("/3.0").partition("?")[::2]) for call in calls}
    strange = {
        (method, path, name)
        for method, path, query in asked
        for name in re.findall(r"(?:^|&)(\w+)=", query)
        if name not in description(method, path).params
    }
    assert strange == set()
    assert {description(method, path).path for method, path, _ in asked} == {
        "/search-members",
        "/lists",
        "/lists/{list_id}/members",
        "/lists/{list_id}/merge-fields",
        "/lists/{list_id}/members/{subscriber_hash}",
        "/lists/{list_id}/members/{subscriber_hash}/activity-feed",
        "/lists/{list_id}/members/{subscriber_hash}/events",
        "/lists/{list_id}/members/{subscriber_hash}/goals",
        "/lists/{list_id}/members/{subscriber_hash}/notes",
        "/lists/{list_id}/members/{subscriber_hash}/tags",
        "/lists/{list_id}/members/{subscriber_hash}/actions/delete-permanent",
        "/ecommerce/stores",
        "/ecommerce/stores/{store_id}/customers",
        "/ecommerce/stores/{store_id}/customers/{customer_id}",
        "/ecommerce/stores/{store_id}/orders",
        "/ecommerce/stores/{store_id}/orders/{order_id}",
    }


async def test_the_standin_offers_nothing_that_the_vendor_does_not() -> None:
    """Every route of the stand-in is one of the vendor's."""
    routes = [
        route for route in app().router.routes() if route.resource and route.resource.canonical.startswith("/3.0/")
    ]

    for route in routes:
        assert route.resource is not None
        if route.method != "HEAD":
            description(route.method, route.resource.canonical.removeprefix("/3.0"))

    assert len(routes) > 10


async def test_the_standins_answers_have_the_fields_of_the_vendors_models() -> None:
    """Contacts and collections look as the vendor's reference says; where it promises no body there is none."""
    rig = MailchimpRig()
    async with rig.start():
        await rig.seed(ADA, 1)
        (record,) = await locate(rig.connector, ADA)
        member = f"/lists/{record.state['list_id']}/members/{record.state['hash']}"
        parts = [f"{member}/{part}" for part in ("activity-feed", "events", "goals", "notes", "tags")]
        shop = [f"/ecommerce/stores{rest}" for rest in ("", "/shop/customers", "/shop/orders")]

        lists = ["/lists", *(f"/lists/{record.state['list_id']}/{part}" for part in ("members", "merge-fields"))]
        contact = await _get(rig, member)
        found = await _get(rig, f"/search-members?query={ADA.values(Key.EMAIL)[0]}")
        collections = {path: await _get(rig, path) for path in [*lists, *parts, *shop]}

    for each in (contact, *found["exact_matches"]["members"], *collections[lists[1]]["members"]):
        assert set(each) <= MEMBER_FIELDS
        assert MEMBER_FIELDS - set(each) <= OPTIONAL
    for path, body in {"/search-members": found, **collections}.items():
        model = description("GET", path).model
        assert model is not None
        assert set(body) == COLLECTIONS[model], path
    assert description("POST", f"{member}/actions/delete-permanent").model is None


async def test_a_person_in_one_audience_costs_one_call_to_find() -> None:
    """The audiences are not walked for nothing."""
    rig = MailchimpRig()
    async with rig.start():
        await rig.seed(ADA, 1)

        await locate(rig.connector, ADA)

        assert [call["path"].partition("?")[0] for call in await rig.calls()] == ["/3.0/search-members"]


async def test_each_act_costs_no_more_calls_than_it_needs() -> None:
    """With no shop: one call to erase a contact, one to check, one to suppress, six to export all its parts.

    To correct it: one to read it, one to write it, and one for whether an address that is empty is kept in parts.
    """
    async with serving(app(_one("subscribed"))) as address, aiohttp.ClientSession(address) as control:
        connector = _connector(address, ecommerce=False)
        records = await locate(connector, ADA)
        counts: dict[str, int] = {}

        new = [{Field.FIRST_NAME: "Ada", Field.ADDRESS: CORRECT[Field.ADDRESS]}]
        further: dict[str, list[Any]] = {"values": [FIELDS], "rectify": [new]}

        for act in ("export", "values", "rectify", "suppress", "restore", "erase", "check"):
            await control.delete("/_control/calls")
            await getattr(connector, act)(records, *further.get(act, ()))
            async with control.get("/_control/calls") as answer:
                counts[act] = len(await answer.json())
        await connector.close()

    ones = dict.fromkeys(("values", "suppress", "restore", "erase", "check"), 1)
    assert counts == ones | {"export": 6, "rectify": 3}


async def test_the_credential_is_basic_with_the_key_as_the_password() -> None:
    """What is sent is what Mailchimp's reference asks for; a wrong key needs a person."""
    async with serving(app(_one("subscribed"))) as address:
        wrong = _connector(address, secret=SecretStr("other-us1"))

        with pytest.raises(NeedsPerson):
            await locate(wrong, ADA)

        basic = base64.b64encode(f"anystring:{KEY}".encode()).decode()
        async with aiohttp.ClientSession(address) as session:
            async with session.get("/3.0/lists", headers={"Authorization": f"Basic {basic}"}) as answer:
                assert answer.status == 200
            async with session.get("/3.0/lists", headers={"Authorization": f"Bearer {KEY}"}) as answer:
                assert answer.status == 200
        await wrong.close()


async def test_a_403_without_a_body_is_the_gateways_too_much() -> None:
    """At volume Mailchimp's gateway refuses with 403 and nothing: that is no missing right."""
    async with serving(app(_one("subscribed"))) as address, aiohttp.ClientSession(address) as control:
        connector = _connector(address)
        await control.post("/_control/faults", json={"kind": "volume"})

        with pytest.raises(TryLater):
            await locate(connector, ADA)

        await connector.close()


async def test_the_eleventh_connection_is_refused_and_ours_stay_below() -> None:
    """Ten at once a user: the stand-in holds to it, and the connector never comes near."""
    async with serving(app({**_one("subscribed"), "max_connections": 1})) as address:
        connector = _connector(address, max_connections=1)

        found = await asyncio.gather(*(locate(connector, ADA) for _ in range(5)))

        assert [len(records) for records in found] == [1] * 5
        await connector.close()


@pytest.mark.parametrize("status", ["archived", "cleaned", "pending", "unsubscribed", "transactional", "subscribed"])
async def test_a_contact_of_any_status_is_found_put_back_and_erased(status: str) -> None:
    """Archived and cleaned contacts are personal data too; what gets no mail is not touched before the erasure."""
    async with serving(app(_one(status))) as address, aiohttp.ClientSession(address) as control:
        connector = _connector(address)
        records = await locate(connector, ADA)

        suppressed = await connector.suppress(records)
        between = await _status(control)
        restored = await connector.restore(records)
        after = await _status(control)
        erased = await connector.erase(records)
        await connector.close()

    assert [o.kind for o in (*suppressed, *restored)] == [OutcomeKind.SUPPRESSED, OutcomeKind.RESTORED]
    assert between == ("unsubscribed" if status in {"subscribed", "transactional"} else status)
    assert after == status
    assert [o.kind for o in erased] == [OutcomeKind.ERASED]


async def test_who_left_by_their_own_act_is_not_brought_back() -> None:
    """A restore that the vendor refuses is said, not raised: the person's own unsubscribing stands."""
    async with serving(app(_one("subscribed"))) as address, aiohttp.ClientSession(address) as control:
        connector = _connector(address)
        records = await locate(connector, ADA)
        await connector.suppress(records)
        await control.put("/_control/state", json=_one("unsubscribed", unsubscribed_by_contact=True))

        (outcome,) = await connector.restore(records)

        assert outcome.kind is OutcomeKind.REFUSED
        assert "own act" in outcome.reason
        await connector.close()


async def test_a_shops_orders_go_with_its_customer() -> None:
    """Left behind they would still have the address, and nothing would lead to them; those of others stay."""
    rig = MailchimpRig()
    async with rig.start():
        await rig.seed(ADA, 1)
        await rig.seed(DIFFICULT[0], 1)
        state = await rig.state()
        first = state["stores"]["shop"]["orders"][0]
        state["stores"]["shop"]["orders"] += [{**first, "id": f"order {n}"} for n in range(3)]
        await rig.put(state)
        records = await locate(rig.connector, ADA)

        (exported,) = await rig.connector.export(records)
        (outcome,) = await rig.connector.erase(records)

        shop = (await rig.state())["stores"]["shop"]
        assert len(exported.data["customers"][0]["orders"]) == 4
        assert outcome.kind is OutcomeKind.ERASED
        assert [len(shop[held]) for held in ("customers", "orders")] == [1, 1]


async def test_merge_fields_teach_the_other_identifiers() -> None:
    """Customer id and Google Analytics client id are read from the merge tags that the entry names."""
    seed = _one("subscribed", merge_fields={"CUSTOMERID": "ignored", "NUMBER": 4711, "GACLIENTID": ""})
    async with serving(app(seed)) as address:
        connector = _connector(address, customer_id_merge_field="NUMBER")

        found = await connector.locate(ADA)

        assert found.learned == (Identifier(kind=Key.CUSTOMER_ID, value="4711", source="mailchimp"),)
        await connector.close()


async def test_every_address_of_the_person_is_searched_and_each_once() -> None:
    """Two spellings are one search; a second mailbox is a second page."""
    person = Identity(
        identifiers=tuple(
            Identifier(kind=Key.EMAIL, value=value) for value in ("ada@example.com", "ADA@example.com", "a@b.example")
        )
    )
    async with serving(app(_one("subscribed"))) as address:
        connector = _connector(address)

        first = await connector.locate(person)
        second = await connector.locate(person, first.cursor)

        assert len(first.records) == 1
        assert (second.records, second.cursor) == ((), None)
        await connector.close()


async def test_a_deleted_contact_cannot_be_imported_again() -> None:
    """The stand-in keeps Mailchimp's promise, which is why erasing comes last."""
    async with serving(app(_one("subscribed"))) as address, aiohttp.ClientSession(address) as control:
        connector = _connector(address)
        await connector.erase(await locate(connector, ADA))
        contact = {"email_address": ADA.values(Key.EMAIL)[0], "status": "subscribed"}

        headers = {"Authorization": f"Bearer {KEY}"}
        async with control.post("/3.0/lists/news/members", json=contact, headers=headers) as answer:
            body = await answer.json(content_type="application/problem+json")

        assert (answer.status, body["title"]) == (400, "Forgotten Email Not Subscribed")
        await connector.close()


def _one(status: str, **more: Any) -> dict[str, Any]:
    """A seed with one contact in one audience."""
    contact = {"email_address": ADA.values(Key.EMAIL)[0], "status": status, **more}
    return {"lists": {"news": {"members": [contact]}, "other": {"members": []}}}


def _connector(address: str, **changed: Any) -> Mailchimp:
    settings: dict[str, Any] = {"secret": SecretStr(KEY), **changed}
    return Mailchimp(
        MailchimpConfig(name="mailchimp", kind="mailchimp", title="Email", base_url=f"{address}/3.0", **settings)
    )


async def _status(control: aiohttp.ClientSession) -> str:
    async with control.get("/_control/state") as answer:
        state = await answer.json()
    return str(state["lists"]["news"]["members"][0]["status"])


async def _get(rig: MailchimpRig, path: str) -> dict[str, Any]:
    """An answer of the stand-in, asked without the connector."""
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{rig.connector.config.base_url}{path}"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        assert answer.status == 200
        body: dict[str, Any] = await answer.json()
    return body
