"""Stripe, as far as a privacy request meets it.

State, all of it optional (what a real object has and the seed leaves out is filled in):

    {
      "key": "sk_test_standin",        the secret key, as a bearer token or as Basic's user name
      "rate": 25,                      requests in a second before 429; null: no limit
      "fail_posts": 0,                 how many POSTs fail with a 500 that is remembered under their idempotency key
      "customers": [{"id": "cus_1", "email": "Ada@example.com", "metadata": {"customer_id": "C-1"}}],
      "invoices": [{"customer": "cus_1", "lines": {"data": [...]}}],      and so on: charges, payment_intents,
      "checkout_sessions": [{"customer": null, "customer_details": {"email": "..."}, "line_items": [...]}],
      "subscriptions", "payment_methods", "tax_ids", "disputes": [...],
      "index": [customers],            what the search knows; null: it is up to date
      "redaction": {"admitted": false,            whether the account may use redaction jobs
                    "validates_in": 0,            how often a new job still answers "validating"
                    "objects": {"in_1": "..."},   what cannot be redacted, and why
                    "locks_late": false,          whether only a validation says that an object is in another job
                    "finishes": false},           whether what runs is done at once, or when this is set later
      "jobs": [...], "answers": {...}             redaction jobs, and what idempotency keys were answered
    }

Known to differ: a deleted customer's saved ways to pay are gone at once; a search takes one clause.
"""

import base64
import binascii
import json
import time
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from standins.faults import Faults, Handler, breakable
from standins.stripe_account import Account, Problem, missing
from standins.stripe_objects import State, listed
from standins.stripe_redaction import Redaction

SEED_BYTES = 256 << 20
HIDDEN = frozenset({"line_items"})

LISTS = {
    "/v1/charges": ("charges", "charge"),
    "/v1/invoices": ("invoices", "invoice"),
    "/v1/payment_intents": ("payment_intents", "payment_intent"),
    "/v1/checkout/sessions": ("checkout_sessions", "checkout.session"),
    "/v1/subscriptions": ("subscriptions", "subscription"),
    "/v1/disputes": ("disputes", "dispute"),
}
OF_A_CUSTOMER = {"payment_methods": "payment_methods", "tax_ids": "tax_ids"}
FILTERS = ("customer", "payment_intent", "charge")


class Routes:
    """The vendor's routes over one account."""

    def __init__(self, account: Account) -> None:
        self.account = account

    async def customers(self, request: web.Request) -> web.Response:
        """GET /v1/customers: an address as it is written, letter by letter."""
        address = request.query.get("email")
        found = [each for each in self.account.listed("customers") if address in {None, each["email"]}]
        return page(request, found)

    async def search(self, request: web.Request) -> web.Response:
        """GET /v1/customers/search: pages by a token."""
        found = self.account.search(request.query.get("query", ""))
        start, limit = int(request.query.get("page", "0")), limited(request)
        more = len(found) > start + limit
        following = {"next_page": str(start + limit) if more else None}
        body = {"object": "search_result", "data": found[start : start + limit], "has_more": more, **following}
        return web.json_response({**body, "url": "/v1/customers/search"})

    async def customer(self, request: web.Request) -> web.Response:
        """GET a customer; of a deleted one, that it is."""
        return web.json_response(self.account.thing("customers", request.match_info["customer"], "customer"))

    async def update(self, request: web.Request) -> web.Response:
        """POST a customer's new values."""
        return web.json_response(self.account.change(request.match_info["customer"], await form(request)))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE a customer for good."""
        return web.json_response(self.account.delete(request.match_info["customer"]))

    def list_of(self, kind: str) -> Handler:
        """GET a list, by whatever it can be narrowed."""

        async def handle(request: web.Request) -> web.StreamResponse:
            query = request.query
            if "customer" in query and query["customer"] not in self.account.things["customers"]:
                raise missing("customer", query["customer"], "customer")
            found = [each for each in self.account.listed(kind) if narrowed(each, query)]
            if kind == "subscriptions" and query.get("status") != "all":
                found = [each for each in found if each["status"] != "canceled"]
            return page(request, [self.expanded(each, query.getall("expand[]", [])) for each in found])

        return handle

    def one_of(self, kind: str, what: str) -> Handler:
        """GET one thing."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return web.json_response(shown(self.account.thing(kind, request.match_info["id"], what)))

        return handle

    def owned(self, kind: str) -> Handler:
        """GET a list that belongs to a customer."""

        async def handle(request: web.Request) -> web.StreamResponse:
            customer = self.account.customer(request.match_info["customer"])
            return page(request, [each for each in self.account.listed(kind) if each["customer"] == customer["id"]])

        return handle

    async def lines(self, request: web.Request) -> web.Response:
        """GET an invoice's lines."""
        return page(request, self.account.thing("invoices", request.match_info["id"], "invoice")["lines"]["data"])

    async def line_items(self, request: web.Request) -> web.Response:
        """GET a checkout session's lines."""
        session = self.account.thing("checkout_sessions", request.match_info["id"], "checkout.session")
        return page(request, session.get("line_items", []))

    def expanded(self, thing: State, wanted: list[str]) -> State:
        """The thing, with its customer whole where that is asked for."""
        if "data.customer" in wanted and thing["customer"]:
            return {**thing, "customer": self.account.things["customers"][thing["customer"]]}
        return thing


def narrowed(thing: State, query: Any) -> bool:
    """Whether a thing is what a list is asked for."""
    address = query.get("customer_details[email]")
    if address and (thing["customer_details"] or {}).get("email") != address:
        return False
    return all(name not in query or thing.get(name) == query[name] for name in FILTERS)


def page(request: web.Request, things: list[State]) -> web.Response:
    """A page of a list: 10 unless asked, at most 100, behind the one that is named."""
    limit, start = limited(request), 0
    if latest := request.query.get("created[lte]"):
        things = [each for each in things if int(each["created"]) <= int(latest)]
    if after := request.query.get("starting_after"):
        place = next((number for number, each in enumerate(things, start=1) if each["id"] == after), None)
        if place is None:
            raise missing("object", after, "starting_after")
        start = place
    part = [shown(each) for each in things[start : start + limit]]
    return web.json_response(listed(part, request.path, more=len(things) > start + limit))


def limited(request: web.Request) -> int:
    """How many are asked for."""
    limit = request.query.get("limit", "10")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise Problem(400, "This value must be less than or equal to 100.", param="limit")
    return int(limit)


def shown(thing: State) -> State:
    """A thing as an answer shows it."""
    return {key: value for key, value in thing.items() if key not in HIDDEN}


async def form(request: web.Request) -> State:
    """A form's fields, those in brackets as an object."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem(400, "Invalid request: send a form.")
    fields: State = {}
    for name, value in parse_qsl(await request.text(), keep_blank_values=True):
        outer, _, inner = name.partition("[")
        if not inner:
            fields[outer] = value
            continue
        key, _, more = inner.partition("]")
        held = fields.setdefault(outer, {})
        if more == "[]":
            held.setdefault(key, []).append(value)
        else:
            held[key] = value
    return fields


def authorised(request: web.Request, key: str) -> bool:
    """Whether the request carries the account's key."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value == key
    try:
        return scheme.lower() == "basic" and base64.b64decode(value, validate=True).decode().partition(":")[0] == key
    except (binascii.Error, UnicodeDecodeError):
        return False


def guarded(account: Account) -> Any:
    """The middleware before every route: key, rate, idempotency, error documents."""
    second, count = 0, 0

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal second, count
        if "/_control/" in request.path:
            return await handler(request)
        second, count = (second, count + 1) if int(time.monotonic()) == second else (int(time.monotonic()), 1)
        if account.rate is not None and count > account.rate:
            return refusal(Problem(429, "Too many requests", code="rate_limit"))
        if not authorised(request, account.key):
            return refusal(Problem(401, "Invalid API Key provided: ****"))
        try:
            return await (once(account, request, handler) if request.method == "POST" else handler(request))
        except web.HTTPNotFound:
            return refusal(Problem(404, f"Unrecognized request URL ({request.method}: {request.path})."))
        except Problem as said:
            return refusal(said)

    return guard


async def once(account: Account, request: web.Request, handler: Handler) -> web.StreamResponse:
    """A POST: under a key that was used, what was answered then, failures included."""
    key = request.headers.get("Idempotency-Key")
    asked = [request.path, await request.text()]
    if key and (saved := account.answers.get(key)):
        if saved["asked"] != asked:
            words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            return refusal(Problem(400, words, type="idempotency_error"))
        echo = {"Idempotent-Replayed": "true"}
        return web.json_response(saved["body"], status=saved["status"], headers=echo)
    status, body, headers = 200, None, {}
    if account.fail_posts:
        account.fail_posts -= 1
        status, headers = 500, {"stripe-should-retry": "false"}
        body = {"error": {"type": "api_error", "message": "An unknown error occurred."}}
    else:
        try:
            response = await handler(request)
            return keep(account, key, asked, response) if isinstance(response, web.Response) else response
        except Problem as said:
            status, body = said.status, said.body
    return keep(account, key, asked, web.json_response(body, status=status, headers=headers))


def keep(account: Account, key: str | None, asked: list[str], response: web.Response) -> web.Response:
    """Remember what a key was answered."""
    if key:
        account.answers[key] = {"asked": asked, "status": response.status, "body": json.loads(response.text or "null")}
    return response


def refusal(said: Problem) -> web.Response:
    """An error as the vendor words it."""
    return web.json_response(said.body, status=said.status)


def app(state: State | None = None) -> web.Application:
    """A Stripe of its own, seeded with `state`."""
    account = Account(state)
    routes = Routes(account)
    application = web.Application(client_max_size=SEED_BYTES)
    breakable(application, Faults(bodies=bodies()), account.state, account.replace)
    application.middlewares.append(guarded(account))
    add = application.router.add_route
    add("GET", "/v1/customers", routes.customers)
    add("GET", "/v1/customers/search", routes.search)
    add("GET", "/v1/customers/{customer}", routes.customer)
    add("POST", "/v1/customers/{customer}", routes.update)
    add("DELETE", "/v1/customers/{customer}", routes.delete)
    for part, kind in OF_A_CUSTOMER.items():
        add("GET", f"/v1/customers/{{customer}}/{part}", routes.owned(kind))
    for path, (kind, what) in LISTS.items():
        add("GET", path, routes.list_of(kind))
        add("GET", f"{path}/{{id}}", routes.one_of(kind, what))
    add("GET", "/v1/invoices/{id}/lines", routes.lines)
    add("GET", "/v1/checkout/sessions/{id}/line_items", routes.line_items)
    Redaction(account, form).add_to(application)
    return application


def bodies() -> dict[str, tuple[int, dict[str, str], Any]]:
    """How Stripe words what goes wrong; with a 429 it names no wait."""
    said = {
        "unauthorised": Problem(401, "Invalid API Key provided: ****"),
        "forbidden": Problem(403, "The provided key does not have the required permissions.", code="more_permissions"),
        "rate_limit_without_hint": Problem(429, "Too many requests", code="rate_limit"),
        "server_error": Problem(500, "An unknown error occurred.", type="api_error"),
    }
    worded: dict[str, tuple[int, dict[str, str], Any]] = {
        kind: (each.status, {}, each.body) for kind, each in said.items()
    }
    lock = Problem(400, "This object cannot be accessed right now.", code="lock_timeout")
    never = Problem(500, "An unknown error occurred.", type="api_error")
    return worded | {
        "lock_timeout": (400, {"stripe-should-retry": "true"}, lock.body),
        "not_again": (500, {"stripe-should-retry": "false"}, never.body),
    }
