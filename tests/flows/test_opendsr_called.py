"""A person's request, a processor that takes its time, and the call by which it says that it is done."""

import json
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

from dsar.case import Ending, State
from dsar.requests import Right
from intake.engine import Engine
from intake.looking_again import LookingAgain
from tests.contract.rigs.opendsr import OpenDsrRig
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, QUEUE, House, house
from tests.unit.web_rig import FakeDesk, door
from web.opendsr.hearing import hearing

CALLBACK = "https://rights.example.test/v2/callbacks/processor"


async def asked(at: House, rig: OpenDsrRig) -> dict[str, Any]:
    """The request, once it has come in there."""
    await at.until(lambda: bool(rig.processor.held["requests"]))
    (request,) = rig.processor.held["requests"]
    return cast("dict[str, Any]", request)


async def test_an_erasure_is_over_when_the_processor_calls(tmp_path: Path) -> None:
    """The person was answered that it is ordered; nobody waits ten days to see that it was done in one."""
    rig = OpenDsrRig(callback_url=CALLBACK, category="marketing data", timeout_seconds=30)
    async with rig.start(at_once=False), house(tmp_path, cast("FakeSystem", rig.connector)) as at:
        rig.processor.held["people"][ADA] = [{"note": "a"}]

        async def connected() -> Any:
            return at.env.client

        looking = LookingAgain(Engine(connected, QUEUE), at.foundation.ledger.requests)
        receipt = await at.submit()
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        assert "is ordered and will be finished there" in at.answers()[0]
        request = await asked(at, rig)
        await rig.advance("completed")
        body = json.dumps(rig.processor.standing(request) | {"status_callback_url": CALLBACK}).encode()
        async with (
            hearing({"processor": rig.connector.config}, looking.in_system) as doors,
            door(FakeDesk(), doors=doors) as web,
        ):
            headers = {"Content-Type": "application/json", **rig.processor.headers(body)}
            heard = await web.ask("POST", "/v2/callbacks/processor", data=body, headers=headers)
        closed = await at.saga(receipt).result()

        assert (heard.status, closed.ending) == (202, Ending.COMPLIED)
        assert ADA not in rig.processor.held["people"]
        steps = [e.step for e in await at.foundation.ledger.journal.entries(receipt.request_id)]
        assert any(step.endswith(":1 erased:processor") for step in steps)


async def test_a_copy_is_in_the_package_when_the_processor_has_made_it(tmp_path: Path) -> None:
    """Asked for once, waited for by the engine, and streamed into the vault."""
    rig = OpenDsrRig(category="marketing data", timeout_seconds=30)
    async with rig.start(at_once=False), house(tmp_path, cast("FakeSystem", rig.connector)) as at:
        rig.processor.held["people"][ADA] = [{"note": "a"}]
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        request = await asked(at, rig)
        await rig.advance("completed")

        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert (request["type"], len(rig.processor.held["requests"])) == ("access", 1)
        package = tmp_path / "package.zip"
        package.write_bytes(b"".join([c async for c in at.desk.package(receipt.request_id, "package.zip")]))
        with ZipFile(package) as opened:
            contents = [opened.read(name) for name in opened.namelist()]
        assert b'[{"note": "a"}]' in contents
