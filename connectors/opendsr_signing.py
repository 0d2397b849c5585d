"""OpenDSR's signatures: RSA PKCS#1 v1.5 with SHA-256 over the raw bytes of a body, and whose certificate is trusted."""

import base64
import binascii
import ssl
import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

DOMAIN = "X-OpenDSR-Processor-Domain"
SIGNATURE = "X-OpenDSR-Signature"

KEY_BITS = 2048


class BadCertificate(ValueError):
    """The certificate or its key cannot sign for this domain. Says why."""


def checked(certificate: str, domain: str, now: datetime) -> x509.Certificate:
    """The leaf, if it may sign for this domain now. Who issued it is for whoever trusts it to check: `trusted`.

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


def trusted(certificate: str, domain: str, now: datetime, roots: Sequence[x509.Certificate]) -> RSAPublicKey:
    """The key that signs for this domain, if an authority that is trusted says so.

    Args:
        certificate: PEM, the leaf first, then what leads to an authority.
        domain: the processor's.
        now: all of it must be valid then.
        roots: the authorities.

    Raises:
        BadCertificate: as `checked`, or no authority that is trusted issued it.
    """
    leaf = checked(certificate, domain, now)
    if not roots:
        raise BadCertificate("there is no authority that is trusted")
    between = x509.load_pem_x509_certificates(certificate.encode())[1:]
    # The leaf signs documents: it needs a name, and no word on whether it may serve TLS.
    named = ExtensionPolicy.permit_all().require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    policy = PolicyBuilder().store(Store(list(roots))).time(now)
    policy = policy.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=named)
    try:
        policy.build_server_verifier(x509.DNSName(domain)).verify(leaf, between)
    except VerificationError:
        raise BadCertificate("the certificate was not issued by an authority that is trusted") from None
    key = leaf.public_key()
    assert isinstance(key, RSAPublicKey)  # noqa: S101 - `checked` refuses every other
    return key


def authorities(bundle: str | None = None) -> list[x509.Certificate]:
    """The authorities of a PEM bundle, or, without one, those that this machine trusts.

    Raises:
        ValueError: the bundle is not PEM, or holds none.
    """
    if bundle is not None:
        return x509.load_pem_x509_certificates(bundle.encode())
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for der in ssl.create_default_context().get_ca_certs(binary_form=True):
            # A few old ones are not as they should be, and vouch for nobody.
            with suppress(ValueError, CryptographyDeprecationWarning):
                found.append(x509.load_der_x509_certificate(der))
    return found


def holds(body: bytes, signature: str, key: RSAPublicKey) -> bool:
    """Whether a body is what was signed, byte by byte. Nothing of it is to be read before."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, body, PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def _may_sign(leaf: x509.Certificate) -> bool:
    try:
        return bool(leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature)
    except x509.ExtensionNotFound:
        return True
