"""Mailchimp, as far as a privacy request meets it. The vendor's own routes are under `/3.0`, as in its address.

State, all of it optional (what a real contact has and the seed leaves out is filled in):

    {
      "key": "standin-us1",                the API key; Basic with any user name, or Bearer
      "max_connections": 10,               requests at once before 429; null: no limit
      "search_limit": 30,                  matches that one search shows
      "lists_archived": false,             whether archived contacts are listed among the others, or only if asked for
      "lists": {
        "a1b2c3d4e5": {
          "name": "Newsletter",
          "merge_fields": {"FNAME": "text", "ADDRESS": "address"},     default: the usual, and those of its contacts
          "members": [{
            "email_address": "ada@example.com", "status": "subscribed", "merge_fields": {"CUSTOMERID": "C-1"},
            "activity": [...], "events": [...], "goals": [...], "notes": [...], "tags": [...],
            "unsubscribed_by_contact": false    true: only the person can come back (Member In Compliance State)
          }],
          "forgotten": ["<hash>"]           permanently deleted: cannot be imported again
        }
      },
      "stores": {"shop": {"list_id": "a1b2c3d4e5", "name": "Shop",
                          "customers": [{"id": "1", "email_address": "..."}], "orders": [{"id", "customer": {"id"}}]}}
    }

Known to differ: a search looks at once (the real index lags), and is careless on purpose: it takes plus-addresses
for the same person among the exact matches, and parts of addresses and names in the full search.
Beside the faults of every stand-in: `volume`, a 403 without a body, the gateway's way to say "too much".
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from standins.faults import Faults, Handler, breakable
from standins.mailchimp_account import Account, Problem, State, contact, digest, missing, shown
from standins.mailchimp_batches import Orders
from standins.mailchimp_updates import STATUSES, updated

PROBLEM = "application/problem+json; charset=utf-8"
SORTABLE = frozenset({"timestamp_opt", "timestamp_signup", "last_changed"})
MEMBER = "/3.0/lists/{list}/members/{member}"
SEED_BYTES = 256 << 20


class Routes:
    """The vendor's routes over one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def search(self, request: web.Request) -> web.Response:
        """GET /search-members."""
        query = request.query.get("query", "").strip()
        if not query:
            raise Problem(400, "Invalid Resource", "The query parameter is required.")
        exact, full = self.account.search(query, request.query.get("list_id"))
        limit = self.account.search_limit
        found = {"exact_matches": exact, "full_search": full}
        pages = {k: {"members": [shown(m) for m in v[:limit]], "total_items": len(v)} for k, v in found.items()}
        return answer(request, {**pages, "_links": []})

    async def lists(self, request: web.Request) -> web.Response:
        """GET /lists."""
        lists = [
            {"id": each["id"], "web_id": 1, "name": each["name"], "stats": {"member_count": len(each["members"])}}
            for each in self.account.lists.values()
        ]
        return page(request, "lists", lists)

    async def members(self, request: web.Request) -> web.Response:
        """GET an audience's contacts, in the order asked for."""
        list_id = request.match_info["list"]
        found = self.account.contacts(list_id, request.query.get("status"))
        if field := request.query.get("sort_field"):
            if field not in SORTABLE:
                raise Problem(400, "Invalid Resource", "sort_field must be one of timestamp_opt, ...")
            descending = request.query.get("sort_dir", "ASC").upper() == "DESC"
            found = sorted(found, key=lambda member: str(member[field]), reverse=descending)
        return page(request, "members", [shown(each) for each in found], {"list_id": list_id})

    async def merge_fields(self, request: web.Request) -> web.Response:
        """GET an audience's merge fields."""
        list_id = request.match_info["list"]
        kinds = self.account.audience(list_id)["merge_fields"]
        wanted = request.query.get("type")
        about = {"required": False, "default_value": "", "public": True, "options": {}, "help_text": ""}
        fields = [
            {"merge_id": number, "tag": tag, "name": tag, "type": kind, "display_order": number, "list_id": list_id}
            | about
            for number, (tag, kind) in enumerate(kinds.items(), start=1)
            if wanted in {None, kind}
        ]
        return page(request, "merge_fields", fields, {"list_id": list_id})

    async def member(self, request: web.Request) -> web.Response:
        """GET a contact."""
        return answer(request, shown(self._member(request)))

    async def update(self, request: web.Request) -> web.Response:
        """PATCH a contact."""
        member = self._member(request)
        body = await json_object(request)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changed = updated(self.account, member, body, now)
        return answer(request, shown(self.account.replace_member(member, changed)))

    async def archive(self, request: web.Request) -> web.Response:
        """DELETE a contact: it is only archived."""
        self._member(request)["status"] = "archived"
        return web.Response(status=204)

    async def forget(self, request: web.Request) -> web.Response:
        """POST delete-permanent. What a shop knows stays: it has its own route."""
        self.account.forget(self._member(request, by_hash_only=True))
        return web.Response(status=204)

    async def add(self, request: web.Request) -> web.Response:
        """POST a contact into an audience."""
        list_id = request.match_info["list"]
        audience = self.account.audience(list_id)
        body = await json_object(request)
        if not isinstance(body.get("email_address"), str) or body.get("status") not in STATUSES:
            raise Problem(400, "Invalid Resource", "The resource submitted could not be validated.")
        subscriber = digest(body["email_address"])
        if subscriber in audience["forgotten"]:
            raise Problem(400, "Forgotten Email Not Subscribed", "The contact was permanently deleted.")
        if subscriber in audience["members"]:
            raise Problem(400, "Member Exists", "The contact is already a list member.")
        audience["members"][subscriber] = contact(list_id, body, audience["merge_fields"])
        return answer(request, shown(audience["members"][subscriber]))

    def part(self, name: str, *, paged: bool = True, total: bool = True, by_hash_only: bool = False) -> Handler:
        """GET a collection of a contact. The routes that take the hash alone say whose it is, the newer do not."""

        async def handle(request: web.Request) -> web.StreamResponse:
            member = self._member(request, by_hash_only=by_hash_only)
            about = {"email_id": member["id"], "list_id": member["list_id"]} if by_hash_only else {}
            return page(request, name, member[name], about, paged=paged, total=total)

        return handle

    async def stores(self, request: web.Request) -> web.Response:
        """GET /ecommerce/stores."""
        hidden = ("customers", "orders")
        stores = [{k: v for k, v in each.items() if k not in hidden} for each in self.account.stores.values()]
        return page(request, "stores", stores)

    async def customers(self, request: web.Request) -> web.Response:
        """GET a shop's customers."""
        store = self.account.store(request.match_info["store"])
        address = request.query.get("email_address", "").lower()
        found = [each for each in store["customers"] if not address or each["email_address"].lower() == address]
        return page(request, "customers", found, {"store_id": store["id"]})

    async def orders(self, request: web.Request) -> web.Response:
        """GET a shop's orders."""
        store = self.account.store(request.match_info["store"])
        customer = request.query.get("customer_id")
        found = [each for each in store["orders"] if customer in {None, each["customer"]["id"]}]
        return page(request, "orders", found, {"store_id": store["id"]})

    async def delete_customer(self, request: web.Request) -> web.Response:
        """DELETE a shop's customer."""
        store = self.account.store(request.match_info["store"])
        kept = [each for each in store["customers"] if each["id"] != request.match_info["customer"]]
        if len(kept) == len(store["customers"]):
            raise missing()
        store["customers"] = kept
        return web.Response(status=204)

    async def delete_order(self, request: web.Request) -> web.Response:
        """DELETE a shop's order. Those of a customer who was deleted stay until then."""
        store = self.account.store(request.match_info["store"])
        kept = [each for each in store["orders"] if each["id"] != request.match_info["order"]]
        if len(kept) == len(store["orders"]):
            raise missing()
        store["orders"] = kept
        return web.Response(status=204)

    def _member(self, request: web.Request, *, by_hash_only: bool = False) -> State:
        named = request.match_info
        return self.account.member(named["list"], named["member"], by_hash_only=by_hash_only)


def page(
    request: web.Request,
    name: str,
    items: list[State],
    about: State | None = None,
    *,
    paged: bool = True,
    total: bool = True,
) -> web.Response:
    """A collection's answer; `count` is 10 unless asked, at most 1000."""
    count, offset = number(request, "count", 10), number(request, "offset", 0)
    if not 0 <= count <= 1000:
        raise Problem(400, "Invalid Resource", "count must be at most 1000.")
    part = items[offset : offset + count] if paged else items
    totals = {"total_items": len(items)} if total else {}
    return answer(request, {name: part, **(about or {}), **totals, "_links": []})


def number(request: web.Request, name: str, default: int) -> int:
    """A query parameter that has to be a number."""
    value = request.query.get(name, str(default))
    if not value.isdecimal():
        raise Problem(400, "Invalid Resource", f"{name} must be an integer.")
    return int(value)


async def json_object(request: web.Request) -> State:
    """The request's body, refused if it is not a JSON object."""
    try:
        body = await request.json()
    except ValueError:
        raise Problem(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.") from None
    if not isinstance(body, dict):
        raise Problem(400, "Invalid Resource", "An object was expected.")
    return body


def answer(request: web.Request, body: State) -> web.Response:
    """The answer with the fields that were asked for."""
    if "fields" in request.query:
        body = only(body, [each.split(".") for each in request.query["fields"].split(",")])
    for each in request.query.get("exclude_fields", "").split(","):
        body.pop(each, None)
    return web.json_response(body)


def only(value: Any, fields: list[list[str]]) -> Any:
    """The named fields, by dotted paths that pass through arrays."""
    if isinstance(value, list):
        return [only(each, fields) for each in value]
    if not isinstance(value, dict) or [] in fields:
        return value
    heads = {field[0] for field in fields}
    return {
        key: only(each, [field[1:] for field in fields if field[0] == key])
        for key, each in value.items()
        if key in heads
    }


def authorised(request: web.Request, key: str) -> bool:
    """Whether the request carries the account's key, Basic with any user name or Bearer."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value == key
    try:
        return scheme.lower() == "basic" and base64.b64decode(value, validate=True).decode().partition(":")[2] == key
    except (binascii.Error, UnicodeDecodeError):
        return False


def guarded(account: Account) -> Any:
    """The middleware before every route: connections, key, error documents."""
    busy = 0

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal busy
        if "/_control/" in request.path or "/batch-results/" in request.path:
            return await handler(request)
        if account.max_connections is not None and busy >= account.max_connections:
            return web.Response(status=429)
        busy += 1
        try:
            if authorised(request, account.key):
                return await handler(request)
            return refusal(Problem(401, "API Key Invalid", "Your API key may be invalid."))
        except web.HTTPNotFound:
            return refusal(missing())
        except web.HTTPMethodNotAllowed:
            return refusal(Problem(405, "Method Not Allowed", "The method is not allowed here."))
        except Problem as said:
            return refusal(said)
        finally:
            busy -= 1

    return guard


def refusal(said: Problem) -> web.Response:
    """An error as the vendor words it."""
    return web.Response(text=json.dumps(said.body), status=said.status, headers={"Content-Type": PROBLEM})


def app(state: State | None = None) -> web.Application:
    """A Mailchimp of its own, seeded with `state`."""
    account = Account(state)
    routes = Routes(account)
    application = web.Application(client_max_size=SEED_BYTES)
    breakable(application, Faults(bodies=bodies()), account.state, account.replace)
    application.middlewares.append(guarded(account))
    add = application.router.add_route
    orders = Orders(account)
    add("POST", "/3.0/batches", orders.start)
    add("GET", "/3.0/batches/{batch}", orders.status)
    add("DELETE", "/3.0/batches/{batch}", orders.end)
    add("GET", "/batch-results/{batch}", orders.file)
    add("GET", "/3.0/search-members", routes.search)
    add("GET", "/3.0/lists", routes.lists)
    add("GET", "/3.0/lists/{list}/members", routes.members)
    add("GET", "/3.0/lists/{list}/merge-fields", routes.merge_fields)
    add("POST", "/3.0/lists/{list}/members", routes.add)
    add("GET", MEMBER, routes.member)
    add("PATCH", MEMBER, routes.update)
    add("DELETE", MEMBER, routes.archive)
    add("POST", f"{MEMBER}/actions/delete-permanent", routes.forget)
    add("GET", f"{MEMBER}/activity-feed", routes.part("activity", total=False, by_hash_only=True))
    add("GET", f"{MEMBER}/events", routes.part("events"))
    add("GET", f"{MEMBER}/goals", routes.part("goals", paged=False, by_hash_only=True))
    add("GET", f"{MEMBER}/notes", routes.part("notes", by_hash_only=True))
    add("GET", f"{MEMBER}/tags", routes.part("tags"))
    add("GET", "/3.0/ecommerce/stores", routes.stores)
    add("GET", "/3.0/ecommerce/stores/{store}/customers", routes.customers)
    add("GET", "/3.0/ecommerce/stores/{store}/orders", routes.orders)
    add("DELETE", "/3.0/ecommerce/stores/{store}/customers/{customer}", routes.delete_customer)
    add("DELETE", "/3.0/ecommerce/stores/{store}/orders/{order}", routes.delete_order)
    return application


def bodies() -> dict[str, tuple[int, dict[str, str], Any]]:
    """How Mailchimp words what goes wrong; too many requests it does not word at all."""
    said = {
        "unauthorised": Problem(401, "API Key Invalid", "Your API key may be invalid."),
        "forbidden": Problem(403, "Forbidden", "You are not permitted to access this resource."),
        "server_error": Problem(500, "Internal Server Error", "An unexpected internal error has occurred."),
    }
    worded = {kind: (each.status, {"Content-Type": PROBLEM}, each.body) for kind, each in said.items()}
    return {**worded, "rate_limit": (429, {}, None), "volume": (403, {}, None)}
