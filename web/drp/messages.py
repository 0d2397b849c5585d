"""Signed messages: Ed25519 in libsodium's combined mode, `base64(signature || JSON)`, checked in the order of 3.07."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from web.drp import errors
from web.drp.errors import DrpProblem

SIGNATURE_BYTES = 64

LONGEST = timedelta(days=1)
"""How long a message may be good for: the protocol advises ten minutes. It is remembered for as long."""


@dataclass(frozen=True)
class Envelope:
    """A message whose signature is not checked yet."""

    signature: bytes
    payload: bytes
    """The JSON, byte by byte as it was signed."""


@dataclass(frozen=True)
class Message:
    """A message that holds."""

    payload: bytes
    claims: dict[str, Any]
    until: datetime
    """When it expires."""


def decoded(body: bytes) -> Envelope:
    """Step 1: the message is base64, in the one form that its bytes have.

    Raises:
        DrpProblem: it is not.
    """
    text = body.strip()
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not raw or base64.b64encode(raw) != text:
        raise DrpProblem(errors.MALFORMED, "The body is not base64.")
    return Envelope(raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:])


def verified(envelope: Envelope, key: Ed25519PublicKey) -> dict[str, Any]:
    """Step 2: the agent signed it. Nothing is read of what nobody signed.

    Raises:
        DrpProblem: the agent did not, or signed something that is no JSON object.
    """
    try:
        key.verify(envelope.signature, envelope.payload)
    except InvalidSignature:
        raise DrpProblem(errors.FORBIDDEN, "The signature is not the agent's.") from None
    try:
        claims = json.loads(envelope.payload)
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise DrpProblem(errors.MALFORMED, "What is signed is not a JSON object.")
    return claims


def addressed(claims: dict[str, Any], agent_id: str, business_id: str) -> None:
    """Steps 3 and 4: by the agent whose token it came with, and to us.

    Raises:
        DrpProblem: by another, or to another.
    """
    if claims.get("agent-id") != agent_id:
        raise DrpProblem(errors.FORBIDDEN, "agent-id is not the agent that this came from.")
    if claims.get("business-id") != business_id:
        raise DrpProblem(errors.FORBIDDEN, "business-id is not ours.")


def timely(claims: dict[str, Any], now: datetime) -> datetime:
    """Steps 5 and 6: after `issued-at`, before `expires-at`, with no tolerance; when it expires.

    Raises:
        DrpProblem: too early (may be sent again), too late (fatal), or good for too long.
    """
    issued = _moment(claims, "issued-at")
    if not now > issued:
        raise DrpProblem(errors.UNTIMELY, "issued-at has not come yet by our clock.")
    expires = _moment(claims, "expires-at")
    if not now < expires:
        raise DrpProblem(errors.UNTIMELY, "expires-at is past.", fatal=True)
    if expires - issued > LONGEST:
        raise DrpProblem(errors.UNTIMELY, "expires-at is too far from issued-at; ten minutes are enough.", fatal=True)
    return expires


def opened(envelope: Envelope, key: Ed25519PublicKey, *, agent_id: str, business_id: str, now: datetime) -> Message:
    """Steps 2 to 6 of a message that was decoded.

    Raises:
        DrpProblem: the first step that does not hold.
    """
    claims = verified(envelope, key)
    addressed(claims, agent_id, business_id)
    return Message(envelope.payload, claims, timely(claims, now))


def lasting(claims: dict[str, Any]) -> bytes:
    """What two messages have in common that ask the same: all but when they were signed."""
    same = {name: value for name, value in claims.items() if name not in {"issued-at", "expires-at"}}
    return json.dumps(same, sort_keys=True).encode()


def _moment(claims: dict[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(claims[name])
        known = moment.astimezone(UTC) if moment.utcoffset() is not None else None
    except (KeyError, TypeError, ValueError, OverflowError):
        known = None
    if known is None:
        raise DrpProblem(errors.UNTIMELY, f"{name} must be a time with its offset: 2026-05-05T10:00:00Z.")
    return known
