"""Mailchimp's rig: each of a person's records is a contact in another audience."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.mailchimp import Mailchimp
from connectors.mailchimp_config import MailchimpConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.mailchimp import app
from standins.mailchimp_account import KEY, contact_id
from tests.contract.played import Played
from tests.contract.rig import Fault

STATUSES = ("subscribed", "cleaned", "transactional", "unsubscribed", "pending", "archived")


class MailchimpRig(Played):
    """A stand-in with an audience for each record, and one shop.

    A search shows two matches, so that more have to be found audience by audience, two to a page.
    Impossible here: Mailchimp sends no Retry-After with its 429, and no 529.
    """

    name = "mailchimp"
    lossy = False
    impossible = frozenset({Fault.RATE_LIMIT, Fault.OVERLOADED_529})

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in with an empty account."""
        seed: dict[str, Any] = {"search_limit": 2, "lists": {}, "stores": {}}
        async with self.playing(app(seed)) as address:
            self.connector = Mailchimp(
                MailchimpConfig(
                    name="mailchimp",
                    kind="mailchimp",
                    title="Email platform (Mailchimp)",
                    base_url=f"{address}/3.0",
                    secret=SecretStr(KEY),
                    page_size=2,
                    timeout_seconds=1.5,
                )
            )
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant the person in `count` audiences; also as a customer of the shop, with an order."""
        state = await self.state()
        (address,) = identity.values(Key.EMAIL)[:1]
        first, _, last = identity.values(Key.NAME)[0].partition(" ")
        ids = {"CUSTOMERID": identity.values(Key.CUSTOMER_ID)[0], "GACLIENTID": identity.values(Key.CLIENT_ID)[0]}
        merge_fields = {"FNAME": first, "LNAME": last, "COMPANY": "Engines", **ids}
        names = [f"audience{number}" for number in range(count)]
        for number, name in enumerate(names):
            audience = state["lists"].setdefault(name, {"name": f"Audience {number}", "members": []})
            audience["members"].append(_contact(address, STATUSES[number % len(STATUSES)], merge_fields))
        shop = state["stores"].setdefault("shop", {"list_id": "audience0", "customers": [], "orders": []})
        customer = {"id": f"customer-{len(shop['customers'])}", "email_address": address, "opt_in_status": True}
        shop["customers"].append(customer)
        shop["orders"].append({"id": f"order-of-{customer['id']}", "customer": customer, "order_total": 12})
        await self.put(state)
        return [f"contact:{name}:{contact_id(name, address)}" for name in names]

    async def snapshot(self) -> object:
        """The whole account but for `last_changed`, which any change moves on for good."""
        state = await self.state()
        for audience in state["lists"].values():
            for member in audience["members"]:
                del member["last_changed"]
        return state

    async def present(self, record: Record) -> bool:
        """Whether the audience has the contact, or the shop a customer of that address."""
        state = await self.state()
        list_id, _, contact_id = record.id.removeprefix("contact:").partition(":")
        members = state["lists"][list_id]["members"]
        address = record.state["email_address"]
        shop = state["stores"]["shop"]
        customer = any(each["email_address"] == address for each in shop["customers"])
        return any(each["contact_id"] == contact_id for each in members) or (customer and list_id == shop["list_id"])


def _contact(address: str, status: str, merge_fields: dict[str, str]) -> dict[str, Any]:
    """A contact with three of everything: more than a page of two."""
    days = [f"2025-03-0{day}T10:00:00+00:00" for day in (1, 2, 3)]
    return {
        "email_address": address,
        "status": status,
        "merge_fields": merge_fields,
        "timestamp_signup": days[0],
        "activity": [{"activity_type": "open", "created_at_timestamp": day} for day in days],
        "events": [{"name": "viewed", "occurred_at": day, "properties": {}} for day in days],
        "goals": [{"goal_id": 1, "event": "bought", "last_visited_at": days[0], "data": ""}],
        "notes": [{"id": n, "note": "called", "created_at": day, "created_by": "me"} for n, day in enumerate(days)],
        "tags": [{"id": n, "name": f"tag {n}", "date_added": day} for n, day in enumerate(days)],
    }
