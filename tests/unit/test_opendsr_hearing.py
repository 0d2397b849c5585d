"""Processors call us: believed only if it is their word, told on to those who wait, and nothing else is made of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from openapi_spec_validator import validate

from connectors.opendsr_processor import Processor
from console.service import called_by
from intake.engine import EngineDown
from settings import BadSettings, Settings
from standins.opendsr import Processor as StandIn
from tests.contract.rigs.opendsr import OpenDsrRig
from tests.unit.web_rig import PUBLIC_URL, Answer, Door, FakeDesk, door
from web.openapi import document
from web.opendsr.hearing import Hearing, hearing

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
CALLBACK = f"{PUBLIC_URL}/v2/callbacks/processor"
STATUS: dict[str, Any] = {
    "controller_id": "us",
    "expected_completion_time": "2026-05-15T12:00:00Z",
    "subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798",
    "request_status": "completed",
    "status_callback_url": CALLBACK,
}


@dataclass
class House:
    web: Door
    stand_in: StandIn
    rig: OpenDsrRig
    clock: list[datetime]
    looked: list[str] = field(default_factory=list)
    down: bool = False

    async def look(self, system: str) -> int:
        if self.down:
            raise EngineDown
        self.looked.append(system)
        return 1

    async def call(self, system: str = "processor", body: bytes | None = None, **other: object) -> Answer:
        raw = json.dumps(STATUS | other).encode() if body is None else body
        return await self.send(raw, self.stand_in.headers(raw), system)

    async def send(self, raw: bytes, headers: dict[str, str], system: str = "processor") -> Answer:
        given = {"Content-Type": "application/json", **headers}
        return await self.web.ask("POST", f"/v2/callbacks/{system}", data=raw, headers=given)


@asynccontextmanager
async def housed(gather: float = 0) -> AsyncIterator[House]:
    rig, clock = OpenDsrRig(callback_url=CALLBACK), [NOW]
    async with rig.start():
        processor = Processor(rig.connector.config, lambda: clock[0])
        house = House(None, rig.processor, rig, clock)  # type: ignore[arg-type]
        listening = Hearing({"processor": (CALLBACK, processor.proof)}, house.look, gather)
        async with door(FakeDesk(), doors=[listening]) as house.web:
            yield house
        await processor.close()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with housed() as house:
        yield house


async def test_who_calls_is_heard_and_those_who_wait_are_told(house: House) -> None:
    """202, and a look; what the status says is not taken for true."""
    answer = await house.call()

    assert (answer.status, house.looked) == (202, ["processor"])


@pytest.mark.parametrize("lie", ["domain", "signature", "certificate", "elsewhere"])
async def test_what_is_not_the_processors_word_is_refused(house: House, lie: str) -> None:
    """403, and nobody is told; then it is true again, and heard when the certificate may be fetched again."""
    house.stand_in.lie = lie

    answer = await house.call()

    assert (answer.status, house.looked) == (403, [])
    assert answer.json["error"]["errors"][0]["reason"] == "opendsr-signature"
    house.stand_in.lie = ""
    house.clock[0] += timedelta(minutes=2)
    assert (await house.call()).status == 202


async def test_a_body_that_was_changed_is_not_read(house: House) -> None:
    """Byte by byte; nor one that nobody signed."""
    raw = json.dumps(STATUS).encode()

    changed = await house.send(raw.replace(b"completed", b"cancelled"), house.stand_in.headers(raw))
    unsigned = await house.send(raw, {})

    assert (changed.status, unsigned.status, house.looked) == (403, 403, [])


async def test_nonsense_does_not_make_us_call_the_processor_each_time(house: House) -> None:
    """A certificate that was just fetched is not fetched again."""
    await house.call()
    await house.rig.calls()
    before = len(await house.rig.calls())

    house.stand_in.lie = "signature"
    refused = [await house.call() for _ in range(5)]

    assert {answer.status for answer in refused} == {403}
    assert len(await house.rig.calls()) == before


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"status_callback_url": f"{PUBLIC_URL}/v2/callbacks/another"}, 400),
        ({"request_status": "done"}, 400),
        ({"expected_completion_time": "soon"}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b"{" + b" " * 70_000 + b"}"}, 413),
        ({"system": "another"}, 404),
    ],
)
async def test_what_cannot_be_meant_for_us_is_refused(house: House, other: dict[str, Any], status: int) -> None:
    """Although it is signed: for another address, in another form, too large, of a system that nobody knows."""
    answer = await house.call(**other)

    assert (answer.status, house.looked) == (status, [])
    assert answer.json["error"]["code"] == status


async def test_when_nobody_can_be_told_the_processor_calls_again(house: House) -> None:
    """503 while the engine is down, and while the certificate cannot be fetched: never a 2xx and nothing."""
    house.down = True
    down = await house.call()
    house.down = False
    house.clock[0] += timedelta(hours=2)
    await house.rig.fault("down")
    unchecked = await house.call()
    later = await house.call()

    assert (down.status, unchecked.status, later.status) == (503, 503, 202)


async def test_callbacks_that_come_together_are_one_look() -> None:
    """A processor that finishes a hundred erasures does not make us look a hundred times."""
    async with housed(gather=0.2) as house:
        answers = await asyncio.gather(*(house.call() for _ in range(20)))

        assert {answer.status for answer in answers} == {202}
        assert house.looked == ["processor"]


async def test_only_entries_that_are_called_have_a_door() -> None:
    """Without a callback address there is nothing to hear."""
    rig = OpenDsrRig()
    async with rig.start():
        entry = rig.connector.config
        called = entry.model_copy(update={"callback_url": CALLBACK})

        async with hearing({"a": entry}, _never) as none, hearing({"a": entry, "b": called}, _never) as some:
            paths = [route.path for each in some for route in each.routes() if isinstance(route, web.RouteDef)]

    assert (none, paths) == ([], ["/v2/callbacks/{system}"])


@pytest.mark.parametrize(("public_url", "good"), [(PUBLIC_URL, True), ("https://elsewhere.test", False)])
def test_who_is_to_call_us_must_know_where_we_are(public_url: str, good: bool) -> None:
    """A callback address at which nobody would listen stops the web process at its start."""
    entry = {
        "kind": "opendsr",
        "title": "Processor",
        "base_url": "https://processor.test/v2",
        "processor_domain": "processor.test",
        "regulation": "gdpr",
        "category": "x",
        "callback_url": CALLBACK,
    }
    configured = cast("Settings", SimpleNamespace(systems={"processor": entry}, public_url=public_url + "/"))

    with nullcontext() if good else pytest.raises(BadSettings, match=r"\[processor\] callback_url"):
        assert list(called_by(configured)) == ["processor"]


def test_the_address_is_described() -> None:
    """As every other, by a description that holds to OpenAPI."""
    content = document(PUBLIC_URL, others=[Hearing({}, _never).described()])

    validate(content)
    assert list(content["paths"]["/v2/callbacks/{system}"]) == ["parameters", "post"]


async def _never(_: str) -> int:
    return 0
