"""Gives accounts certificates and authorities, as if they had been uploaded."""

from __future__ import annotations

from mailboxes import certificates
from mailboxes.models import SigningIdentity, TrustedAuthority
from mailboxes.smime.uploads import UploadedIdentity
from mailhub.lib.secret import Secret
from mailhub.tenancy.models import Membership
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
