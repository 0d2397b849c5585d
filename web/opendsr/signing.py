"""RSA PKCS#1 v1.5 with SHA-256 over the raw bytes of a body, and the certificate that whoever reads it trusts."""

import base64
import binascii
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

DOMAIN = "X-OpenDSR-Processor-Domain"
SIGNATURE = "X-OpenDSR-Signature"

KEY_BITS = 2048


class BadCertificate(ValueError):
    """The certificate or its key cannot sign for this domain. Says why."""


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


def checked(certificate: str, domain: str, now: datetime) -> x509.Certificate:
    """The leaf, if it may sign for this domain now. Who issued it is for whoever trusts it to check.

    Raises:
        BadCertificate: another domain's, expired or not valid yet, signed by itself, not RSA, or not for signing.
    """
    try:
        leaf = x509.load_pem_x509_certificates(certificate.encode())[0]
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except ValueError:
        raise BadCertificate("the certificate is not PEM") from None
    except x509.ExtensionNotFound:
        raise BadCertificate("the certificate names no domain (subjectAltName)") from None
    if domain not in names.get_values_for_type(x509.DNSName):
        raise BadCertificate(f"the certificate is not for {domain}")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise BadCertificate("the certificate is not valid today")
    if leaf.issuer == leaf.subject:
        raise BadCertificate("the certificate is signed by itself, which OpenDSR forbids")
    public = leaf.public_key()
    if not isinstance(public, RSAPublicKey) or public.key_size < KEY_BITS:
        raise BadCertificate(f"the certificate's key must be RSA, of {KEY_BITS} bits or more")
    if not _may_sign(leaf):
        raise BadCertificate("the certificate's key usage is without digitalSignature")
    return leaf


def holds(body: bytes, signature: str, key: RSAPublicKey) -> bool:
    """Whether a body is what was signed, byte by byte. Nothing of it is to be read before."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, body, PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise BadCertificate("the private key is not PEM without a password") from None
    if not isinstance(key, RSAPrivateKey):
        raise BadCertificate("the private key is not RSA")
    return key


def _may_sign(leaf: x509.Certificate) -> bool:
    try:
        return bool(leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature)
    except x509.ExtensionNotFound:
        return True
