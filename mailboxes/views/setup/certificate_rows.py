"""Certificates as lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes.models import CorrespondentCertificate, Mailbox, SigningIdentity
from mailboxes.models.certificates import CertificateRow
from mailboxes.own_addresses import own_addresses

# From here on people are told that a certificate ends.
_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Row:
    """A certificate with the state that a pill shows: its kind and a word."""

    certificate: CertificateRow
    kind: str
    word: str

    @property
    def fingerprint(self) -> str:
        """The first octets, as certificate viewers write them."""
        digits = self.certificate.fingerprint[:16].upper()
        return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


@dataclass(frozen=True)
class AddressRow:
    """An address that a mailbox sends from, with its newest certificate, if it has one."""

    address: str
    row: Row | None
    older_count: int = 0


def row_of(certificate: CertificateRow, *, now: datetime) -> Row:
    """Say how a certificate is doing."""
    if isinstance(certificate, CorrespondentCertificate) and not certificate.is_trusted:
        return Row(certificate, "waits", "Not trusted")
    if now < certificate.not_before:
        return Row(certificate, "waits", "Not yet valid")
    if now > certificate.not_after:
        return Row(certificate, "off", "Expired")
    if certificate.not_after - now < _SOON:
        return Row(certificate, "waits", "Expires soon")
    return Row(certificate, "works", "Trusted" if isinstance(certificate, CorrespondentCertificate) else "Valid")


def rows_of_mailbox(mailbox: Mailbox, *, now: datetime) -> list[AddressRow]:
    """Return the addresses of a mailbox, but for its direct one, and whether each has a certificate."""
    addresses = sorted(own_addresses(mailbox) - {mailbox.direct_address.lower()})
    found: dict[str, list[SigningIdentity]] = {address: [] for address in addresses}
    identities = SigningIdentity.objects.filter(address__in=addresses).defer("private_key")
    # One that is valid now before one that only ends later.
    for identity in sorted(identities, key=lambda one: (one.is_valid_at(now), one.not_after), reverse=True):
        found[identity.address].append(identity)
    return [
        AddressRow(address, row_of(rows[0], now=now) if rows else None, max(len(rows) - 1, 0))
        for address, rows in found.items()
    ]
