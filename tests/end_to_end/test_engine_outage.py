"""A request that was given an id is never lost: not when the engine is down, not when the door itself is killed."""

import asyncio

import pytest

from tests.end_to_end.company import Company, until
from tests.end_to_end.holdings import NOTHING, Somebody, held, plant

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_engine_down_at_intake(habeas: Company) -> None:
    """Taken in while the engine is down, a request says so, and is carried out once the engine is back on its file."""
    person = Somebody()
    await plant(habeas.stack, person)
    await habeas.stack.engine.kill()

    receipt = await habeas.hand_in("delete", person)
    standing, unproved = await asyncio.gather(
        status(habeas, receipt["request_id"]),
        habeas.post(f"/v1/requests/{receipt['request_id']}/confirmation", b'{"code": "123456"}'),
    )
    await habeas.stack.start_engine()
    await habeas.prove(receipt["request_id"], person)
    row = await habeas.answered(receipt["request_id"])

    assert (receipt["started"], receipt["state"]) == (False, "received")
    assert standing["state"] == "received"
    assert (unproved.status, unproved.kind) == (503, "application/problem+json")
    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING
    assert len(await habeas.letters(person)) == 2


async def test_door_killed_after_it_took_a_request_in(habeas: Company) -> None:
    """What was accepted while the engine was down is started by the next process that opens the door."""
    person = Somebody()
    await plant(habeas.stack, person)
    await habeas.stack.engine.kill()

    receipt = await habeas.hand_in("delete", person)
    await habeas.stack.web.kill()
    await habeas.stack.start_engine()
    await habeas.stack.start_web()
    await habeas.prove(receipt["request_id"], person)
    row = await habeas.answered(receipt["request_id"])

    assert not receipt["started"]
    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING


async def test_engine_killed_while_a_request_waits(habeas: Company) -> None:
    """A request in the middle of its way goes on where it was when the engine is back."""
    person = Somebody()
    await plant(habeas.stack, person)
    receipt = await habeas.hand_in("delete", person)
    await until("a letter with a code", lambda: habeas.mail.code(person.email))

    await habeas.stack.engine.kill()
    await habeas.stack.start_engine()
    await habeas.prove(receipt["request_id"], person)
    row = await habeas.answered(receipt["request_id"])

    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING
    assert len(await habeas.letters(person)) == 2


async def test_worker_started_before_its_engine(habeas: Company) -> None:
    """A worker that comes up first waits for the engine, and says so."""
    stack = habeas.stack
    await stack.worker.kill()
    await stack.engine.kill()
    waits = stack.worker.says("the engine does not answer")

    starting = asyncio.create_task(stack.start_worker())
    await until("the worker says what it waits for", waits)
    await stack.start_engine()
    await starting

    assert stack.worker.runs


async def status(habeas: Company, request_id: str) -> dict[str, str]:
    """Where a request stands, as whoever has its id is told."""
    async with habeas.stack.http.get(f"{habeas.url}/v1/requests/{request_id}") as answer:
        assert answer.status == 200
        standing: dict[str, str] = await answer.json()
        return standing
