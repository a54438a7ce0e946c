"""A certification authority of our own, and certificates of invented people."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailboxes.smime.certificates import Certificate
from mailboxes.smime.decrypting import Identity
from mailhub.lib.secret import Secret

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    key: CertificateIssuerPrivateKeyTypes
    x509: x509.Certificate

    @property
    def certificate(self) -> Certificate:
        return Certificate(self.x509.public_bytes(DER))

    @property
    def certificate_pem(self) -> bytes:
        return self.x509.public_bytes(PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @property
    def identity(self) -> Identity:
        return Identity(self.certificate, lambda: Secret(self.key_pem.decode()))

    def encrypted_key_pem(self, password: str) -> bytes:
        encryption = serialization.BestAvailableEncryption(password.encode())
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)

    def pkcs12(self, password: str, *chain: Holder) -> bytes:
        encryption = serialization.BestAvailableEncryption(password.encode())
        chain_certificates = [one.x509 for one in chain]
        assert isinstance(self.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return pkcs12.serialize_key_and_certificates(b"mail", self.key, self.x509, chain_certificates, encryption)


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """Return one of a few keys, because making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def authority(
    name: str = "Example CA",
    *,
    issuer: Holder | None = None,
    path_length: int | None = None,
    permitted: str = "",
    is_authority: bool = True,
    not_after: datetime = NOW + timedelta(days=3650),
) -> Holder:
    """Return an authority, self-signed unless another one issues it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, issuer, key).not_valid_before(NOW - timedelta(days=3650)).not_valid_after(not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if permitted:
        constraints = x509.NameConstraints([x509.RFC822Name(permitted)], None)
        builder = builder.add_extension(constraints, critical=True)
    return Holder(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


def person(
    issuer: Holder | None,
    *addresses: str,
    name: str = "Anna Berg",
    key: CertificateIssuerPrivateKeyTypes | None = None,
    not_before: datetime = NOW - timedelta(days=100),
    not_after: datetime = NOW + timedelta(days=300),
    is_for_mail: bool = True,
    in_subject: bool = False,
    usages: tuple[str, ...] = (),
) -> Holder:
    """Return the certificate of a person, self-signed without an issuer."""
    key = key or rsa_key(1)
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if in_subject:
        attributes += [x509.NameAttribute(NameOID.EMAIL_ADDRESS, one) for one in addresses]
    builder = _builder(x509.Name(attributes), issuer, key).not_valid_before(not_before).not_valid_after(not_after)
    if addresses and not in_subject:
        names: list[x509.GeneralName] = [x509.RFC822Name(one) for one in addresses]
        names.append(x509.IPAddress(ipaddress.ip_address("192.0.2.1")))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    usage = ExtendedKeyUsageOID.EMAIL_PROTECTION if is_for_mail else ExtendedKeyUsageOID.SERVER_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if usages:
        builder = builder.add_extension(_key_usage(usages), critical=True)
    return Holder(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


def _key_usage(usages: tuple[str, ...]) -> x509.KeyUsage:
    names = [
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ]
    return x509.KeyUsage(**{name: name in usages for name in names})


def _builder(
    subject: x509.Name, issuer: Holder | None, key: CertificateIssuerPrivateKeyTypes
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.x509.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )
