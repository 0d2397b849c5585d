"""Many contacts at once: one order that Mailchimp works off, and a file that says what came of each call."""

import gzip
import io
import json
import re
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from connectors.connector import NeedsPerson, TryLater
from connectors.mailchimp import Mailchimp
from connectors.mailchimp_config import MailchimpConfig
from dsar.records import OutcomeKind, Record
from standins.mailchimp import app
from standins.serving import serving
from tests.contract.acts import walk
from tests.contract.rigs.mailchimp import MailchimpRig
from tests.contract.test_mailchimp_conformance import description

MANY = 7
ANSWERED = {"id", "status", "total_operations", "finished_operations", "errored_operations"} | {
    "submitted_at",
    "completed_at",
    "response_body_url",
    "_links",
}
"""https://mailchimp.com/developer/marketing/api/batch-operations/get-batch-operation-status/"""


@asynccontextmanager
async def crowded(**changed: Any) -> AsyncIterator[tuple[MailchimpRig, Mailchimp, list[Record]]]:
    """An audience of `MANY` contacts, met on a walk; an entry for which three are many."""
    rig = MailchimpRig()
    async with rig.start():
        members = [{"email_address": f"{n}@example.com", "status": "subscribed"} for n in range(MANY)]
        await rig.put({"lists": {"audience0": {"members": members}}, "stores": {}})
        own = rig.connector.config.model_dump()
        base = str(own["base_url"]).removesuffix("3.0")
        given = {"batch_from": 3, "batch_poll_seconds": 0, "batch_results_url": f"{base}batch-results/"}
        connector = Mailchimp(MailchimpConfig.model_validate(own | given | changed))
        try:
            yield rig, connector, [sighting.record for sighting in await walk(connector)]
        finally:
            await connector.close()


async def calls(rig: MailchimpRig) -> list[str]:
    return [f"{call['method']} {re.sub('[?].*|[0-9a-f]{10}$', '', call['path'])}" for call in await rig.calls()]


async def test_many_contacts_are_deleted_and_looked_for_in_one_order_each() -> None:
    """Two orders, followed to their ends and taken away, in place of a call for each contact."""
    async with crowded(ecommerce=False) as (rig, connector, records):
        await rig.control.delete("/_control/calls")

        erased = await connector.erase(records)
        checked = await connector.check(records)

        made = await calls(rig)
        assert [outcome.record_id for outcome in erased] == [record.id for record in records]
        assert {outcome.kind for outcome in (*erased, *checked)} == {OutcomeKind.ERASED}
        assert made.count("POST /3.0/batches") == made.count("DELETE /3.0/batches/") == 2
        assert not [call for call in made if "members" in call]
        assert (await rig.state())["lists"]["audience0"]["members"] == []


async def test_what_an_order_did_not_do_is_done_one_by_one() -> None:
    """Some are gone already, one has another address by now: each gets its own outcome, in the order asked."""
    async with crowded() as (rig, connector, records):
        state = await rig.state()
        members = state["lists"]["audience0"]["members"]
        moved = next(m for m in members if m["contact_id"] in records[1].id)
        state["lists"]["audience0"]["members"] = [
            {**moved, "email_address": "new@example.com", "id": "0" * 32},
            *(m for m in members if m["contact_id"] not in records[0].id and m is not moved),
        ]
        await rig.put(state)

        outcomes = await connector.erase(records)

        assert [outcome.kind for outcome in outcomes[:2]] == [OutcomeKind.NOT_FOUND, OutcomeKind.ERASED]
        assert {outcome.kind for outcome in outcomes[2:]} == {OutcomeKind.ERASED}
        assert (await rig.state())["lists"]["audience0"]["members"] == []


async def test_a_contact_that_is_there_is_seen_to_be_there() -> None:
    """Also in an order: nothing was deleted, and nothing is said to be."""
    async with crowded() as (_, connector, records):
        checked = await connector.check(records)

        assert {outcome.kind for outcome in checked} == {OutcomeKind.REFUSED}


async def test_what_a_shop_knows_goes_first() -> None:
    """The contact is what leads to the customer, so an order of many deletes no contact before."""
    async with crowded() as (rig, connector, records):
        customers = [{"id": f"c{n}", "email_address": f"{n}@example.com"} for n in range(MANY)]
        orders = [{"id": f"o{n}", "customer": customers[n]} for n in range(MANY)]
        shop = {"list_id": "audience0", "customers": customers, "orders": orders}
        await rig.put({**await rig.state(), "stores": {"shop": shop}})

        erased = await connector.erase(records)
        checked = await connector.check(records)

        left = (await rig.state())["stores"]["shop"]
        assert {outcome.kind for outcome in (*erased, *checked)} == {OutcomeKind.ERASED}
        assert (left["customers"], left["orders"]) == ([], [])


async def test_few_contacts_are_deleted_one_by_one() -> None:
    """An order takes longer than two calls."""
    async with crowded() as (rig, connector, records):
        await connector.erase(records[:2])

        assert not [call for call in await calls(rig) if "batches" in call]


async def test_no_results_are_fetched_from_an_address_that_the_entry_does_not_name() -> None:
    """Where Mailchimp says a file is, is not where a worker goes without being told; the order is taken away."""
    async with crowded(batch_results_url="https://results.example/") as (rig, connector, records):
        with pytest.raises(NeedsPerson) as refused:
            await connector.erase(records)

        made = await calls(rig)
        assert "batch_results_url" in refused.value.instructions
        assert made[-1] == "DELETE /3.0/batches/"
        assert not [call for call in made if "batch-results" in call]


def test_an_address_that_a_longer_host_would_fit_is_refused() -> None:
    """`https://mailchimp.example` would let in `https://mailchimp.example.evil.example/`."""
    entry = {"name": "m", "kind": "mailchimp", "title": "M", "base_url": "https://x", "secret": "k"}

    with pytest.raises(ValidationError, match="batch_results_url"):
        MailchimpConfig.model_validate(entry | {"batch_results_url": "https://mailchimp.example"})


def packed(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        member = tarfile.TarInfo("results.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        b"<html>not a file</html>",
        packed(json.dumps([{"status_code": 204, "operation_id": "0"}]).encode())[:-9],
        packed(b"<html>"),
        packed(b'[{"status": 204}]'),
        gzip.compress(bytes(65 << 20)),
    ],
)
async def test_a_file_that_is_not_what_was_promised_is_tried_later(file: bytes) -> None:
    """A page, half a file, no JSON, other fields, a file that would unpack to more than there can be."""
    with pytest.raises(TryLater):
        await _erased_with(lambda _: web.Response(body=file))


async def test_an_address_that_ran_out_is_tried_later() -> None:
    """It is good for ten minutes, and says so with a 403."""
    with pytest.raises(TryLater) as refused:
        await _erased_with(lambda _: web.Response(status=403))

    assert "Signature" not in str(refused.value)


async def _erased_with(answer: Callable[[web.Request], web.Response]) -> None:
    async def handle(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return answer(request)

    elsewhere = web.Application()
    elsewhere.router.add_get("/batch-results/{batch}", handle)

    @web.middleware
    async def moved(request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        if "/batches/" in request.path and isinstance(response, web.Response) and response.body:
            told = json.loads(response.text or "{}")
            if told["response_body_url"]:
                told["response_body_url"] = f"{address}/batch-results/x?Signature=y"
            return web.json_response(told)
        return response

    members = [{"email_address": f"{n}@example.com", "status": "subscribed"} for n in range(MANY)]
    vendor = app({"lists": {"audience0": {"members": members}}})
    vendor.middlewares.insert(0, moved)
    async with serving(elsewhere) as address, serving(vendor) as base:
        entry = {"name": "m", "kind": "mailchimp", "title": "M", "base_url": f"{base}/3.0", "secret": "standin-us1"}
        given = {"batch_from": 3, "batch_poll_seconds": 0, "batch_results_url": f"{address}/batch-results/"}
        connector = Mailchimp(MailchimpConfig.model_validate(entry | given))
        try:
            await connector.erase([sighting.record for sighting in await walk(connector)])
        finally:
            await connector.close()


async def test_an_order_is_as_the_vendor_describes_it() -> None:
    """Its routes are in the vendor's package, its answer has the fields of the vendor's reference."""
    async with crowded() as (rig, connector, records):
        await connector.erase(records)
        asked = {(call["method"], call["path"].removeprefix("/3.0")) for call in await rig.calls()}
        order = {"operations": [{"method": "GET", "path": "/lists/audience0/members/x", "operation_id": "1"}]}
        headers = {"Authorization": "Bearer standin-us1"}
        async with rig.control.post("/3.0/batches", json=order, headers=headers) as answer:
            told = await answer.json()

    described = {description(method, path).path for method, path in asked if path.startswith("/batches")}
    assert described == {"/batches", "/batches/{batch_id}"}
    assert set(told) == ANSWERED
