"""The calls that read a Mailchimp account.

The vendor's reference: https://mailchimp.com/developer/marketing/api/ (3.0; PyPI `mailchimp-marketing` has its paths).
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import aiohttp

from connectors.connector import TryLater
from connectors.http import Answer, Http, shaped, together
from connectors.mailchimp_answers import MEMBER_FIELDS, Audiences, Found, HasId, Member, Members, Refusal, Store
from connectors.mailchimp_config import MailchimpConfig
from dsar.identity import Key, normalise

MEMBER = "/lists/{}/members/{}"
"""Filled with an audience and a contact id, or a subscriber hash: not every route beneath takes the contact id."""
CUSTOMERS = "/ecommerce/stores/{}/customers"
ORDERS = "/ecommerce/stores/{}/orders"

GONE = 404
OR_GONE = frozenset({200, GONE})

PARTS = {"activity-feed": "activity", "events": "events", "notes": "notes", "tags": "tags"}
"""Collections that belong to a member: the path's last step, and the field of the answer that holds the items."""


class Account:
    """One Mailchimp account, read and paged. Writing is one call each: `http`."""

    def __init__(self, config: MailchimpConfig) -> None:
        self._config = config
        authorization = aiohttp.encode_basic_auth("habeas", config.secret.get_secret_value())
        self.http = Http(config, {"Authorization": authorization}, busy=_at_the_gateway)

    async def search(self, address: str) -> tuple[list[Member], bool]:
        """The contacts with exactly this address, and whether the search showed all that it found."""
        fields = [f"{part}.members.{name}" for part in ("exact_matches", "full_search") for name in MEMBER_FIELDS]
        params = {"query": address, "fields": ",".join(["exact_matches.total_items", *fields])}
        found = (await self.http.request("GET", "/search-members", params=params)).read(Found)
        shown = found.exact_matches.members + found.full_search.members
        members = {(member.list_id, member.id): member for member in shown if same(member.email_address, address)}
        return list(members.values()), len(found.exact_matches.members) >= found.exact_matches.total_items

    async def audiences(self, offset: int) -> Audiences:
        """The account's audiences from this one on."""
        params = {"fields": "lists.id,total_items", **self._page(offset)}
        return (await self.http.request("GET", "/lists", params=params)).read(Audiences)

    async def members(self, address: str, audiences: Sequence[HasId]) -> list[Member]:
        """The contact with this address in each of these audiences that has one."""
        subscriber = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()  # the vendor's own locator
        params = {"fields": ",".join(MEMBER_FIELDS)}
        answers = await together(
            self.http.request("GET", MEMBER, audience.id, subscriber, ok=OR_GONE, params=params)
            for audience in audiences
        )
        members = [answer.read(Member) for answer in answers if answer.status != GONE]
        return [member for member in members if same(member.email_address, address)]

    async def contact(self, audience: str, contact: str) -> Member | None:
        """A contact, in whatever status and under whatever address by now; `None` when it is gone."""
        params = {"fields": ",".join(MEMBER_FIELDS)}
        answer = await self.http.request("GET", MEMBER, audience, contact, ok=OR_GONE, params=params)
        return answer.read(Member) if _is_there(answer) else None

    async def contacts(self, audience: str, offset: int, *, archived: bool) -> Members | None:
        """Contacts of an audience from this one on, newcomers last; `None` when the audience is gone.

        Mailchimp does not say whether it lists archived contacts among the others; asked for, it lists them alone.
        """
        fields = ",".join(["total_items", *(f"members.{name}" for name in MEMBER_FIELDS)])
        order = {"sort_field": "timestamp_opt", "sort_dir": "ASC"}
        params = {"fields": fields, **order, **self._page(offset)} | ({"status": "archived"} if archived else {})
        answer = await self.http.request("GET", "/lists/{}/members", audience, ok=OR_GONE, params=params)
        return answer.read(Members) if _is_there(answer) else None

    async def audience_ids(self) -> list[str]:
        """Every audience."""
        found: list[str] = []
        while True:
            page = await self.audiences(len(found))
            found += [each.id for each in page.lists]
            if not page.lists or len(found) >= page.total_items:
                return found

    async def address_tags(self, audience: str) -> set[str]:
        """The merge tags of an audience that hold an address in parts."""
        where = {"type": "address", "fields": "merge_fields.tag,merge_fields.type,total_items"}
        found = await self.everything("/lists/{}/merge-fields", (audience,), "merge_fields", **where)
        return {str(each.get("tag")) for each in found if each.get("type") == "address"}

    async def holdings(self, audience: str, contact: str) -> dict[str, Any] | None:
        """All that an audience holds of a contact, as Mailchimp words it; `None` when the contact is gone."""
        whole = {"exclude_fields": "_links"}
        member = await self.http.request("GET", MEMBER, audience, contact, ok=OR_GONE, params=whole)
        if member.status == GONE:
            return None
        where = (audience, member.read(Member).id)
        goals = await self.http.request("GET", f"{MEMBER}/goals", *where, ok=OR_GONE)
        parts = await together(self.everything(f"{MEMBER}/{part}", where, items) for part, items in PARTS.items())
        held = {"member": member.json(), "goals": _items(goals, "goals")}
        return held | dict(zip(PARTS.values(), parts, strict=True))

    async def stores(self, audiences: set[str]) -> list[Store]:
        """The shops connected to these audiences."""
        if not (self._config.ecommerce and audiences):
            return []
        fields = {"fields": "stores.id,stores.list_id,total_items"}
        found = await self.everything("/ecommerce/stores", (), "stores", **fields)
        stores = [shaped(Store, each, "/ecommerce/stores") for each in found]
        return [store for store in stores if store.list_id in audiences]

    async def customers(self, store: Store, address: str) -> list[dict[str, Any]]:
        """A shop's customers with exactly this address, as Mailchimp words them."""
        found = await self.everything(CUSTOMERS, (store.id,), "customers", email_address=address)
        return [customer for customer in found if same(str(customer.get("email_address", "")), address)]

    async def orders(self, store: str, customer: str) -> list[dict[str, Any]]:
        """What a customer ordered there, as Mailchimp words it."""
        return await self.everything(ORDERS, (store,), "orders", customer_id=customer)

    async def everything(self, path: str, where: Sequence[str], items: str, **params: str) -> list[dict[str, Any]]:
        """Every item of a collection, all pages. Not all say their total: a page that is not full is the last."""
        found: list[dict[str, Any]] = []
        while True:
            paged = {**params, **self._page(len(found))}
            page = _items(await self.http.request("GET", path, *where, ok=OR_GONE, params=paged), items)
            found += page
            if len(page) < self._config.page_size:
                return found

    def _page(self, offset: int) -> dict[str, str]:
        return {"count": str(self._config.page_size), "offset": str(offset)}


def same(one: str, other: str) -> bool:
    """Whether two addresses are one mailbox; what a search calls a match is not enough."""
    return normalise(Key.EMAIL, one) == normalise(Key.EMAIL, other)


def _is_there(answer: Answer) -> bool:
    """Whether Mailchimp has what was asked for; that it has not, it has to say in its own words."""
    if answer.status == GONE:
        answer.read(Refusal)
    return answer.status != GONE


def _items(answer: Answer, name: str) -> list[dict[str, Any]]:
    if answer.status == GONE:
        return []
    body = answer.json()
    items = body.get(name) if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise TryLater(f"{answer.path} answered without a proper {name}")
    return items


def _at_the_gateway(answer: Answer) -> bool:
    """A 403 without Mailchimp's own error document is its gateway's "too much", not a missing right."""
    return answer.status == 403 and "json" not in answer.headers.get("Content-Type", "")
