"""Gives accounts certificates and authorities, as if they had been uploaded."""

from __future__ import annotations

from datetime import datetime

from mailboxes import certificates
from mailboxes.models import CorrespondentCertificate, SigningIdentity, TrustedAuthority
from mailboxes.smime.uploads import UploadedIdentity
from mailhub.lib.secret import Secret
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.scope import tenant_scope
from tests.mailboxes.smime.authority import NOW, Holder


def give_key(person: Membership, holder: Holder) -> SigningIdentity:
    """Add a certificate with its key to the account of a person."""
    uploaded = UploadedIdentity(holder.certificate, Secret(holder.key_pem.decode()), "")
    with tenant_scope(person.tenant_id):
        return certificates.add_identity(person.tenant, uploaded, by=person, now=NOW)[0]


def trust(person: Membership, *authorities: Holder) -> list[TrustedAuthority]:
    """Have the account of a person trust authorities."""
    with tenant_scope(person.tenant_id):
        return certificates.add_authorities(person.tenant, [one.certificate for one in authorities], by=person, now=NOW)


def know(
    tenant: Tenant, holder: Holder, *, is_trusted: bool = True, is_pinned: bool = False, seen_at: datetime = NOW
) -> CorrespondentCertificate:
    """Have an account know the certificate of a correspondent, as if signed mail had come."""
    certificate = holder.certificate
    with tenant_scope(tenant.pk):
        return CorrespondentCertificate.objects.create(
            tenant=tenant,
            address=certificate.addresses[0],
            name=certificate.name,
            certificate=certificate.der,
            fingerprint=certificate.fingerprint,
            issuer_name=certificate.issuer_name,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            is_trusted=is_trusted,
            is_pinned=is_pinned,
            first_seen_at=seen_at,
            last_seen_at=seen_at,
        )
