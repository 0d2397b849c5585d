"""What we send to Stripe and what our stand-in answers, both against the description that Stripe publishes.

The description is of the version that the connector pins; that a younger version still has what is read, Stripe's own
package says. Redaction jobs, a preview, are in neither: what is used of them stands below as Stripe's reference has it.
"""

from collections.abc import Sequence
from typing import Any

import pytest
import stripe
from stripe import checkout

from connectors.stripe_answers import Customer, Payment
from connectors.stripe_config import StripeConfig
from standins.stripe import app
from tests.contract.acts import instead, locate, said, walk
from tests.contract.described import Description, Said
from tests.contract.people import ADA, CORRECT, DIFFICULT
from tests.contract.rig import Fault
from tests.contract.rigs.stripe import StripeRig

PREVIEW = "2026-04-22.preview"
JOBS = "/v1/privacy/redaction_jobs"
JOB_FIELDS = {"id", "object", "created", "livemode", "status", "validation_behavior"}
JOB_MISTAKE_FIELDS = {"id", "object", "code", "erroring_object", "message"}
JOB_STATUSES = {"created", "validating", "ready", "failed", "redacting", "succeeded", "canceling", "canceled"}
JOB_FORM = {
    "validation_behavior",
    "objects[customers][]",
    "objects[charges][]",
    "objects[checkout_sessions][]",
    "objects[invoices][]",
    "objects[payment_intents][]",
}
"""https://docs.stripe.com/api/privacy/redaction-job/object and .../create, .../redaction-job-validation-error/object
(2026-04-22.preview)."""

USED = {
    ("GET", "/v1/customers"),
    ("GET", "/v1/customers/search"),
    ("GET", "/v1/customers/{customer}"),
    ("POST", "/v1/customers/{customer}"),
    ("DELETE", "/v1/customers/{customer}"),
    ("GET", "/v1/customers/{customer}/payment_methods"),
    ("GET", "/v1/customers/{customer}/tax_ids"),
    ("GET", "/v1/subscriptions"),
    ("GET", "/v1/invoices"),
    ("GET", "/v1/invoices/{invoice}"),
    ("GET", "/v1/invoices/{invoice}/lines"),
    ("GET", "/v1/charges"),
    ("GET", "/v1/charges/{charge}"),
    ("GET", "/v1/disputes"),
    ("GET", "/v1/payment_intents"),
    ("GET", "/v1/payment_intents/{intent}"),
    ("GET", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions/{session}"),
    ("GET", "/v1/checkout/sessions/{session}/line_items"),
}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description.of("stripe-2023-08-16.json")


async def everything(rig: StripeRig) -> list[Said]:
    """All that the connector can do, with refusals among it; what the rig itself says is not ours."""
    async with rig.start():
        await rig.seed(ADA, 8)
        await rig.seed(DIFFICULT[0], 2)
        for who in (ADA, DIFFICULT[0]):
            records = await locate(rig.connector, who)
            await rig.connector.export(records)
            held = await said(rig.connector, records)
            await rig.connector.rectify(records, instead(held, CORRECT))
            await rig.connector.rectify(records, [dict.fromkeys(values, "x" * 500) for values in held])
            await rig.connector.rectify(records, held)
            page = await rig.connector.walk()
            await rig.connector.erase(records)
            await rig.connector.walk(page.cursor)
            await walk(rig.connector)
            await rig.connector.check(records)
            await rig.connector.export(records)
    return rig.exchanges


async def test_requests_and_answers_are_as_stripe_describes_them(description: Description) -> None:
    """Every path, parameter, form field and answer, refusals among them, is in Stripe's own description."""
    heard = await everything(StripeRig())

    assert sorted({wrong for each in heard for wrong in description.mistakes(each)}) == []
    assert {(each.method, description.operation(each)[0]) for each in heard} == USED
    assert {each.status for each in heard} == {200, 400}


async def test_every_request_carries_the_key_the_version_and_a_form_or_nothing() -> None:
    """The version is the one that is described; each POST, and nothing else, has a key against a second effect."""
    heard = await everything(StripeRig())

    assert {each.headers["stripe-version"] for each in heard} == {StripeConfig.model_fields["api_version"].default}
    assert {each.headers["authorization"] for each in heard} == {"Bearer sk_test_standin"}
    assert {each.content_type for each in heard if each.method == "POST"} == {"application/x-www-form-urlencoded"}
    assert {each.method for each in heard if "idempotency-key" in each.headers} == {"POST"}
    keys = [each.headers["idempotency-key"] for each in heard if each.method == "POST"]
    assert all(len(key) <= 255 for key in keys)
    assert not [key for key in keys if "ada" in key]


async def test_the_standin_offers_nothing_that_stripe_does_not(description: Description) -> None:
    """Every route of the stand-in is one of Stripe's, but for the preview's."""
    routes = [(route.method, route.resource.canonical) for route in app().router.routes() if route.resource]
    own = [each for each in routes if "/_control/" not in each[1] and JOBS not in each[1] and each[0] != "HEAD"]

    for method, path in own:
        description.operation(Said(method, path.replace("{", "").replace("}", ""), (), {}, "", None, 200, None))

    assert len(own) > 15


@pytest.mark.parametrize(
    "kind", [Fault.RATE_LIMIT_WITHOUT_HINT, Fault.SERVER_ERROR, Fault.UNAUTHORISED, Fault.FORBIDDEN, "lock_timeout"]
)
async def test_faults_are_put_as_stripe_puts_them(description: Description, kind: str) -> None:
    """What the stand-in says when it is broken on purpose is what Stripe would say."""
    rig = StripeRig()
    async with rig.start():
        await rig.fault(kind)
        async with rig.control.get("/v1/customers"):
            pass

    (refused,) = rig.exchanges
    assert refused.status != 200
    assert description.mistakes(refused) == []


def test_a_mistake_would_be_seen(description: Description) -> None:
    """The comparison itself finds unknown paths, parameters, form fields and misshapen answers."""
    path = "/v1/customers/cus_1"
    form = [("nickname", "Ada"), ("phone", "1" * 21), ("address[planet]", "Earth"), ("address[city]", "London")]
    answer = {"id": "cus_1", "shoe_size": 9}
    posted = Said("POST", path, (), {}, "application/x-www-form-urlencoded", form, 200, answer)
    listed = Said("GET", "/v1/customers", (("limit", "many"), ("colour", "red")), {}, "", None, 200, {"data": [{}]})

    found = " ".join([*description.mistakes(posted), *description.mistakes(listed)])

    for wrong in (
        "field nickname",
        "field phone",
        "field address[planet]",
        "?limit=many",
        "?colour",
        "'has_more'",
        "'shoe_size'",
    ):
        assert wrong in found
    assert "address[city]" not in found
    with pytest.raises(AssertionError):
        description.operation(Said("PUT", path, (), {}, "", None, 200, None))


async def test_redaction_jobs_are_used_as_the_preview_describes_them() -> None:
    """Made with fields that there are, under the preview's version, and answered with the fields of a job."""
    rig = StripeRig(redaction_version=PREVIEW)
    async with rig.start():
        await rig.put({"redaction": {"admitted": True}, **_one_customer()})
        records = await locate(rig.connector, ADA)
        await rig.connector.erase(records)
        await rig.put({"redaction": {"admitted": True, "objects": {"cus_1": "disputed"}}, **_one_customer()})
        await rig.connector.erase(records)

    *_, mistakes = rig.exchanges
    assert {name for each in mistakes.answer["data"] for name in each} == JOB_MISTAKE_FIELDS
    rig.exchanges.remove(mistakes)
    jobs = [each for each in rig.exchanges if each.path.startswith(JOBS)]
    assert [(each.method, each.path.removeprefix(JOBS)) for each in jobs] == [
        ("POST", ""),
        ("GET", "/prj_standin1"),
        ("POST", "/prj_standin1/run"),
        ("POST", ""),
        ("GET", "/prj_standin1"),
    ]
    assert {each.headers["stripe-version"] for each in jobs} == {PREVIEW}
    assert {name for each in jobs for name, _ in each.body or ()} <= JOB_FORM
    assert all(set(each.answer) == JOB_FIELDS for each in jobs)
    assert {each.answer["status"] for each in jobs} <= JOB_STATUSES


@pytest.mark.parametrize(
    ("read", "published"),
    [
        (Customer, [stripe.Customer]),
        (Payment, [stripe.Invoice, stripe.Charge, stripe.PaymentIntent, checkout.Session]),
    ],
)
def test_stripes_younger_versions_still_have_what_is_read(read: type[Any], published: Sequence[type[Any]]) -> None:
    """Each field that an answer is read for is on an object of Stripe's current package."""
    fields = {name for each in published for name in each.__annotations__}

    assert set(read.model_fields) <= fields


def _one_customer() -> dict[str, Any]:
    return {"customers": [{"id": "cus_1", "email": "ada@example.com"}]}
