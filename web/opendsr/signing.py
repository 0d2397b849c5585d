"""How our own answers are signed; what a signature and a certificate have to be is in connectors/opendsr_signing.py."""

import base64
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.opendsr_signing import DOMAIN, SIGNATURE, BadCertificate, checked, holds

__all__ = ["DOMAIN", "SIGNATURE", "BadCertificate", "Signer", "checked", "holds"]


class Signer:
    """Signs for one domain.

    Args:
        certificate: PEM, the leaf first.
        private_key: PEM, without a password.
        domain: where requests are received: the certificate must be for it.
        now: the certificate must be valid then.

    Raises:
        BadCertificate: they do not belong together, to the domain, or to this time.
    """

    def __init__(self, certificate: str, private_key: str, domain: str, now: datetime) -> None:
        self.domain = domain
        self.certificate = certificate
        self._key = _key(private_key)
        leaf = checked(certificate, domain, now)
        if leaf.public_key() != self._key.public_key():
            raise BadCertificate("the private key is not the certificate's")

    def headers(self, body: bytes) -> dict[str, str]:
        """The two headers of a body."""
        signature = self._key.sign(body, PKCS1v15(), hashes.SHA256())
        return {DOMAIN: self.domain, SIGNATURE: base64.b64encode(signature).decode()}


def _key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise BadCertificate("the private key is not PEM without a password") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadCertificate("the private key is not RSA")
    return key
