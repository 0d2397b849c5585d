"""The declared system's rig: people, tickets and orders of a JSON service, each found and paged in another way."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.declared import Declared
from connectors.declared_config import DeclaredConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.declared import KEY, app
from tests.contract.played import Played

GONE = {"status": [404], "at": "/error/code", "says": "not_found"}

ENTRY: dict[str, Any] = {
    "name": "crm",
    "kind": "declared",
    "title": "Customer records",
    "secret": SecretStr(KEY),
    "headers": {"Authorization": "Bearer {secret}"},
    "timeout_seconds": 1.5,
    "things": {
        "people": {
            "category": "contact information and communications",
            "identifiers": {"email": ["/email", "/more_emails/*"], "customer_id": "/number"},
            "dates": {"created": "/created"},
            "label": "/name/first",
            "left_out": ["/password_hash"],
            "find": [
                {
                    "by": "email",
                    "path": "/people",
                    "query": {"email": "{email}"},
                    "records": "/people",
                    "paging": {"kind": "link", "next": "/links/next"},
                },
                {
                    "by": "customer_id",
                    "path": "/people",
                    "query": {"number": "{customer_id}"},
                    "records": "/people",
                    "paging": {"kind": "link", "next": "/links/next"},
                },
            ],
            "read": {"path": "/people/{id}"},
            "record": "/item",
            "erase": {"path": "/people/{id}"},
            "gone": GONE,
            "correct": {"path": "/people/{id}", "under": "/change"},
            "fields": {"email": "/email", "first_name": "/name/first", "last_name": "/name/last", "phone": "/phone"},
            "list": {
                "path": "/all/people",
                "records": "/items",
                "paging": {"kind": "cursor", "next": "/next", "parameter": "cursor"},
            },
        },
        "tickets": {
            "category": "project communications",
            "identifiers": {"email": "/from/address"},
            "dates": {"created": "/opened"},
            "find": {
                "by": "email",
                "method": "POST",
                "path": "/tickets/search",
                "body": {"where": {"from": "{email}"}},
                "records": "/hits/*/ticket",
                "paging": {"kind": "offset", "place": "body", "parameter": "/page/offset"},
            },
            "read": {"path": "/tickets/{id}"},
            "record": "/item",
            "erase": {"path": "/tickets/{id}"},
            "gone": GONE,
            "list": {
                "path": "/all/tickets",
                "records": "/items",
                "paging": {"kind": "cursor", "next": "/next", "parameter": "cursor"},
            },
        },
        "orders": {
            "category": "financial records and invoices",
            "identifiers": {"customer_id": "/customer"},
            "dates": {"created": "/paid_on"},
            "find": {
                "by": "customer_id",
                "path": "/customers/{customer_id}/orders",
                "none": [404],
                "paging": {"kind": "page", "parameter": "page"},
            },
            "read": {"path": "/orders/{id}"},
            "record": "/item",
            "erase": {"path": "/orders/{id}"},
            "gone": GONE,
            "list": {
                "path": "/all/orders",
                "records": "/items",
                "paging": {"kind": "cursor", "next": "/next", "parameter": "cursor"},
            },
        },
    },
}


class DeclaredRig(Played):
    """A stand-in that shows two records at a time."""

    name = "declared"
    lossy = False

    def __init__(self, **changed: Any) -> None:
        self._changed = changed

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in, empty."""
        async with self.playing(app()) as self.address:
            self.connector = Declared(DeclaredConfig.model_validate(ENTRY | {"base_url": self.address} | self._changed))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant records of all kinds in turn."""
        state = await self.state()
        first = sum(len(things) for kind, things in state.items() if kind != "slow") + 1
        ids: list[str] = []
        for place in range(count):
            kind = ("people", "tickets", "orders")[place % 3]
            state[kind].append(_planted(kind, first + place, identity))
            ids.append(f"{kind}:{state[kind][-1]['id']}")
        await self.put(state)
        return ids

    async def snapshot(self) -> object:
        """All that the service holds."""
        return await self.state()

    async def present(self, record: Record) -> bool:
        """Whether the record is there."""
        kind, _, number = record.id.partition(":")
        return any(str(each["id"]) == number for each in (await self.state())[kind])


def _planted(kind: str, number: int, identity: Identity) -> dict[str, Any]:
    (address, *_), (customer, *_) = identity.values(Key.EMAIL), identity.values(Key.CUSTOMER_ID)
    match kind:
        case "people":
            return {
                "id": number,
                "email": address,
                "more_emails": [],
                "number": customer,
                "name": {"first": identity.values(Key.NAME)[0], "last": None},
                "phone": "",
                "created": "2024-01-31T23:30:00-05:00",
                "password_hash": "7f3a",
            }
        case "tickets":
            return {"id": f"t-{number}", "from": {"address": address}, "subject": "Help", "opened": 1700000000}
        case _:
            return {"id": number, "customer": customer, "paid_on": "2025-01-31"}
