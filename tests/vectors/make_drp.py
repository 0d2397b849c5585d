"""Makes drp.json: signed messages of the Data Rights Protocol 1.0, and what a receiver must say to each.

Keys are derived from fixed seeds and Ed25519 is deterministic, so that the file comes out the same each time:
`python -m tests.vectors.make_drp`. What stands in it is explained in docs/protocols.md.
"""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FILE = Path(__file__).with_name("drp.json")

NOW = "2026-05-05T12:00:00Z"
AGENT_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))

CLAIMS: dict[str, Any] = {
    "agent-id": "EXAMPLE_AGENT",
    "business-id": "EXAMPLE_BUSINESS",
    "issued-at": "2026-05-05T11:59:00Z",
    "expires-at": "2026-05-05T12:09:00Z",
    "drp.version": "1.0",
    "agent-request-id": "agent-request-1",
    "exercise": "deletion",
    "regime": "ccpa",
    "relationships": ["customer"],
    "name": "Ada Example",
    "email": "ada@example.com",
    "email_verified": True,
}


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def signed(claims: object, key: Ed25519PrivateKey = AGENT_KEY) -> str:
    """Combined mode: the signature, then what it is over, then base64."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims, separators=(",", ":")).encode()
    return base64.b64encode(key.sign(payload) + payload).decode()


def vector(name: str, message: str, step: str, status: int, *, fatal: bool = False) -> dict[str, Any]:
    return {"name": name, "message": message, "step": step, "status": status, "fatal": fatal}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in CLAIMS.items() if name not in names}


def flipped(message: str, at: int) -> str:
    raw = bytearray(base64.b64decode(message))
    raw[at] ^= 1
    return base64.b64encode(raw).decode()


def vectors() -> list[dict[str, Any]]:
    """Each names the first step that must not hold; what is wrong in two ways fails at the earlier one."""
    good = signed(CLAIMS)
    return [
        vector("good", good, "accepted", 200),
        vector(
            "good, pretty-printed: the bytes count, not the values",
            signed(json.dumps(CLAIMS, indent=2).encode()),
            "accepted",
            200,
        ),
        vector("good, with an offset", signed(CLAIMS | {"issued-at": "2026-05-05T04:59:00-07:00"}), "accepted", 200),
        vector("good, with a claim nobody knows", signed(CLAIMS | {"jti": "x"}), "accepted", 200),
        vector("no base64", "?" + good[1:], "base64", 400),
        vector(
            "base64 of the URL's alphabet",
            base64.urlsafe_b64encode(base64.b64decode(good) + b"\xff\xff\xff").decode(),
            "base64",
            400,
        ),
        vector(
            "base64 with a letter too many", good.rstrip("=") + "A" * (5 - len(good.rstrip("=")) % 4), "base64", 400
        ),
        vector("empty", "", "base64", 400),
        vector("too short for a signature", base64.b64encode(b"short").decode(), "signature", 403),
        vector("a bit of the signature's first half", flipped(good, 0), "signature", 403),
        vector("a bit of the signature's second half", flipped(good, 40), "signature", 403),
        vector("a bit of what is signed", flipped(good, 90), "signature", 403),
        vector("signed by another key", signed(CLAIMS, OTHER_KEY), "signature", 403),
        vector(
            "signature behind the message",
            base64.b64encode(base64.b64decode(good)[64:] + base64.b64decode(good)[:64]).decode(),
            "signature",
            403,
        ),
        vector("no JSON", signed(b"not json"), "json", 400),
        vector("no object", signed(b"[]"), "json", 400),
        vector("another agent's", signed(CLAIMS | {"agent-id": "ANOTHER_AGENT"}), "agent-id", 403),
        vector(
            "another agent's, to another business",
            signed(CLAIMS | {"agent-id": "A", "business-id": "B"}),
            "agent-id",
            403,
        ),
        vector("without an agent", signed(without("agent-id")), "agent-id", 403),
        vector("to another business", signed(CLAIMS | {"business-id": "ANOTHER_BUSINESS"}), "business-id", 403),
        vector(
            "to another business, and expired",
            signed(CLAIMS | {"business-id": "B", "expires-at": "2020-01-01T00:00:00Z"}),
            "business-id",
            403,
        ),
        vector("without a business", signed(without("business-id")), "business-id", 403),
        vector("issued at this very moment", signed(CLAIMS | {"issued-at": NOW}), "issued-at", 400),
        vector("issued a second ahead", signed(CLAIMS | {"issued-at": "2026-05-05T12:00:01Z"}), "issued-at", 400),
        vector(
            "issued ahead, and expired",
            signed(CLAIMS | {"issued-at": "2026-05-05T13:00:00Z", "expires-at": "2020-01-01T00:00:00Z"}),
            "issued-at",
            400,
        ),
        vector("issued without an offset", signed(CLAIMS | {"issued-at": "2026-05-05T11:59:00"}), "issued-at", 400),
        vector("never issued", signed(without("issued-at")), "issued-at", 400),
        vector("expired at this very moment", signed(CLAIMS | {"expires-at": NOW}), "expires-at", 400, fatal=True),
        vector(
            "expired a second ago",
            signed(CLAIMS | {"expires-at": "2026-05-05T11:59:59Z"}),
            "expires-at",
            400,
            fatal=True,
        ),
        vector("never expiring", signed(without("expires-at")), "expires-at", 400),
        vector("good for years", signed(CLAIMS | {"expires-at": "2036-05-05T12:00:00Z"}), "lifetime", 400, fatal=True),
        vector("without a version", signed(without("drp.version")), "body", 400, fatal=True),
        vector(
            "an action that is not supported", signed(CLAIMS | {"exercise": "sale:opt-in"}), "body", 400, fatal=True
        ),
        vector("a law that is not known", signed(CLAIMS | {"regime": "gdpr"}), "body", 400, fatal=True),
        vector("nobody to be found", signed(without("email")), "body", 400, fatal=True),
    ]


def set_ups() -> list[dict[str, Any]]:
    """Messages of POST /v1/agent/{agent-id}: a token, or 403 with an empty body, whatever is wrong."""

    def set_up(name: str, message: str, status: int = 403, agent: str = "EXAMPLE_AGENT") -> dict[str, Any]:
        return {"name": name, "agent_id": agent, "message": message, "status": status}

    claims = {name: CLAIMS[name] for name in ("agent-id", "business-id", "issued-at", "expires-at", "drp.version")}
    return [
        set_up("good", signed(claims), 200),
        set_up("good, with a claim nobody knows", signed(claims | {"jti": "x"}), 200),
        set_up("no base64", "???"),
        set_up("empty", ""),
        set_up("a bit of the signature", flipped(signed(claims), 0)),
        set_up("a bit of what is signed", flipped(signed(claims), 90)),
        set_up("signed by another key", signed(claims, OTHER_KEY)),
        set_up("no object", signed(b"[]")),
        set_up("at another agent's address", signed(claims), agent="OTHER_AGENT"),
        set_up("of another agent, at its address, by this one's key", signed(claims | {"agent-id": "OTHER_AGENT"}),
               agent="OTHER_AGENT"),
        set_up("an agent that nobody knows", signed(claims | {"agent-id": "NOBODY"}), agent="NOBODY"),
        set_up("to another business", signed(claims | {"business-id": "ANOTHER_BUSINESS"})),
        set_up("issued at this very moment", signed(claims | {"issued-at": NOW})),
        set_up("expired at this very moment", signed(claims | {"expires-at": NOW})),
        set_up("good for years", signed(claims | {"expires-at": "2036-05-05T12:00:00Z"})),
    ]  # fmt: skip


def document() -> dict[str, Any]:
    """The whole file."""
    return {
        "protocol": "Data Rights Protocol 1.0, POST /v1/data-rights-request, and set_ups: POST /v1/agent/{agent-id}",
        "now": NOW,
        "business_id": CLAIMS["business-id"],
        "agent_id": CLAIMS["agent-id"],
        "agent_verify_key": public(AGENT_KEY),
        "agent_signing_seed": base64.b64encode(bytes(range(32))).decode(),
        "other_agent_id": "OTHER_AGENT",
        "other_agent_verify_key": public(OTHER_KEY),
        "vectors": vectors(),
        "set_ups": set_ups(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(document(), indent=2) + "\n", encoding="utf-8")
