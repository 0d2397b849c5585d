"""What is wrong at the door stays outside: it is told what is wrong, and nothing is begun."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client

from tests.end_to_end.company import Answer, Company
from tests.end_to_end.holdings import Somebody

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

Bad = Callable[[Company, dict[str, Any]], tuple[bytes, dict[str, str]]]
"""Makes of a good request the body and the headers of a bad one."""


def signed(habeas: Company, content: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(content).encode()
    return body, habeas.signed(body)


def cut_off(habeas: Company, good: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(good).encode()[:-2]
    return body, habeas.signed(body)


def unsigned(habeas: Company, good: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    return json.dumps(good).encode(), {}


def signed_for_another_body(habeas: Company, good: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    return json.dumps(good).encode(), habeas.signed(b"{}")


def stale(habeas: Company, good: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(good).encode()
    return body, habeas.signed(body, at=datetime.now(UTC) - timedelta(minutes=6))


def compressed(habeas: Company, good: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body, headers = signed(habeas, good)
    return body, {**headers, "Content-Encoding": "gzip"}


def form(habeas: Company, good: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body, headers = signed(habeas, good)
    return body, {**headers, "Content-Type": "application/x-www-form-urlencoded"}


BAD: dict[str, tuple[int, Bad]] = {
    "unknown right": (422, lambda habeas, good: signed(habeas, good | {"right": "vanish"})),
    "right that is not carried out": (422, lambda habeas, good: signed(habeas, good | {"right": "correct"})),
    "nobody": (422, lambda habeas, good: signed(habeas, good | {"person": {}})),
    "a name only": (422, lambda habeas, good: signed(habeas, good | {"person": {"name": good["person"]["name"]}})),
    "no address": (422, lambda habeas, good: signed(habeas, good | {"person": {"email": good["person"]["name"]}})),
    "unknown field": (422, lambda habeas, good: signed(habeas, good | {good["person"]["email"]: True})),
    "unknown field within": (422, lambda habeas, good: signed(habeas, good | {"person": good["person"] | {"x": "y"}})),
    "rehearsal": (422, lambda habeas, good: signed(habeas, good | {"dry_run": True})),
    "tomorrow": (422, lambda habeas, good: signed(habeas, good | {"received": "2999-01-01"})),
    "unknown zone": (422, lambda habeas, good: signed(habeas, good | {"zone": "Mars/Olympus"})),
    "cut off": (400, cut_off),
    "a form": (415, form),
    "compressed": (415, compressed),
    "too large": (413, lambda habeas, good: signed(habeas, good | {"zone": "x" * 70_000})),
    "unsigned": (401, unsigned),
    "signed for another body": (401, signed_for_another_body),
    "stale": (401, stale),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_webhook(habeas: Company, name: str) -> None:
    """It is answered with a problem document that repeats nothing of it, and no request begins."""
    person = Somebody()
    habeas.canaries.update(person.canaries)
    status, bad = BAD[name]
    before = await begun(habeas)

    answer = await sent(habeas, bad, person)

    assert (answer.status, answer.kind) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert person.mark.encode() not in answer.body
    assert await begun(habeas) == before
    assert await habeas.letters(person) == []


async def test_a_repeat_is_the_same_request(habeas: Company) -> None:
    """A webhook that is delivered twice, and the same wish handed in anew, lead to one request."""
    person = Somebody()
    habeas.canaries.update(person.canaries)
    body = json.dumps(good_request(person)).encode()
    headers = habeas.signed(body)
    rows, _ = await begun(habeas)

    first, repeated = [await habeas.post("/v1/requests", body, headers) for _ in range(2)]
    anew = await habeas.post("/v1/requests", body, habeas.signed(body))

    assert [answer.status for answer in (first, repeated, anew)] == [202, 202, 202]
    assert first.body == repeated.body
    assert anew.json["request_id"] == first.json["request_id"]
    assert anew.json["joined"]
    assert (await begun(habeas))[0] == rows | {first.json["request_id"]}
    habeas.canaries.update({first.json["ticket"], anew.json["ticket"]})


def good_request(person: Somebody) -> dict[str, Any]:
    return {"right": "delete", "person": {"email": person.email, "name": person.name}}


async def sent(habeas: Company, bad: Bad, person: Somebody) -> Answer:
    """Post it."""
    body, headers = bad(habeas, good_request(person))
    return await habeas.post("/v1/requests", body, headers)


async def begun(habeas: Company) -> tuple[set[str], int]:
    """The requests that the ledger has, and how many sagas the engine has."""
    rows = {row.id for row in await habeas.foundation.ledger.requests.open()}
    client = await Client.connect(habeas.environ["TEMPORAL_ADDRESS"])
    count = await client.count_workflows("WorkflowType = 'RightsRequest'")
    return rows, count.count
