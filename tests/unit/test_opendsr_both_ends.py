"""Our own connector as the controller, our own door as the processor: one protocol, read twice, agrees with itself."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from connectors.connector import NeedsPerson, TryLater
from connectors.opendsr import OpenDsr
from connectors.opendsr_config import OpenDsrConfig
from dsar.case import Ending, State
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind
from dsar.requests import Right
from ledger.ledger import Ledger
from standins.opendsr_authority import authority
from tests.unit.opendsr_rig import DOCUMENT, MOMENT, SETTINGS, TOKEN, signer
from tests.unit.web_rig import CONTROLLER, REQUEST_ID, SECRET, FakeDesk, door, row
from tests.vectors.make_opendsr import DOMAIN
from web.app import build
from web.opendsr.door import OpenDsrDoor
from web.opendsr.hearing import hearing

ADA = Identity(
    identifiers=(Identifier(kind=Key.EMAIL, value="Ada@example.com"), Identifier(kind=Key.CUSTOMER_ID, value="17"))
)

CALLBACK = "https://acme.example.test/v2/callbacks/sister"


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", b"a" * 32, lambda: MOMENT)
    yield ledger
    await ledger.close()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The authority whose key stands in the vectors."""
    key = load_pem_private_key(DOCUMENT["authority_key"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    path = tmp_path / "authority.pem"
    path.write_text(authority(key, "An authority of tests"))
    return path


@dataclass
class Ends:
    controller: OpenDsr
    processor: OpenDsrDoor


@asynccontextmanager
async def connected(desk: FakeDesk, ledger: Ledger, bundle: Path, token: str = TOKEN) -> AsyncIterator[Ends]:
    """The door, under an address that it knows to be its own, and the connector in front of it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        processor = OpenDsrDoor(
            desk, ledger.partners, SETTINGS, signer(), us=CONTROLLER, public_url=url, patience=5, now=lambda: MOMENT
        )
        app = build(
            desk,
            controller=CONTROLLER,
            public_url=url,
            webhook_secrets=[SECRET],
            doors=[processor],
            dispatch_every=3600,
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        connector = OpenDsr(entry(url, bundle, token), lambda: MOMENT)
        try:
            yield Ends(connector, processor)
        finally:
            await connector.close()
            await runner.cleanup()


def entry(url: str, bundle: Path, token: str) -> OpenDsrConfig:
    return OpenDsrConfig(
        name="sister",
        kind="opendsr",
        title="Sister company",
        base_url=f"{url}/v2",
        secret=SecretStr(token),
        processor_domain=DOMAIN,
        trusted_ca=bundle,
        regulation="gdpr",
        category="x",
        identity_types=frozenset({"email", "controller_customer_id"}),
        callback_url=CALLBACK,
    )


async def test_an_erasure_goes_all_the_way(ledger: Ledger, bundle: Path) -> None:
    """Asked for, joined when repeated, expected by the legal date, and seen to be done."""
    desk = FakeDesk()
    async with connected(desk, ledger, bundle) as ends:
        connector = ends.controller
        records = (await connector.locate(ADA)).records
        (asked,) = await connector.erase(records)
        (again,) = await connector.erase(records)
        desk.rows[REQUEST_ID] = row(state=State.IN_PROGRESS)
        (working,) = await connector.check(records)
        desk.rows[REQUEST_ID] = row(state=State.ANSWERED, closed_at=MOMENT, outcome=Ending.COMPLIED)
        (done,) = await connector.check(records)

    (submission,) = desk.submissions
    assert (submission.asked, submission.person.email, submission.person.customer_id) == (
        (Right.DELETE,),
        "ada@example.com",
        "17",
    )
    assert [o.kind for o in (asked, again, working)] == [OutcomeKind.ACCEPTED] * 3
    assert asked.check_after == datetime(2026, 8, 3, 21, 59, tzinfo=UTC)  # extended, says the saga
    assert done.kind is OutcomeKind.ERASED


async def test_a_copy_is_the_persons_own_to_fetch(ledger: Ledger, bundle: Path) -> None:
    """Our door gives nobody but the person a copy: for the controller it is completed, without results."""
    desk = FakeDesk()
    async with connected(desk, ledger, bundle) as ends:
        connector = ends.controller
        records = (await connector.locate(ADA)).records
        with pytest.raises(TryLater):
            await connector.export(records)
        desk.rows[REQUEST_ID] = row(state=State.ANSWERED, closed_at=MOMENT, outcome=Ending.COMPLIED)
        exported = await connector.export(records)

    assert list(exported) == []
    assert [submission.asked for submission in desk.submissions] == [(Right.ACCESS,)]


async def test_what_the_door_refused_is_refused(ledger: Ledger, bundle: Path) -> None:
    """Cancelled, in the protocol's words; and what was never asked for is not known."""
    desk = FakeDesk()
    async with connected(desk, ledger, bundle) as ends:
        connector = ends.controller
        records = (await connector.locate(ADA)).records
        (unknown,) = await connector.check(records)
        await connector.erase(records)
        desk.rows[REQUEST_ID] = row(state=State.ANSWERED, closed_at=MOMENT, outcome=Ending.REFUSED)
        (refused,) = await connector.check(records)

    assert (unknown.kind, refused.kind) == (OutcomeKind.REFUSED, OutcomeKind.REFUSED)


async def test_our_callback_is_one_that_we_would_believe(ledger: Ledger, bundle: Path) -> None:
    """As it is told to a controller, a controller of our kind hears it."""
    desk, looked = FakeDesk(), []

    async def look(system: str) -> int:
        looked.append(system)
        return 1

    async with connected(desk, ledger, bundle) as ends:
        records = (await ends.controller.locate(ADA)).records
        await ends.controller.erase(records)
        asked = await ledger.partners.get("opendsr:acme", str(records[0].state["erasure"]))
        assert asked is not None
        notice = await ends.processor.notice(asked, CALLBACK)
        async with (
            hearing({"sister": ends.controller.config}, look, lambda: MOMENT) as doors,
            door(FakeDesk(), doors=doors) as web_door,
        ):
            headers = {"Content-Type": "application/json", **notice.headers}
            heard = await web_door.ask("POST", "/v2/callbacks/sister", data=notice.body, headers=headers)

    assert (heard.status, looked) == (202, ["sister"])


async def test_a_token_that_is_not_known_needs_a_person(ledger: Ledger, bundle: Path) -> None:
    """The door's 401 is a credential to be renewed, and nobody was handed in."""
    desk = FakeDesk()
    async with connected(desk, ledger, bundle, token="made-up") as ends:
        connector = ends.controller
        records = (await connector.locate(ADA)).records
        with pytest.raises(NeedsPerson) as refused:
            await connector.erase(records)

    assert "credential" in refused.value.instructions
    assert desk.submissions == []
    assert "ada" not in json.dumps([str(refused.value), refused.value.instructions]).lower()
