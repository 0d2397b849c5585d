"""Whose certificate is trusted: a chain that leads to an authority, for this domain, today, and nothing less."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from connectors.opendsr_signing import BadCertificate, authorities, trusted

DOMAIN = "processor.example.test"
NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)


@cache
def key(name: str) -> RSAPrivateKey:
    """One for each name: making them takes its time."""
    return generate_private_key(65537, 1024 if name == "small" else 2048)


@dataclass(frozen=True)
class Of:
    """What a certificate says."""

    name: str
    by: str
    ca: bool = False
    may_certify: bool = True
    domains: tuple[str, ...] = ()
    until: int = 2060


ROOT = Of("root", "root", ca=True)
BETWEEN = Of("between", "root", ca=True)
LEAF = Of("leaf", "between", domains=(DOMAIN,))


def certificate(of: Of) -> str:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    usage = [not of.ca, False, False, False, False, of.ca and of.may_certify, False, False, False]
    made = (
        x509.CertificateBuilder()
        .subject_name(name(of.name))
        .issuer_name(name(of.by))
        .public_key(key(of.name).public_key())
        .serial_number(4711)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(of.until, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=of.ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(*usage), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key(of.by).public_key()),
            critical=False,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key(of.name).public_key()),
            critical=False,
        )
    )
    if of.domains:
        names = x509.SubjectAlternativeName([x509.DNSName(each) for each in of.domains])
        made = made.add_extension(names, critical=False)
    return made.sign(key(of.by), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def chain(*certificates: Of) -> str:
    return "".join(certificate(each) for each in certificates)


def test_a_chain_that_leads_to_an_authority_is_trusted() -> None:
    """By way of what lies between, also where the leaf is good for several domains."""
    roots = authorities(chain(ROOT))
    several = Of("leaf", "between", domains=("other.example.test", DOMAIN))

    for leaf in (LEAF, several):
        assert trusted(chain(leaf, BETWEEN), DOMAIN, NOW, roots) == key("leaf").public_key()


@pytest.mark.parametrize(
    "presented",
    [
        pytest.param((LEAF,), id="nothing leads from it to the authority"),
        pytest.param((LEAF, Of("between", "root", ca=True, until=2021)), id="what lies between has expired"),
        pytest.param((LEAF, Of("between", "root")), id="what lies between is no authority"),
        pytest.param((LEAF, Of("between", "root", ca=True, may_certify=False)), id="it may not certify"),
        pytest.param((LEAF, Of("between", "stranger", ca=True)), id="a stranger vouches"),
        pytest.param((LEAF, Of("between", "stranger", ca=True), Of("stranger", "stranger", ca=True)), id="and himself"),
        pytest.param((Of("leaf", "root", domains=("processor.example",)),), id="another domain"),
        pytest.param((Of("leaf", "root", domains=("*.example.test",)),), id="any domain"),
        pytest.param((Of("leaf", "root"),), id="no domain"),
        pytest.param((Of("leaf", "root", domains=(DOMAIN,), until=2021),), id="it has expired"),
        pytest.param((Of("root", "root", domains=(DOMAIN,)),), id="signed by itself"),
        pytest.param((Of("small", "root", domains=(DOMAIN,)),), id="a small key"),
        pytest.param((Of("leaf", "root", ca=True, domains=(DOMAIN,)),), id="an authority's, which signs no answers"),
    ],
)
def test_less_than_that_is_not_trusted(presented: tuple[Of, ...]) -> None:
    """Whatever is missing."""
    roots = authorities(chain(ROOT))

    with pytest.raises(BadCertificate):
        trusted(chain(*presented), DOMAIN, NOW, roots)


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\ud7ff"])
def test_what_is_no_certificate_is_not_trusted(text: str) -> None:
    """Nor does it break anything."""
    with pytest.raises(BadCertificate):
        trusted(text, DOMAIN, NOW, authorities(chain(ROOT)))


def test_junk_behind_a_good_leaf_is_not_trusted() -> None:
    """A chain is read whole, or not at all."""
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    with pytest.raises(BadCertificate):
        trusted(chain(LEAF) + broken, DOMAIN, NOW, authorities(chain(ROOT)))


def test_without_an_authority_nobody_is_trusted() -> None:
    """Where a machine knows none."""
    with pytest.raises(BadCertificate, match="no authority"):
        trusted(chain(LEAF, BETWEEN), DOMAIN, NOW, [])


def test_this_machine_trusts_authorities_or_says_that_it_knows_none() -> None:
    """Those that can be read; an old one that cannot is passed over."""
    assert all(isinstance(each, x509.Certificate) for each in authorities())


def test_a_key_of_another_kind_signs_nothing() -> None:
    """RSA is what the protocol has."""
    ec = generate_ec_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(ec.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2060, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), critical=False)
    )
    pem = made.sign(key("root"), hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    with pytest.raises(BadCertificate, match="RSA"):
        trusted(pem, DOMAIN, NOW, authorities(chain(ROOT)))
