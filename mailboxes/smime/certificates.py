"""What a certificate says (RFC 5280, RFC 8550), read so that a damaged field is an absent one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailboxes.addresses import normalise
from mailboxes.smime.limits import MAX_CERTIFICATE_BYTES
from mailhub.lib.headers import clean_header

# A certificate of a mail server farm may name more; a person's does not.
_MOST_ADDRESSES = 20
_MOST_CHARACTERS = 200

_Found = TypeVar("_Found", bound=x509.ExtensionType)


class BadCertificate(ValueError):
    """The octets are no certificate, or one that cannot be read."""


@dataclass(frozen=True)
class Certificate:
    """A certificate with what S/MIME asks of it. Two are equal when their octets are."""

    der: bytes

    @classmethod
    def load(cls, der: bytes) -> Certificate:
        """Read `der`; raise BadCertificate."""
        if len(der) > MAX_CERTIFICATE_BYTES:
            raise BadCertificate("The certificate is too large.")
        certificate = cls(der)
        try:
            # The library reads lazily: whoever holds one of these may ask for all of it.
            certificate.x509.issuer, certificate.x509.subject, certificate.x509.serial_number  # noqa: B018
            certificate.not_before, certificate.not_after  # noqa: B018
        except _LIBRARY_ERRORS as error:
            raise BadCertificate("This is no certificate that can be read.") from error
        return certificate

    @cached_property
    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, 64 hexadecimal digits."""
        return self.x509.fingerprint(hashes.SHA256()).hex()

    @cached_property
    def not_before(self) -> datetime:
        return self.x509.not_valid_before_utc

    @cached_property
    def not_after(self) -> datetime:
        return self.x509.not_valid_after_utc

    @cached_property
    def serial_number(self) -> int:
        return self.x509.serial_number

    @cached_property
    def issuer(self) -> bytes:
        """The DER of the issuer's name."""
        return self.x509.issuer.public_bytes()

    @cached_property
    def subject(self) -> bytes:
        """The DER of the subject's name."""
        return self.x509.subject.public_bytes()

    @cached_property
    def is_self_issued(self) -> bool:
        return self.issuer == self.subject

    @cached_property
    def public_key(self) -> CertificatePublicKeyTypes | None:
        """The key; None when its algorithm is unknown here or its octets are damaged."""
        try:
            return self.x509.public_key()
        except _LIBRARY_ERRORS:
            # A key that cannot be read verifies nothing; whoever needs it says so.
            return None

    @cached_property
    def key_identifier(self) -> bytes:
        """The subject key identifier; b"" without one."""
        found = self.extension(x509.SubjectKeyIdentifier)
        return found.digest if found is not None else b""

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The e-mail addresses that it was issued for, normalised (RFC 8550 §3: subjectAltName, else emailAddress)."""
        alternative = self.extension(x509.SubjectAlternativeName)
        found = [] if alternative is None else alternative.get_values_for_type(x509.RFC822Name)
        found += [str(one.value) for one in self.x509.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
        cleaned = (normalise(clean_header(one)) for one in found if "@" in one)
        return tuple(dict.fromkeys(one for one in cleaned if len(one) <= _MAX_ADDRESS))[:_MOST_ADDRESSES]

    @cached_property
    def name(self) -> str:
        """Whom it names: the common name, else organisation, else the first address."""
        return _shown(self.x509.subject) or next(iter(self.addresses), "")

    @cached_property
    def issuer_name(self) -> str:
        """Who issued it, in words."""
        return _shown(self.x509.issuer)

    @cached_property
    def is_authority(self) -> bool:
        """Whether it may issue others (RFC 5280 §4.2.1.9)."""
        constraints = self.extension(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @property
    def is_for_mail(self) -> bool:
        """Whether its extended key usage, if it has one, allows mail (RFC 8550 §4.4.4)."""
        usage = self.extension(x509.ExtendedKeyUsage)
        return usage is None or not _MAIL_USAGES.isdisjoint(usage)

    @property
    def may_sign(self) -> bool:
        """Whether its key usage, if it has one, allows signing mail (RFC 8550 §4.4.2)."""
        usage = self.extension(x509.KeyUsage)
        return usage is None or usage.digital_signature or usage.content_commitment

    def is_valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after

    def extension(self, kind: type[_Found]) -> _Found | None:
        """Return an extension; None when it is absent or damaged."""
        try:
            return self.x509.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None
        except _LIBRARY_ERRORS:
            # `has_readable_extensions` tells an authority with damaged ones from one without.
            return None

    @cached_property
    def has_readable_extensions(self) -> bool:
        try:
            self.x509.extensions  # noqa: B018
        except _LIBRARY_ERRORS:
            return False
        return True


def _shown(name: x509.Name) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            value = attribute.value
            text = clean_header(value if isinstance(value, str) else value.decode("utf-8", "replace"))
            if text:
                return text[:_MOST_CHARACTERS]
    return ""


_MAX_ADDRESS = 320
_MAIL_USAGES = frozenset({ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
