"""Stripe's rig over localstripe: customers, and what the first of them was charged.

Between the two stands a doorman. It lets everything through to localstripe and adds only what no connector could do
without: localstripe knows nothing of checkout sessions and cannot tell one customer's payment intents (nobody has any,
the doorman then says, and the rig plants none), lists saved cards elsewhere and tax ids without pages, and leaves the
`code` out of its refusals, which at Stripe tells what is gone from an address that is wrong.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from connectors.stripe import Stripe
from connectors.stripe_config import StripeConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.serving import serving
from standins.stripe_account import KEY
from tests.contract.rig import Fault
from tests.contract.rigs.stripe import ENTRY

PLANTED = ("customer", "customer", "charge", "charge", "charge")
"""What is planted, in this order; after these, customers. Of charges more than a page."""
CARD = {
    "type": "card",
    "card[number]": "4242424242424242",
    "card[exp_month]": "12",
    "card[exp_year]": "2030",
    "card[cvc]": "123",
}
NOBODY_HAS_ANY: dict[str, Any] = {"object": "list", "data": [], "has_more": False}
AUTHORISED = {"Authorization": f"Bearer {KEY}"}


class StripeLocalstripeRig:
    """An account at localstripe, emptied for each test; it has no search, and says so in its entry.

    Impossible here: everything that breaks it. It can't be told to.
    """

    name = "stripe_localstripe"
    lossy = False
    impossible = frozenset(value for name, value in vars(Fault).items() if name.isupper())
    exempt: ClassVar[dict[str, str]] = {
        "test_an_address_is_the_same_however_it_is_written[held1-asked1]": (
            "at Stripe its search finds an address that is kept in capitals; localstripe has none"
        )
    }

    def __init__(self, address: str) -> None:
        self._address = address

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Empty the account and post the doorman."""
        async with aiohttp.ClientSession(self._address, headers=AUTHORISED) as self.account:
            async with self.account.delete("/_config/data") as emptied:
                emptied.raise_for_status()
            door = web.Application()
            door.router.add_route("*", "/{path:.*}", self._let_through)
            async with serving(door) as address:
                entry = ENTRY | {"base_url": address, "search": False, "timeout_seconds": 30}
                self.connector = Stripe(StripeConfig.model_validate(entry))
                try:
                    yield
                finally:
                    await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant `count` things; the charges are the person's first customer's."""
        said = {
            "email": identity.values(Key.EMAIL)[0],
            "name": identity.values(Key.NAME)[0],
            "phone": "+1 202 555 0143",
            "metadata[customer_id]": identity.values(Key.CUSTOMER_ID)[0],
            "address[line1]": "1 Main St",
            "address[city]": "Springfield",
            "address[postal_code]": "62701",
        }
        first, ids = "", []
        for place in range(count):
            kind = PLANTED[place] if place < len(PLANTED) else "customer"
            thing = await (self._made("/v1/customers", said) if kind == "customer" else self._charged(first))
            first = first or thing
            ids.append(f"{kind}:{thing}")
        return ids

    async def snapshot(self) -> object:
        """All customers and charges."""
        return [await self._all(path) for path in ("/v1/customers", "/v1/charges")]

    async def present(self, record: Record) -> bool:
        """Whether the thing is there."""
        kind, _, thing = record.id.partition(":")
        async with self.account.get(f"/v1/{kind}s/{thing}") as answer:
            return answer.status == 200

    async def fault(self, kind: str, times: int = 1) -> None:
        """Not on a real server."""
        raise NotImplementedError(kind)

    async def _charged(self, customer: str) -> str:
        card = await self._made("/v1/payment_methods", CARD)
        await self._made(f"/v1/payment_methods/{card}/attach", {"customer": customer})
        form = {"customer": customer, "source": card, "amount": "1400", "currency": "eur"}
        return await self._made("/v1/charges", form)

    async def _made(self, path: str, form: dict[str, str]) -> str:
        async with self.account.post(path, data=form) as answer:
            answer.raise_for_status()
            made: str = (await answer.json())["id"]
            return made

    async def _all(self, path: str) -> list[Any]:
        async with self.account.get(path, params={"limit": "10000"}) as answer:
            answer.raise_for_status()
            found: list[Any] = (await answer.json())["data"]
            return found

    async def _let_through(self, request: web.Request) -> web.Response:
        path, params = request.path, dict(request.query)
        if path.startswith("/v1/checkout/") or (path == "/v1/payment_intents" and "customer" in params):
            return web.json_response(NOBODY_HAS_ANY)
        if path.endswith("/payment_methods") and path != "/v1/payment_methods":
            params |= {"customer": path.split("/")[3], "type": "card"}
            path = "/v1/payment_methods"
        if path.endswith("/tax_ids"):
            params.pop("limit", None)  # not known there: all come at once
        body = await request.read()
        kept = {name: value for name, value in request.headers.items() if name in {"Authorization", "Content-Type"}}
        async with self.account.request(request.method, path, params=params, data=body or None, headers=kept) as answer:
            said = await answer.read()
            if answer.status == 404 and answer.content_type == "application/json":
                refusal = json.loads(said)
                refusal["error"].setdefault("code", "resource_missing")
                said = json.dumps(refusal).encode()
            return web.Response(status=answer.status, body=said, content_type=answer.content_type)
