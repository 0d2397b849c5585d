"""A credential goes to the vendor, in turn, over a line that is the vendor's, and nowhere else; no file has it."""

import asyncio
import json
import logging
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from connectors.catalogue import KINDS
from connectors.connector import Ability, Connector, ConnectorError, SystemConfig
from connectors.entries import resolved
from connectors.pace import Account
from dsar.policy_source import Document
from dsar.records import Record
from standins.serving import serving
from tests.contract.acts import FIELDS, acts, locate, planted
from tests.contract.people import ADA
from tests.contract.rig import Fault, Rig, impossible

SHORTEST = 8
"""Characters of what is taken for a secret: shorter words of a credential are names that stand elsewhere, too."""


class Door:
    """A server that remembers who knocked, and sends them somewhere else, if it knows where."""

    def __init__(self, leads: str = "") -> None:
        self.knocked = 0
        self._leads = leads

    async def answer(self, request: web.Request) -> web.Response:
        self.knocked += 1
        if not self._leads:
            return web.json_response({})
        return web.Response(status=307, headers={"Location": f"{self._leads}{request.path_qs}"})

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.answer)
        return app


class Turns(Account):
    """An account that counts the turns that are taken."""

    def __init__(self) -> None:
        super().__init__(2)
        self.taken = self.now = self.most = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        self.taken += 1
        async with super().turn():
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                yield
            finally:
                self.now -= 1


def elsewhere(connector: Connector, address: str, *fields: str) -> Connector:
    """The same entry, with these of its addresses leading to another server."""
    config = connector.config
    new = {field: address + path(getattr(config, field)) for field in fields}
    return type(connector)(config.model_copy(update=new))


def path(url: str) -> str:
    return url[len(url.split("/", 3)[0]) + 2 + len(url.split("/", 3)[2]) :]


def web_addresses(config: SystemConfig) -> list[str]:
    """The fields of an entry that lead to a server by HTTP."""
    values = {field: getattr(config, field) for field in type(config).model_fields if field.endswith("_url")}
    return [field for field, value in values.items() if str(value).startswith("http") and field != "callback_url"]


async def everything(connector: Connector, records: list[Record]) -> list[str]:
    """Try all that it can do; what it complained about, tracebacks included."""
    tries: list[Callable[[], Awaitable[object]]] = [partial(locate, connector, ADA)]
    tries += [partial(act, records) for declared, act in acts(connector).values() if declared]
    if Ability.EXPORT in connector.can:
        tries.append(partial(connector.export, records))
    if Ability.RECTIFY in connector.can:
        tries.append(partial(connector.values, records, FIELDS))
    if Ability.WALK in connector.can:
        tries.append(connector.walk)
    complaints: list[str] = []
    for each in tries:
        try:
            await each()
        except ConnectorError as error:
            complaints += [*traceback.format_exception(error), repr(error), str(getattr(error, "instructions", ""))]
    return complaints


async def test_nobody_is_followed_to_another_host(rig: Rig) -> None:
    """A redirect, whatever address of the entry answers with it, ends there: no request reaches the other host."""
    records = await planted(rig, ADA, 1)
    thief, knocked, fields = Door(), 0, web_addresses(rig.connector.config)
    async with serving(thief.app()) as lair:
        for field in fields:
            door = Door(lair)
            async with serving(door.app()) as address:
                connector = elsewhere(rig.connector, address, field)
                complaints = await everything(connector, records)
                await connector.close()
            assert complaints or not door.knocked, field
            knocked += door.knocked

    assert thief.knocked == 0
    assert knocked or not fields


async def test_a_line_that_is_not_the_vendors_carries_nothing(rig: Rig, tmp_path: Path) -> None:
    """Who shows a certificate that nobody vouches for gets no request, and so no credential."""
    records = await planted(rig, ADA, 1)
    impostor, fields = Door(), web_addresses(rig.connector.config)

    async with behind_tls(impostor.app(), tmp_path) as address:
        connector = elsewhere(rig.connector, address, *fields)
        complaints = await everything(connector, records)
        await connector.close()

    assert impostor.knocked == 0
    assert complaints or not fields or rig.lossy


async def test_each_request_waits_for_its_accounts_turn(rig: Rig) -> None:
    """However many entries and processes share a credential: what the vendor is asked, it is asked in turn."""
    records = await planted(rig, ADA, 1)
    config, turns = rig.connector.config, Turns()

    connector = type(rig.connector)(config.model_copy().sharing(turns))
    await everything(connector, records)
    await connector.close()

    assert (turns.taken > 0) == (bool(web_addresses(config)) or config.base_url.startswith("imap"))
    assert turns.now == 0
    assert turns.most <= 2


async def test_a_credential_is_in_no_log_and_no_error(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Not at the finest level either, whether the vendor answers or refuses."""
    caplog.set_level(logging.DEBUG)
    records = await planted(rig, ADA, 1)
    texts = [repr(rig.connector.config), str(rig.connector.config)]

    for kind in (None, Fault.UNAUTHORISED, Fault.SERVER_ERROR):
        if kind in impossible(rig):
            continue
        if kind is not None:
            await rig.fault(kind)
        texts += await everything(rig.connector, records)
    texts += [entry.getMessage() for entry in caplog.records if entry.name != "aiohttp.access"]

    secrets = {part for secret in credentials(rig.connector.config) for part in parts(secret)}
    assert [word for word in secrets if any(word in text for text in texts)] == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_credential_stands_in_no_file(kind: str) -> None:
    """Every kind has one field for it, which only names where it is: what looks like the secret itself is refused."""
    fields = KINDS[kind].Config.model_fields
    document = Document("systems.toml", f'[x]\nkind = "{kind}"\nsecret = "sk-canary-0123"\n')

    _, mistakes = resolved(document, {})

    assert [name for name, field in fields.items() if "SecretStr" in str(field.annotation)] == ["secret"]
    assert ["never the secret itself" in str(mistake) for mistake in mistakes] == [True]
    assert "canary" not in str(mistakes[0])


def credentials(config: SystemConfig) -> Iterator[str]:
    """Every secret of an entry."""
    for field in type(config).model_fields:
        value = getattr(config, field)
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield value.get_secret_value()


def parts(secret: str) -> Iterator[str]:
    """What of a credential is secret: all of it, or the values of its JSON that are no names or addresses."""
    try:
        said = json.loads(secret)
    except ValueError:
        said = None
    if not isinstance(said, Mapping):
        yield from [secret] if len(secret) >= SHORTEST else []
        return
    for name, value in said.items():
        if any(word in name for word in ("key", "token", "secret")) and isinstance(value, str):
            yield from [value] if len(value) >= SHORTEST and "://" not in value and not name.endswith("_id") else []


@asynccontextmanager
async def behind_tls(app: web.Application, folder: Path) -> AsyncIterator[str]:
    """Serve with a certificate that it issued to itself."""
    file = folder / "impostor.pem"
    await asyncio.to_thread(file.write_bytes, self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@cache
def self_signed() -> bytes:
    """A key and its certificate, in PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem: bytes = certificate.public_bytes(serialization.Encoding.PEM)
    return key.private_bytes(*form) + pem
