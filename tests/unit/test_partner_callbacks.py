"""Partners hear of each change: signed, over TLS that is verified, where it was agreed, and again until they heard."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dsar.case import Ending, State
from ledger.ledger import Ledger
from ledger.partners import NewPartnerRequest
from tests.unit.drp_rig import SETTINGS as DRP
from tests.unit.ledger_rig import Clock, new_request, opened
from tests.unit.opendsr_rig import SETTINGS as OPENDSR
from tests.unit.opendsr_rig import public_key, signer
from tests.unit.web_rig import CONTROLLER, PUBLIC_URL, REQUEST_ID, FakeDesk, row
from web.callbacks import CallingBack
from web.drp.door import DrpDoor
from web.opendsr.door import OpenDsrDoor
from web.opendsr.signing import SIGNATURE, holds


class Partner:
    """A server with a certificate of its own, that notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, Any], bytes, Any]] = []
        self.status = 200
        self.port = 0
        self.trust = ssl.create_default_context()

    async def hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.heard.append((json.loads(body), body, request.headers))
        headers = {"Location": "/elsewhere"} if self.status == 302 else {}
        return web.Response(status=self.status, headers=headers)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.host}/status"


@asynccontextmanager
async def serving_partner(folder: Path) -> AsyncIterator[Partner]:
    partner = Partner()
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    partner.trust = ssl.create_default_context(cafile=str(certificate))
    app = web.Application()
    app.router.add_post("/{path}", partner.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    partner.port = runner.addresses[0][1]
    yield partner
    await runner.cleanup()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "partner.pem", folder / "partner.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


class Office:
    """A request by each protocol, and what calls back about it."""

    def __init__(self, ledger: Ledger, partner: Partner) -> None:
        self.ledger = ledger
        self.partner = partner
        self.desk = FakeDesk()
        agents = {"EXAMPLE_AGENT": DRP.agents["EXAMPLE_AGENT"].model_copy(update={"callback_hosts": (partner.host,)})}
        acme = {"acme": OPENDSR.controllers["acme"].model_copy(update={"callback_hosts": (partner.host,)})}
        self.drp = DrpDoor(self.desk, ledger.partners, DRP.model_copy(update={"agents": agents}), 5)
        self.opendsr = OpenDsrDoor(
            self.desk,
            ledger.partners,
            OPENDSR.model_copy(update={"controllers": acme}),
            signer(),
            us=CONTROLLER,
            public_url=PUBLIC_URL,
            patience=5,
        )

    async def ask(self, partner: str, told: str) -> None:
        await self.ledger.requests.receive(new_request().model_copy(update={"id": REQUEST_ID}))
        await self.ledger.partners.bind(
            NewPartnerRequest(
                partner=partner,
                ref="ref-1",
                request_id=REQUEST_ID,
                digest="0" * 64,
                joined=False,
                callbacks=(self.partner.url,),
                told=told,
            )
        )

    async def answered(self) -> None:
        await self.ledger.journal.append(REQUEST_ID, "answered", "it is", state=State.ANSWERED, closed=Ending.COMPLIED)
        self.desk.rows[REQUEST_ID] = row(state=State.ANSWERED, closed_at=datetime.now(UTC), outcome=Ending.COMPLIED)

    async def round(self, trust: ssl.SSLContext | None = None) -> int:
        calling = CallingBack(
            self.ledger.callbacks, self.ledger.partners, self.drp, self.opendsr, tls=trust or self.partner.trust
        )
        async with ClientSession() as session:
            return await calling.round(session)


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture
async def office(tmp_path: Path, time: Clock) -> AsyncIterator[Office]:
    async with (
        serving_partner(tmp_path) as partner,
        opened(f"sqlite+aiosqlite:///{tmp_path / 'l.sqlite'}", time) as kept,
    ):
        yield Office(kept, partner)


async def test_a_controller_hears_the_end_signed_and_once(office: Office) -> None:
    """What the answer said already is no news."""
    await office.ask("opendsr:acme", "pending")
    nothing_new = await office.round()
    await office.answered()
    told = [await office.round(), await office.round()]

    ((content, body, headers),) = office.partner.heard
    assert (nothing_new, told) == (0, [1, 0])
    assert (content["request_status"], content["status_callback_url"]) == ("completed", office.partner.url)
    assert "api_version" not in content
    assert holds(body, headers[SIGNATURE], public_key())


async def test_an_agent_hears_of_each_state(office: Office) -> None:
    """The status object, as the agent would read it."""
    await office.ask("drp:EXAMPLE_AGENT", "open by none")
    first = await office.round()
    await office.answered()
    second = await office.round()

    assert (first, second) == (1, 1)
    assert [content["status"] for content, _, _ in office.partner.heard] == ["in_progress", "fulfilled"]


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_what_was_not_heard_is_told_again(office: Office, time: Clock, status: int) -> None:
    """After a while; a redirect leads nowhere."""
    await office.ask("opendsr:acme", "pending")
    await office.answered()
    office.partner.status = status
    failed, at_once = await office.round(), await office.round()
    office.partner.status = 204
    time.forward(timedelta(minutes=1))
    told = await office.round()

    assert (failed, at_once, told) == (0, 0, 1)
    assert len(office.partner.heard) == 2


async def test_a_server_whose_certificate_nobody_trusts_is_told_nothing(office: Office) -> None:
    """Nothing is sent, and it is tried again."""
    await office.ask("opendsr:acme", "pending")
    await office.answered()

    assert await office.round(ssl.create_default_context()) == 0
    assert office.partner.heard == []


async def test_an_address_that_is_no_longer_allowed_is_not_called(office: Office) -> None:
    """The settings of today count, not those of the day on which it was asked."""
    await office.ask("opendsr:acme", "pending")
    await office.answered()
    office.partner.port += 1
    office.opendsr._settings = OPENDSR  # noqa: SLF001 - the operator took the host out

    assert await office.round() == 0
    assert office.partner.heard == []


async def test_two_processes_tell_it_once(office: Office) -> None:
    """Whichever takes it on."""
    await office.ask("opendsr:acme", "pending")
    await office.answered()

    told = await asyncio.gather(office.round(), office.round())

    assert sum(told) == 1
    assert len(office.partner.heard) == 1
