"""Who may hand requests in by OpenDSR and the Data Rights Protocol, as `partners.toml` says it."""

import base64
import binascii
import re
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, SecretStr, StringConstraints, field_validator

from dsar.frozen import Frozen

LONGEST_URL = 200

_Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$", max_length=120)]

_SAFE_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:%-]*)*")


class Partner(Frozen):
    """What every partner has."""

    callback_hosts: tuple[_Host, ...] = ()
    """Where the partner may be called, each `host` or `host:port`. Nothing else is ever called."""

    def may_be_called(self, url: str) -> bool:
        """Whether a callback may go there: https, an allowed host, no credentials, query or fragment."""
        try:
            parts = urlsplit(url)
            host = parts.netloc.removesuffix(":443")
        except ValueError:
            return False
        plain = len(url) <= LONGEST_URL and url.isascii() and url.isprintable() and not set(url) & set("?#@\\ ")
        return (
            plain and parts.scheme == "https" and host in self.callback_hosts and bool(_SAFE_PATH.fullmatch(parts.path))
        )


class OpenDsrController(Partner):
    """A company whose processor we are."""

    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the bearer token that it sends."""
    customer_ids: bool = False
    """Its `controller_customer_id` is the `customer_id` of our systems."""


class OpenDsr(Frozen):
    """`[opendsr]`: the certificate that signs our answers, and whom we answer."""

    certificate: str
    """PEM, the leaf first."""
    private_key: SecretStr
    """PEM of the certificate's key."""
    controllers: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")], OpenDsrController]


class Agent(Partner):
    """An authorised agent, as the network's directory lists it."""

    verify_key: str
    """Ed25519, base64 of 32 bytes."""

    @field_validator("verify_key")
    @classmethod
    def _a_key(cls, value: str) -> str:
        key_of(value)
        return value

    def key(self) -> Ed25519PublicKey:
        """What verifies the agent's messages."""
        return key_of(self.verify_key)


class Drp(Frozen):
    """`[drp]`: who we are in the network's directory, and whose messages we take."""

    business_id: str = Field(pattern=r"^[A-Z_]{1,60}$")
    agents: dict[Annotated[str, StringConstraints(pattern=r"^[A-Z_]{1,60}$")], Agent]


class Partners(Frozen):
    """The whole file. A table that is left out is a protocol that is not served."""

    opendsr: OpenDsr | None = None
    drp: Drp | None = None


def key_of(text: str) -> Ed25519PublicKey:
    """A public key as the directory writes it.

    Raises:
        ValueError: it is none.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    if len(raw) != 32:
        raise ValueError("must be the base64 of 32 bytes")
    if raw in _small_order():
        raise ValueError("is a key for which anybody can sign")
    return Ed25519PublicKey.from_public_bytes(raw)


def _small_order() -> set[bytes]:
    """The points of order 1, 2, 4 and 8, in every encoding: under them, one signature fits many messages."""
    p = 2**255 - 19
    y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    canonical = [0, 1, p - 1, y8, p - y8]
    every = [*canonical, p, p + 1]
    return {(y | sign << 255).to_bytes(32, "little") for y in every for sign in (0, 1)}
