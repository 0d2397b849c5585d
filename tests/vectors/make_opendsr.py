"""Makes opendsr.json: what an OpenDSR 2.0 processor must say to each request, and signatures that hold or do not.

`python -m tests.vectors.make_opendsr`. The keys are made once and stand in the file, for tests only; RSA PKCS#1 v1.5 is
deterministic, so that from then on the file comes out the same each time. docs/protocols.md explains what stands in it.
"""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

FILE = Path(__file__).with_name("opendsr.json")

NOW = "2026-05-05T12:00:00Z"
DOMAIN = "rights.example.test"
REF = "a7551968-d5d6-44b2-9831-815ac9017798"

BODY: dict[str, Any] = {
    "regulation": "gdpr",
    "subject_request_id": REF,
    "subject_request_type": "erasure",
    "submitted_time": "2026-05-04T15:00:00Z",
    "subject_identities": [{"identity_type": "email", "identity_value": "ada@example.com", "identity_format": "raw"}],
    "api_version": "2.0",
}


def pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def issued(
    key: RSAPrivateKey,
    ca_key: RSAPrivateKey,
    domain: str = DOMAIN,
    *,
    until: int = 2060,
    by_itself: bool = False,
    may_sign: bool = True,
) -> str:
    """A certificate for one domain."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    ca = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of tests")])
    usage = [may_sign, False, True, False, False, False, False, False, False]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if by_itself else ca)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(until, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.KeyUsage(*usage), critical=True)
        .sign(key if by_itself else ca_key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    """The processor's and the authority's, as they stand in the file, or new."""
    if not FILE.exists():
        return generate_private_key(65537, 2048), generate_private_key(65537, 2048)
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    mine, ca = (load_pem_private_key(kept[name].encode(), None) for name in ("private_key", "authority_key"))
    assert isinstance(mine, RSAPrivateKey)
    assert isinstance(ca, RSAPrivateKey)
    return mine, ca


def signature(body: bytes, key: RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(body, PKCS1v15(), hashes.SHA256())).decode()


def requests() -> list[dict[str, Any]]:
    """Bodies of `POST /v2/requests` by a controller whose token is good."""

    def vector(name: str, status: int, body: object) -> dict[str, Any]:
        return {"name": name, "status": status, "body": body if isinstance(body, str) else json.dumps(body)}

    def identity(**other: object) -> dict[str, Any]:
        return BODY | {"subject_identities": [BODY["subject_identities"][0] | other]}

    def without(name: str) -> dict[str, Any]:
        return {key: value for key, value in BODY.items() if key != name}

    foreign = {"example-other-processor.com": {"foo": 1}}
    needed = ("regulation", "subject_request_id", "subject_request_type", "submitted_time", "subject_identities")
    return [
        vector("erasure", 201, BODY),
        vector("access", 201, BODY | {"subject_request_type": "access"}),
        vector("portability under the ccpa", 201, BODY | {"subject_request_type": "portability", "regulation": "ccpa"}),
        vector("without a version", 201, without("api_version")),
        vector("another processor's extensions", 201, BODY | {"extensions": foreign}),
        vector("pretty-printed", 201, json.dumps(BODY, indent=4)),
        vector("a field that nobody knows", 201, BODY | {"color": "blue"}),
        *(vector(f"without {name}", 400, without(name)) for name in needed),
        vector("no JSON", 400, "{"),
        vector("no object", 400, "[]"),
        vector("an id in capitals", 400, BODY | {"subject_request_id": REF.upper()}),
        vector("an id of version 1", 400, BODY | {"subject_request_id": "a7551968-d5d6-14b2-9831-815ac9017798"}),
        vector("a law that is not known", 400, BODY | {"regulation": "lgpd"}),
        vector("a type that is not known", 400, BODY | {"subject_request_type": "rectification"}),
        vector("a day instead of a time", 400, BODY | {"submitted_time": "2026-05-04"}),
        vector("a time without its offset", 400, BODY | {"submitted_time": "2026-05-04T15:00:00"}),
        vector("no identity", 400, BODY | {"subject_identities": []}),
        vector("an identity type that is not known", 400, identity(identity_type="passport")),
        vector("an identity type that finds nobody", 400, identity(identity_type="android_id")),
        vector("an identity format that is not known", 400, identity(identity_format="rot13")),
        vector("a hash", 400, identity(identity_format="sha256", identity_value="0" * 64)),
        vector("an email that is none", 400, identity(identity_value="ada")),
        vector("another major version", 400, BODY | {"api_version": "3.0"}),
        vector("a callback to where nobody agreed", 400, BODY | {"status_callback_urls": ["https://elsewhere.test/x"]}),
    ]


def signatures(key: RSAPrivateKey) -> list[dict[str, Any]]:
    """Bodies and signatures under the certificate."""
    body = json.dumps({"subject_request_id": REF, "request_status": "pending"}).encode()
    good = signature(body, key)
    turned = bytearray(base64.b64decode(good))
    turned[100] ^= 1

    def vector(name: str, raw: bytes, signed: str, *, holds: bool) -> dict[str, Any]:
        return {"name": name, "body": base64.b64encode(raw).decode(), "signature": signed, "holds": holds}

    return [
        vector("as it was signed", body, good, holds=True),
        vector("the empty body", b"", signature(b"", key), holds=True),
        vector("the same JSON in other bytes", body.replace(b": ", b":"), good, holds=False),
        vector("with a line break behind", body + b"\n", good, holds=False),
        vector("another body", body.replace(b"pending", b"completed"), good, holds=False),
        vector("a bit of the signature", body, base64.b64encode(turned).decode(), holds=False),
        vector("no signature", body, "", holds=False),
        vector("no base64", body, "?" + good, holds=False),
    ]


def document() -> dict[str, Any]:
    """The whole file."""
    key, ca = keys()
    return {
        "protocol": "OpenDSR 2.0, POST /v2/requests and X-OpenDSR-Signature",
        "now": NOW,
        "domain": DOMAIN,
        "certificate": issued(key, ca),
        "private_key": pem(key),
        "authority_key": pem(ca),
        "requests": requests(),
        "signatures": signatures(key),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(document(), indent=2) + "\n", encoding="utf-8")
