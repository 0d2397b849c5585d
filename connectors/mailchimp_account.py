"""What Mailchimp's interface answers, as objects, and the calls that get them.

The vendor's reference: https://mailchimp.com/developer/marketing/api/ (3.0; PyPI `mailchimp-marketing` has its paths).
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import aiohttp
from pydantic import BaseModel, Field

from connectors.connector import SystemConfig, TryLater
from connectors.http import Answer, Http, shaped, together
from dsar.identity import Key, normalise

MEMBER = "/lists/{}/members/{}"
"""Filled with an audience and a subscriber hash. The hash, because not every route beneath takes the contact id."""
CUSTOMERS = "/ecommerce/stores/{}/customers"

GONE = 404
OR_GONE = frozenset({200, GONE})

PARTS = {"activity-feed": "activity", "events": "events", "notes": "notes", "tags": "tags"}
"""Collections that belong to a member: the path's last step, and the field of the answer that holds the items."""

_FIELDS = (
    "id",
    "contact_id",
    "list_id",
    "email_address",
    "status",
    "merge_fields",
    "timestamp_signup",
    "timestamp_opt",
    "last_changed",
)


class MailchimpConfig(SystemConfig):
    """Mailchimp's entry. `secret` is an API key; `base_url` names the data centre that ends it (`...-us1`)."""

    customer_id_merge_field: str = "CUSTOMERID"
    """The merge tag that holds the company's own number for the person; empty: none does."""
    client_id_merge_field: str = "GACLIENTID"
    """The merge tag that holds Google Analytics' client id; empty: none does."""
    ecommerce: bool = True
    """Whether a shop is connected, whose customers are exported and erased too. Off saves the calls."""
    page_size: int = Field(default=1000, ge=1, le=1000)
    max_connections: int = Field(default=8, ge=1, le=10)
    """Mailchimp allows a user ten at once."""
    timeout_seconds: float = 120.0
    """Mailchimp itself gives up after these two minutes."""


class Member(BaseModel):
    """A contact of one audience. The dates are ISO 8601, empty when there is none."""

    id: str
    contact_id: str
    list_id: str
    email_address: str
    status: str
    merge_fields: dict[str, Any] = Field(default_factory=dict)
    timestamp_signup: str = ""
    timestamp_opt: str = ""
    last_changed: str = ""


class Store(BaseModel):
    """A shop. What it knows of customers belongs to one audience."""

    id: str
    list_id: str


class _Matches(BaseModel):
    members: list[Member] = Field(default_factory=list)
    total_items: int = 0


class _Search(BaseModel):
    exact_matches: _Matches
    full_search: _Matches = Field(default_factory=_Matches)


class _Id(BaseModel):
    id: str


class Audiences(BaseModel):
    """A page of the account's audiences."""

    lists: list[_Id]
    total_items: int


class Account:
    """One Mailchimp account, read and paged. Writing is one call each: `http`."""

    def __init__(self, config: MailchimpConfig) -> None:
        self._config = config
        authorization = aiohttp.encode_basic_auth("habeas", config.secret.get_secret_value())
        self.http = Http(config, {"Authorization": authorization}, busy=_at_the_gateway)

    async def search(self, address: str) -> tuple[list[Member], bool]:
        """The contacts with exactly this address, and whether the search showed all that it found."""
        fields = [f"{part}.members.{name}" for part in ("exact_matches", "full_search") for name in _FIELDS]
        params = {"query": address, "fields": ",".join(["exact_matches.total_items", *fields])}
        found = (await self.http.request("GET", "/search-members", params=params)).read(_Search)
        shown = found.exact_matches.members + found.full_search.members
        members = {(member.list_id, member.id): member for member in shown if same(member.email_address, address)}
        return list(members.values()), len(found.exact_matches.members) >= found.exact_matches.total_items

    async def audiences(self, offset: int) -> Audiences:
        """The account's audiences from this one on."""
        params = {"fields": "lists.id,total_items", **self._page(offset)}
        return (await self.http.request("GET", "/lists", params=params)).read(Audiences)

    async def members(self, address: str, audiences: Sequence[_Id]) -> list[Member]:
        """The contact with this address in each of these audiences that has one."""
        subscriber = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()  # the vendor's own locator
        params = {"fields": ",".join(_FIELDS)}
        answers = await together(
            self.http.request("GET", MEMBER, audience.id, subscriber, ok=OR_GONE, params=params)
            for audience in audiences
        )
        members = [answer.read(Member) for answer in answers if answer.status != GONE]
        return [member for member in members if same(member.email_address, address)]

    async def holds(self, audience: str, subscriber: str) -> bool:
        """Whether an audience has a contact, in whatever status."""
        answer = await self.http.request("GET", MEMBER, audience, subscriber, ok=OR_GONE, params={"fields": "id"})
        return answer.status != GONE and bool(answer.read(_Id).id)

    async def holdings(self, audience: str, subscriber: str) -> dict[str, Any] | None:
        """All that an audience holds of a contact, as Mailchimp words it; `None` when the contact is gone."""
        where = (audience, subscriber)
        member = await self.http.request("GET", MEMBER, *where, ok=OR_GONE, params={"exclude_fields": "_links"})
        if member.status == GONE:
            return None
        goals = await self.http.request("GET", f"{MEMBER}/goals", *where, ok=OR_GONE)
        parts = await together(self.everything(f"{MEMBER}/{part}", where, items) for part, items in PARTS.items())
        member.read(Member)
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
        return await self.everything("/ecommerce/stores/{}/orders", (store,), "orders", customer_id=customer)

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
