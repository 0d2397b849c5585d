"""A controller in front of the web door, with a real ledger behind it."""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import SecretStr

from ledger.ledger import Ledger
from tests.unit.web_rig import CONTROLLER, PUBLIC_URL, Answer, Door, door
from tests.vectors.make_opendsr import BODY, DOMAIN, FILE, NOW
from web.desk import WebDesk
from web.opendsr.door import OpenDsrDoor
from web.opendsr.signing import SIGNATURE, Signer, holds
from web.partners import OpenDsr, OpenDsrController

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
TOKEN, OTHER_TOKEN = "token-of-acme", "token-of-other"
CALLBACK = "https://acme.example.test/status"
MOMENT = datetime.fromisoformat(NOW)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


SETTINGS = OpenDsr(
    certificate=DOCUMENT["certificate"],
    private_key=SecretStr(DOCUMENT["private_key"]),
    controllers={
        "acme": OpenDsrController(token_sha256=hashed(TOKEN), callback_hosts=("acme.example.test",), customer_ids=True),
        "other": OpenDsrController(token_sha256=hashed(OTHER_TOKEN)),
    },
)


def signer() -> Signer:
    return Signer(DOCUMENT["certificate"], DOCUMENT["private_key"], DOMAIN, MOMENT)


def public_key() -> RSAPublicKey:
    key = x509.load_pem_x509_certificate(DOCUMENT["certificate"].encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def opendsr_door(desk: WebDesk, ledger: Ledger) -> OpenDsrDoor:
    return OpenDsrDoor(
        desk,
        ledger.partners,
        SETTINGS,
        signer(),
        us=CONTROLLER,
        public_url=PUBLIC_URL,
        patience=5,
        now=lambda: MOMENT,
    )


class Acme:
    """A controller that believes no answer whose signature does not hold."""

    def __init__(self, web: Door, token: str = TOKEN) -> None:
        self.web = web
        self.token = token

    async def create(self, body: str | None = None, **other: Any) -> Answer:
        return await self.send("POST", "/v2/requests", json.dumps(BODY | other) if body is None else body)

    async def send(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        answer = await self.web.ask(method, path, data=body, headers=headers)
        assert holds(answer.body, answer.headers[SIGNATURE], public_key())
        return answer


@asynccontextmanager
async def acme(desk: WebDesk, ledger: Ledger) -> AsyncIterator[Acme]:
    """The door, and a controller in front of it."""
    async with door(desk, doors=[opendsr_door(desk, ledger)]) as web:
        yield Acme(web)
