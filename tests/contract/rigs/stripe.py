"""Stripe's rig: a person's records are customers, and what the first of them paid."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.stripe import Stripe
from connectors.stripe_config import StripeConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.stripe import app
from standins.stripe_account import KEY
from tests.contract.described import Said, overheard
from tests.contract.played import Played
from tests.contract.rig import Fault

PLANTED = ("customer", "customer", "invoice", "invoice", "invoice", "charge", "payment_intent", "checkout_session")
"""What is planted, in this order; after these, customers. Of invoices more than a page."""

LISTS = {
    "customer": "customers",
    "invoice": "invoices",
    "charge": "charges",
    "payment_intent": "payment_intents",
    "checkout_session": "checkout_sessions",
}
LATER = frozenset({"answers", "jobs"})
"""What an account remembers of requests, and is no data of a person."""


class StripeRig(Played):
    """A stand-in that shows two things at a time.

    Impossible here: Stripe sends no Retry-After with its 429, and no 529.
    """

    name = "stripe"
    lossy = False
    impossible = frozenset({Fault.RATE_LIMIT, Fault.OVERLOADED_529})

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.exchanges: list[Said] = []

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty account."""
        async with self.playing(overheard(app(), self.exchanges)) as address:
            self.connector = Stripe(StripeConfig.model_validate(ENTRY | {"base_url": address} | self.settings))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` things; those that are paid belong to the person's first customer."""
        state = await self.state()
        (address,) = identity.values(Key.EMAIL)[:1]
        (name,) = identity.values(Key.NAME)[:1]
        (number,) = identity.values(Key.CUSTOMER_ID)[:1]
        ids: list[str] = []
        first = ""
        for place in range(count):
            kind = PLANTED[place] if place < len(PLANTED) else "customer"
            held = state[LISTS[kind]]
            thing: dict[str, Any] = {"id": f"{kind}_{len(held) + 1}", "created": 1700000000 + len(held)}
            held.append(thing | _planted(kind, first, address, name, number))
            first = first or thing["id"]
            ids.append(f"{kind}:{thing['id']}")
        if count > 1:
            _beside(state, first, address, name)
        await self.put(state)
        return ids

    async def snapshot(self) -> object:
        """The whole account, but for what it remembers of requests."""
        return {key: value for key, value in (await self.state()).items() if key not in LATER}

    async def present(self, record: Record) -> bool:
        """Whether the thing is there, with what it says."""
        kind, _, name = record.id.partition(":")
        held = {each["id"]: each for each in (await self.state())[LISTS[kind]]}
        return name in held and not held[name].get("deleted") and "[redacted]" not in str(held[name])


ENTRY: dict[str, Any] = {
    "name": "stripe",
    "kind": "stripe",
    "title": "Payment processor (Stripe)",
    "secret": SecretStr(KEY),
    "page_size": 2,
    "requests_per_second": None,
    "timeout_seconds": 1.5,
}


LINE: dict[str, Any] = {
    "object": "line_item",
    "amount": 1400,
    "currency": "usd",
    "discountable": True,
    "livemode": False,
    "metadata": {},
    "period": {"start": 1700000000, "end": 1700000000},
    "proration": False,
    "type": "invoiceitem",
}


def _planted(kind: str, customer: str, address: str, name: str, number: str) -> dict[str, Any]:
    said = {"email": address, "name": name, "phone": None, "address": None}
    match kind:
        case "customer":
            return {
                "email": address,
                "name": name,
                "phone": "+1 202 555 0143",
                "address": {"line1": "1 Main St", "city": "Springfield", "state": "IL", "postal_code": "62701"},
                "metadata": {"customer_id": number},
            }
        case "invoice":
            lines = [LINE | {"id": f"il_{n}", "description": f"Engine {n}"} for n in range(3)]
            return {"customer": customer, "customer_email": address, "customer_name": name, "lines": {"data": lines}}
        case "charge":
            return {"customer": customer, "billing_details": said, "disputed": True}
        case "payment_intent":
            return {"customer": customer, "receipt_email": address}
        case _:
            details = said | {"tax_exempt": "none", "tax_ids": []}
            return {"customer": customer, "customer_details": details, "line_items": []}


def _beside(state: dict[str, Any], customer: str, address: str, name: str) -> None:
    """What an export of the customer has beside it; the subscription is over."""
    said = {"email": address, "name": name, "phone": None, "address": None}
    state["payment_methods"] += [
        {"id": f"pm_{customer}_{n}", "customer": customer, "billing_details": said} for n in range(3)
    ]
    state["tax_ids"].append({"id": f"txi_{customer}", "customer": customer})
    state["subscriptions"].append({"id": f"sub_{customer}", "customer": customer, "status": "canceled"})
    for charge in state["charges"]:
        if charge["customer"] == customer:
            state["disputes"].append({"id": f"dp_{charge['id']}", "charge": charge["id"]})
