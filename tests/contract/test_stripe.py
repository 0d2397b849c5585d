"""What is peculiar to Stripe: capitals, an index that lags, subscriptions, receipts, keys against a second effect."""

import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue import build
from connectors.connector import NeedsPerson, TryLater
from connectors.stripe import Stripe
from connectors.stripe_answers import is_redacted
from connectors.stripe_config import StripeConfig
from dsar.correction import Field
from dsar.decisions import decide
from dsar.identity import Identifier, Identity, Key
from dsar.plans import Action
from dsar.policy import Policy
from dsar.records import Anchor, OutcomeKind, Record
from dsar.requests import Right
from tests.contract.acts import locate, search, walk
from tests.contract.people import ADA, NOBODY
from tests.contract.rigs.stripe import StripeRig

ROOT = Path(__file__).parents[2]
PREVIEW = "2026-04-22.preview"
ADDRESS = ADA.values(Key.EMAIL)[0]


@pytest.fixture
async def rig() -> AsyncIterator[StripeRig]:
    fresh = StripeRig()
    async with fresh.start():
        yield fresh


@pytest.fixture
async def redacting() -> AsyncIterator[StripeRig]:
    fresh = StripeRig(redaction_version=PREVIEW)
    async with fresh.start():
        yield fresh


def customer(name: str = "cus_1", **more: Any) -> dict[str, Any]:
    return {"id": name, "email": ADDRESS, **more}


def posts(rig: StripeRig) -> list[str]:
    """The keys of the POSTs, in order."""
    return [each.headers["idempotency-key"] for each in rig.exchanges if each.method == "POST"]


async def test_the_example_of_an_entry_is_one() -> None:
    """What the configuration's description shows can be put into systems.toml."""
    entries = tomllib.loads((StripeConfig.__doc__ or "").partition("In systems.toml:")[2])

    built = build({name: {**each, "secret": "key"} for name, each in entries.items()})

    assert [type(each) for each in built.values()] == [Stripe]


def behaviours(rig: StripeRig) -> list[str]:
    """What Stripe was asked to do about what keeps a job from running."""
    forms = [dict(each.body) for each in rig.exchanges if each.path == "/v1/privacy/redaction_jobs" and each.body]
    return [form["validation_behavior"] for form in forms]


# Finding


async def test_a_search_that_lags_is_not_believed(rig: StripeRig) -> None:
    """Who was deleted, or has another address by now, is not found by what the index still says."""
    stale = [customer("cus_gone", metadata={}), customer("cus_moved", metadata={})]
    await rig.put({"index": stale, "customers": [customer("cus_moved", email="other@example.com")]})

    assert await locate(rig.connector, ADA) == []


async def test_a_customer_that_the_search_does_not_know_yet_is_found_by_the_list(rig: StripeRig) -> None:
    """As it is written, or in small letters."""
    await rig.put({"index": [], "customers": [customer()]})

    shouted = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="ADA@example.com"),))

    assert [record.id for record in await locate(rig.connector, shouted)] == ["customer:cus_1"]


async def test_a_customer_is_found_by_the_companys_number_alone(rig: StripeRig) -> None:
    """The address is another one, the number in the metadata is theirs; it is what matched."""
    await rig.put({"customers": [customer(email="work@example.com", metadata={"customer_id": "C-4711"})]})

    (record,) = await locate(rig.connector, ADA)

    assert record.matched == {Key.CUSTOMER_ID}


async def test_customers_teach_the_companys_number(rig: StripeRig) -> None:
    """Several customers of one person are found together, each with what it says."""
    both = [customer("cus_1", metadata={"customer_id": "C-4711"}), customer("cus_2", email="ADA@EXAMPLE.COM")]
    await rig.put({"customers": both})

    records, learned = await search(rig.connector, ADA)

    assert {record.id for record in records} == {"customer:cus_1", "customer:cus_2"}
    assert learned == [Identifier(kind=Key.CUSTOMER_ID, value="C-4711", source="stripe")]


async def test_without_a_search_only_the_list_is_asked() -> None:
    """A merchant in India has none, and is not asked for one."""
    rig = StripeRig(search=False)
    async with rig.start():
        await rig.put({"customers": [customer()]})
        await rig.connector.locate(ADA)
        found = await locate(rig.connector, ADA)

    assert len(found) == 1
    assert not [each.path for each in rig.exchanges if each.path.endswith("/search")]


async def test_who_paid_without_an_account_is_found_by_the_address_at_the_till(rig: StripeRig) -> None:
    """The session, its payment intent and the charge; not the sessions of others, nor those of a customer twice."""
    till = {"email": ADDRESS, "name": "Ada", "phone": None, "address": None}
    await rig.put(
        {
            "customers": [customer()],
            "checkout_sessions": [
                {"id": "cs_guest", "customer_details": till, "payment_intent": "pi_1"},
                {"id": "cs_loud", "customer_details": till | {"email": "ADA@Example.com"}, "payment_status": "unpaid"},
                {"id": "cs_hers", "customer": "cus_1", "customer_details": till},
                {"id": "cs_other", "customer_details": till | {"email": "xada@example.com"}},
            ],
            "payment_intents": [{"id": "pi_1"}],
            "charges": [{"id": "ch_1", "payment_intent": "pi_1"}],
        }
    )

    twice = Identity(identifiers=(*ADA.identifiers, Identifier(kind=Key.EMAIL, value="ADA@Example.com")))

    found = {record.id for record in await locate(rig.connector, twice)}

    paid = {"checkout_session:cs_guest", "payment_intent:pi_1", "charge:ch_1", "checkout_session:cs_hers"}
    paid.add("checkout_session:cs_loud")
    assert found == {"customer:cus_1"} | paid


async def test_what_was_paid_is_of_the_category_that_is_retained_and_has_its_day(rig: StripeRig) -> None:
    """So the plan keeps invoices for as long as tax law says, and erases the customer."""
    on = int(datetime(2024, 2, 29, 23, 59, tzinfo=UTC).timestamp())
    invoice = {"id": "in_1", "customer": "cus_1", "created": on, "number": "5D1E-0001"}
    await rig.put({"customers": [customer(created=on)], "invoices": [invoice]})

    first, second = await locate(rig.connector, ADA)

    assert (first.category, second.category) == (
        "contact information and communications",
        "financial records and invoices",
    )
    assert second.dates == {Anchor.CREATED: date(2024, 2, 29)}
    assert second.label == "Invoice 5D1E-0001"


async def test_the_plan_keeps_what_was_paid_to_the_day_and_lets_the_customer_go(rig: StripeRig) -> None:
    """By the policy that is shipped: seven years from the day of the invoice, then it is erased too."""
    on = int(datetime(2020, 3, 1, 12, tzinfo=UTC).timestamp())
    invoice = {"id": "in_1", "customer": "cus_1", "created": on}
    await rig.put({"customers": [customer(created=on)], "invoices": [invoice]})
    records = await locate(rig.connector, ADA)
    policy = Policy.model_validate(tomllib.loads((ROOT / "policy.toml").read_text(encoding="utf-8")))

    def plan(today: date) -> list[tuple[Action, date | None]]:
        steps = [decide(Right.DELETE, record, frozenset({Key.EMAIL}), policy, today) for record in records]
        return [(step.action, step.until) for step in steps]

    last = date(2027, 3, 1)
    assert plan(last) == [(Action.ERASE, None), (Action.RETAIN, last)]
    assert plan(last + timedelta(days=1)) == [(Action.ERASE, None), (Action.ERASE, None)]


async def test_a_walk_says_whose_a_payment_is_also_after_its_customer_is_gone(rig: StripeRig) -> None:
    """By the customer where there is one, otherwise by the address that stands on it."""
    billed = {"email": ADDRESS, "name": None, "phone": None, "address": None}
    await rig.put(
        {
            "customers": [customer(), {"id": "cus_2", "deleted": True}],
            "charges": [
                {"id": "ch_1", "customer": "cus_1"},
                {"id": "ch_2", "customer": "cus_2", "billing_details": billed},
                {"id": "ch_3"},
            ],
        }
    )

    seen = {each.record.id: [i.value for i in each.identifiers] for each in await walk(rig.connector)}

    assert seen == {"customer:cus_1": [ADDRESS], "charge:ch_1": [ADDRESS], "charge:ch_2": [ADDRESS], "charge:ch_3": []}


# Erasing


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "unpaid", "paused", "incomplete"])
async def test_who_has_a_subscription_is_not_deleted(rig: StripeRig, status: str) -> None:
    """Deleting would cancel it: a person settles that first, and is told where."""
    subscription = {"id": "sub_1", "customer": "cus_1", "status": status}
    await rig.put({"customers": [customer()], "subscriptions": [subscription]})
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.erase(records)
    (checked,) = await rig.connector.check(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "sub_1" in outcome.instructions
    assert "https://dashboard.stripe.com/search?query=cus_1" in outcome.instructions
    assert checked.kind is OutcomeKind.REFUSED
    assert (await rig.state())["subscriptions"][0].get("status", "active") == status


async def test_who_has_a_balance_is_not_deleted(rig: StripeRig) -> None:
    """A credit would be lost: a person pays it out first."""
    await rig.put({"customers": [customer(balance=-4200, currency="usd")]})

    (outcome,) = await rig.connector.erase(await locate(rig.connector, ADA))

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "a balance of -4200 usd" in outcome.instructions
    assert not (await rig.state())["customers"][0].get("deleted")


async def test_a_subscription_on_a_later_page_is_seen_too(rig: StripeRig) -> None:
    """Cancelled ones fill the first page; the guard looks at all."""
    ended = [{"id": f"sub_{n}", "customer": "cus_1", "status": "canceled"} for n in range(4)]
    running = {"id": "sub_old", "customer": "cus_1", "status": "active", "created": 1}
    await rig.put({"customers": [customer()], "subscriptions": [*ended, running]})

    (outcome,) = await rig.connector.erase(await locate(rig.connector, ADA))

    assert outcome.kind is OutcomeKind.NEEDS_PERSON


async def test_what_was_paid_outlives_the_customer_and_it_is_said(rig: StripeRig) -> None:
    """The customer is gone; the invoice keeps the name, and whoever wants it gone is told that no call does that."""
    invoice = {"id": "in_1", "customer": "cus_1", "customer_name": "Ada"}
    await rig.put({"customers": [customer()], "invoices": [invoice]})
    records = await locate(rig.connector, ADA)

    erased, kept = await rig.connector.erase(records)
    gone, there = await rig.connector.check(records)

    assert (erased.kind, gone.kind) == (OutcomeKind.ERASED, OutcomeKind.ERASED)
    assert (kept.kind, there.kind) == (OutcomeKind.NEEDS_PERSON, OutcomeKind.REFUSED)
    assert "deletes no invoice" in kept.instructions
    assert (await rig.state())["invoices"][0]["customer_name"] == "Ada"


async def test_a_gateways_404_does_not_mean_that_a_customer_is_gone(rig: StripeRig) -> None:
    """Gone is believed only from Stripe's own words."""
    record = Record(id="customer:cus_1", category="x", matched=frozenset({Key.EMAIL}))
    wrong = StripeRig(base_url=f"{rig.connector.config.base_url}/elsewhere")
    async with wrong.start():
        with pytest.raises(NeedsPerson):
            await wrong.connector.check([record])


# Redacting


async def test_a_customer_without_payments_is_redacted_and_looked_for_again_later(redacting: StripeRig) -> None:
    """The job runs; it is only a promise until the customer says nothing of anybody any more."""
    await redacting.put({"redaction": {"admitted": True}, "customers": [customer()]})
    records = await locate(redacting.connector, ADA)

    (accepted,) = await redacting.connector.erase(records)
    (early,) = await redacting.connector.check(records)
    state = await redacting.state()
    await redacting.put(state | {"redaction": state["redaction"] | {"finishes": True}})
    (late,) = await redacting.connector.check(records)
    (again,) = await redacting.connector.erase(records)

    assert accepted.kind is OutcomeKind.ACCEPTED
    assert accepted.check_after is not None
    assert accepted.check_after > datetime.now(UTC) + timedelta(days=6)
    assert behaviours(redacting) == ["fix"]
    assert early.kind is OutcomeKind.REFUSED
    assert (late.kind, again.kind) == (OutcomeKind.ANONYMISED, OutcomeKind.ANONYMISED)
    assert await locate(redacting.connector, ADA) == []


@pytest.mark.parametrize("left", [{}, {"email": "[redacted]", "metadata": {"customer_id": "42"}}])
async def test_a_customer_that_still_says_who_is_not_anonymised(redacting: StripeRig, left: dict[str, Any]) -> None:
    """One field that says "[redacted]" is a redaction under way, or somebody's typing."""
    await redacting.put({"redaction": {"admitted": True}, "customers": [customer() | {"name": "[redacted]"} | left]})
    record = Record(id="customer:cus_1", category="x", matched=frozenset({Key.EMAIL}))

    (checked,) = await redacting.connector.check([record])
    (erased,) = await redacting.connector.erase([record])

    assert (checked.kind, erased.kind) == (OutcomeKind.REFUSED, OutcomeKind.ACCEPTED)


async def test_a_customer_with_payments_is_deleted_so_that_the_invoices_stay_whole(redacting: StripeRig) -> None:
    """Redacting the customer would redact what tax law keeps."""
    invoice = {"id": "in_1", "customer": "cus_1", "customer_name": "Ada"}
    await redacting.put({"redaction": {"admitted": True}, "customers": [customer()], "invoices": [invoice]})
    records = await locate(redacting.connector, ADA)

    (outcome,) = await redacting.connector.erase(records[:1])

    state = await redacting.state()
    assert outcome.kind is OutcomeKind.ERASED
    assert not is_redacted(state["invoices"])
    assert state["jobs"] == []


async def test_an_invoice_whose_time_is_over_is_redacted_by_itself(redacting: StripeRig) -> None:
    """One job for the one object."""
    invoice = {"id": "in_1", "customer": "cus_1", "customer_name": "Ada"}
    admitted = {"admitted": True, "finishes": True}
    await redacting.put({"redaction": admitted, "customers": [customer()], "invoices": [invoice]})
    records = await locate(redacting.connector, ADA)

    (outcome,) = await redacting.connector.erase(records[1:])
    (checked,) = await redacting.connector.check(records[1:])

    state = await redacting.state()
    assert (outcome.kind, checked.kind) == (OutcomeKind.ACCEPTED, OutcomeKind.ANONYMISED)
    assert behaviours(redacting) == ["error"]
    assert state["invoices"][0]["customer_name"] == "[redacted]"
    assert not is_redacted(state["customers"])


async def test_a_job_that_validates_is_met_again_by_the_next_try(redacting: StripeRig) -> None:
    """No second job is made; and what else is to be erased does not wait for it."""
    await redacting.put(
        {
            "redaction": {"admitted": True, "validates_in": 1},
            "customers": [customer("cus_1", created=2), customer("cus_2", created=1)],
            "charges": [{"id": "ch_1", "customer": "cus_2"}],
        }
    )
    records = [each for each in await locate(redacting.connector, ADA) if each.id.startswith("customer:")]

    with pytest.raises(TryLater) as later:
        await redacting.connector.erase(records)
    meanwhile = await redacting.state()
    first, second = await redacting.connector.erase(records)

    assert later.value.after == timedelta(minutes=1)
    assert meanwhile["customers"][1].get("deleted")
    assert (first.kind, second.kind) == (OutcomeKind.ACCEPTED, OutcomeKind.NOT_FOUND)
    assert len((await redacting.state())["jobs"]) == 1


async def test_what_stripe_does_not_redact_is_a_persons_task(redacting: StripeRig) -> None:
    """Why a job failed its validation is told; so is an object that is in somebody's job already."""
    state = {"redaction": {"admitted": True, "objects": {"cus_1": "open dispute"}}, "customers": [customer()]}
    await redacting.put(state)
    records = await locate(redacting.connector, ADA)

    (failed,) = await redacting.connector.erase(records)
    other = {"id": "prj_other", "status": "ready", "objects": {"customers": ["cus_1", "cus_2"]}, "answered": 0}
    await redacting.put(state | {"jobs": [other]})
    (taken,) = await redacting.connector.erase(records)

    assert (failed.kind, taken.kind) == (OutcomeKind.NEEDS_PERSON, OutcomeKind.NEEDS_PERSON)
    assert "invalid_state: open dispute" in failed.instructions
    assert "already included in another redaction job" in taken.instructions
    assert (await redacting.state())["jobs"][0]["status"] == "ready"


@pytest.mark.parametrize("late", [False, True])
async def test_a_job_of_ours_is_met_again_after_its_key_was_forgotten(redacting: StripeRig, *, late: bool) -> None:
    """Stripe refuses a second job, at once or when it validates it: the first goes on."""
    await redacting.put({"redaction": {"admitted": True, "validates_in": 9}, "customers": [customer()]})
    records = await locate(redacting.connector, ADA)
    with pytest.raises(TryLater):
        await redacting.connector.erase(records)

    later = {"answers": {}, "redaction": {"admitted": True, "locks_late": late}}
    await redacting.put(await redacting.state() | later)
    (outcome,) = await redacting.connector.erase(records)

    jobs = (await redacting.state())["jobs"]
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert [job["status"] for job in jobs] == ["redacting", "failed"][: 1 + late]


# Writing once


async def test_the_same_correction_again_is_made_again_although_stripe_remembers_it(rig: StripeRig) -> None:
    """Changed, put back, changed: a key that was used for the first is answered with an echo, and passed over."""
    await rig.put({"customers": [customer()]})
    records = await locate(rig.connector, ADA)
    new, old = [{Field.NAME: "Ada Lovelace"}], [{Field.NAME: ""}]

    for wished in (new, old, new):
        (outcome,) = await rig.connector.rectify(records, wished)
        assert outcome.kind is OutcomeKind.RECTIFIED

    assert (await rig.state())["customers"][0]["name"] == "Ada Lovelace"
    first, _, echoed, second = posts(rig)
    assert first == echoed
    assert second != first


async def test_a_correction_that_failed_is_repeated_under_a_key_that_has_no_failure(rig: StripeRig) -> None:
    """Stripe answers a failure again for a day; the next try has the same key first, and then another."""
    await rig.put({"customers": [customer()], "fail_posts": 1})
    records = await locate(rig.connector, ADA)

    with pytest.raises(TryLater) as failed:
        await rig.connector.rectify(records, [{Field.NAME: "Ada"}])
    (outcome,) = await rig.connector.rectify(records, [{Field.NAME: "Ada"}])

    assert failed.value.after == timedelta(minutes=15)
    assert outcome.kind is OutcomeKind.RECTIFIED
    first, echoed, second = posts(rig)
    assert first == echoed
    assert second != first


@pytest.mark.parametrize(("kind", "after"), [("lock_timeout", None), ("not_again", timedelta(minutes=15))])
async def test_what_stripe_says_about_repeating_is_heeded(rig: StripeRig, kind: str, after: timedelta | None) -> None:
    """A 400 that is worth repeating is repeated; a 500 that is not is left alone for a while."""
    await rig.fault(kind)

    with pytest.raises(TryLater) as later:
        await rig.connector.locate(NOBODY)

    assert later.value.after == after


async def test_too_many_requests_are_tried_later(rig: StripeRig) -> None:
    """The stand-in counts by the second, as Stripe does, and names no wait."""
    await rig.put({"rate": 0})

    with pytest.raises(TryLater) as later:
        await rig.connector.locate(ADA)

    assert later.value.after is None


# Correcting and exporting


async def test_an_address_that_could_not_be_put_back_is_a_persons_task(rig: StripeRig) -> None:
    """Of a country and a code alone it cannot be told from a line which is which."""
    held = {"country": "US", "postal_code": "62701"}
    await rig.put({"customers": [customer(address=held, name="Ada")]})
    records = await locate(rig.connector, ADA)
    wished = [{Field.ADDRESS: "12 Main St, Springfield, IL, 62701, US", Field.NAME: "Ada L"}]

    (outcome,) = await rig.connector.rectify(records, wished)

    (now,) = (await rig.state())["customers"]
    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Springfield" in outcome.instructions
    assert (now["address"]["line1"], now["name"]) == (None, "Ada L")


async def test_what_stripe_refuses_is_told_in_its_words(rig: StripeRig) -> None:
    """An address that is none for Stripe stays as it was, and a person reads why."""
    await rig.put({"customers": [customer()]})
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.rectify(records, [{Field.EMAIL: "ada.example.com"}])

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Stripe refuses it (Invalid email address" in outcome.instructions
    assert (await rig.state())["customers"][0]["email"] == ADDRESS


async def test_an_export_has_all_pages_and_no_secret(rig: StripeRig) -> None:
    """Lines and ways to pay beyond the first page are there; what opens a payment is not."""
    await rig.seed(ADA, 8)
    records = await locate(rig.connector, ADA)

    data = {each.record_id.partition(":")[0]: each.data for each in await rig.connector.export(records)}

    assert len(data["customer"]["payment_methods"]) == 3
    assert len(data["customer"]["tax_ids"]) == 1
    assert len(data["customer"]["subscriptions"]) == 1
    assert len(data["invoice"]["lines"]) == 3
    assert [each["charge"] for each in data["charge"]["disputes"]] == [data["charge"]["charge"]["id"]]
    assert "client_secret" not in data["payment_intent"]["payment_intent"]
