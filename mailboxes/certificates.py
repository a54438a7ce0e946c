"""The certificates of an account: our own, authorities that it trusts, and those of its correspondents (SPEC M18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mailboxes.models import CorrespondentCertificate, SigningIdentity, TrustedAuthority
from mailboxes.models.certificates import CertificateRow
from mailboxes.smime.certificates import Certificate
from mailboxes.smime.states import SignatureState, SmimeResult
from mailboxes.smime.uploads import MAX_AUTHORITIES, UploadedIdentity
from mailhub.tenancy.models import Membership, Tenant

# What is looked through for each signed or encrypted mail.
MAX_IDENTITIES = 1000


class TooMany(Exception):
    """The account has as many certificates as it can have."""


def add_identity(tenant: Tenant, uploaded: UploadedIdentity, *, by: Membership, now: datetime) -> list[SigningIdentity]:
    """Add a certificate with its key, once for each address that it names; return those that were not there.

    The same certificate once more changes nothing. Raises TooMany.
    """
    certificate = uploaded.certificate
    with transaction.atomic():
        known = SigningIdentity.objects.filter(fingerprint=certificate.fingerprint)
        missing = set(certificate.addresses) - set(known.values_list("address", flat=True))
        if missing and SigningIdentity.objects.count() + len(missing) > MAX_IDENTITIES:
            raise TooMany(f"An account has at most {MAX_IDENTITIES} certificates of its own. Delete old ones first.")
        rows = [
            SigningIdentity(tenant=tenant, address=address, chain_pem=uploaded.chain_pem, created_at=now, created_by=by)
            for address in certificate.addresses
            if address in missing
        ]
        for row in rows:
            _fill(row, certificate)
            row.private_key = uploaded.private_key
            # One by one: a secret is sealed when its row is saved.
            row.save(force_insert=True)
    return rows


def add_authorities(
    tenant: Tenant, certificates: list[Certificate], *, by: Membership, now: datetime
) -> list[TrustedAuthority]:
    """Trust these authorities from now on; return those that were not trusted before. Raises TooMany."""
    with transaction.atomic():
        known = set(TrustedAuthority.objects.values_list("fingerprint", flat=True))
        missing = [one for one in certificates if one.fingerprint not in known]
        if len(known) + len(missing) > MAX_AUTHORITIES:
            raise TooMany(f"An account trusts at most {MAX_AUTHORITIES} authorities.")
        rows = [
            TrustedAuthority(tenant=tenant, name=one.name or "Authority without a name", created_at=now, created_by=by)
            for one in missing
        ]
        for row, certificate in zip(rows, missing, strict=True):
            _fill(row, certificate)
        TrustedAuthority.objects.bulk_create(rows)
    return rows


def is_worth_keeping(result: SmimeResult) -> bool:
    """Whether a signature proves that its certificate belongs to the sender.

    One whose issuer nobody trusts is kept too, so that a person can trust it; nothing is encrypted for it until then.
    """
    return result.signature in (SignatureState.VALID, SignatureState.UNTRUSTED) and not result.is_weak


def remember_correspondent(
    tenant_id: int, certificate: Certificate, result: SmimeResult, *, capabilities: Sequence[str] = (), now: datetime
) -> None:
    """Keep the certificate of somebody whose signature is worth keeping, or note that it was seen again.

    `capabilities` are what its owner's program opens; none say nothing new.
    """
    is_trusted = result.signature is SignatureState.VALID
    row = CorrespondentCertificate(
        tenant_id=tenant_id,
        address=result.signer_address,
        name=result.signer_name,
        is_trusted=is_trusted,
        capabilities=list(capabilities),
        first_seen_at=now,
        last_seen_at=now,
    )
    _fill(row, certificate)
    CorrespondentCertificate.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["tenant", "address", "fingerprint"],
        # What was trusted stays so, whatever became of its authority.
        update_fields=[
            "last_seen_at",
            *(["is_trusted"] if is_trusted else []),
            *(["capabilities"] if capabilities else []),
        ],
    )


def _fill(row: CertificateRow, certificate: Certificate) -> None:
    row.certificate = certificate.der
    row.fingerprint = certificate.fingerprint
    row.issuer_name = certificate.issuer_name
    row.not_before = certificate.not_before
    row.not_after = certificate.not_after
