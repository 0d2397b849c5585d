"""An authority that is made anew with each stand-in, the processor's certificate from it, and one from a stranger."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

DOMAIN = "processor.example.test"

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)


class Authority:
    """Keys and certificates, in PEM."""

    def __init__(self, domain: str = DOMAIN) -> None:
        self._root_key, self._domain = _new_key(), domain
        self.key, self.strangers_key = _new_key(), _new_key()
        self.root = authority(self._root_key)
        self.certificate = issued(self.key, self._root_key, domain)
        self.strangers = issued(self.key, self.strangers_key, domain)

    def renew(self) -> None:
        """Sign with another key from now on."""
        self.key = _new_key()
        self.certificate = issued(self.key, self._root_key, self._domain)


def authority(key: RSAPrivateKey, name: str = "An authority of a stand-in") -> str:
    """A root's certificate."""
    usage = [False, False, False, False, False, True, True, False, False]
    named = _name(name)
    made = (
        _begun(key, named, named)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(*usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def issued(key: RSAPrivateKey, by: RSAPrivateKey, domain: str) -> str:
    """A certificate for a domain."""
    usage = [True, False, True, False, False, False, False, False, False]
    made = (
        _begun(key, _name(domain), _name("An authority of a stand-in"))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.KeyUsage(*usage), critical=True)
    )
    return made.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _begun(key: RSAPrivateKey, subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _new_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)
