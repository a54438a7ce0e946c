"""Whom a link leads to: the contact of an enrollment, or only the address where that is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences.models import Enrollment
from sequences.unsubscribing.acting import Choice, unsubscribe, unsubscribe_address
from sequences.unsubscribing.tokens import Named, read_token


@dataclass(frozen=True)
class Asker:
    """Somebody who got a mail of a sequence and followed its link."""

    tenant: Tenant
    # As it was written to.
    address: str
    # None where the contact or the sequence was deleted since.
    enrollment: Enrollment | None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be asked for: of a series that is gone, nothing follows anyway."""
        return tuple(Choice) if self.enrollment is not None else (Choice.EVERYTHING,)

    def unsubscribe(self, choice: Choice, *, words: str, now: datetime) -> None:
        """Do what was chosen. Twice is the same as once."""
        with tenant_scope(self.tenant.pk):
            if self.enrollment is not None:
                unsubscribe(self.enrollment, choice, words=words, now=now)
            if choice == Choice.EVERYTHING and not self._is_contact_s():
                unsubscribe_address(self.tenant.pk, self.address, words=words, now=now)

    def _is_contact_s(self) -> bool:
        return self.enrollment is not None and self.enrollment.contact.address == self.address.lower()


def find_asker(token: str) -> Asker | None:
    """Return who follows the link with this token; None if it is none of ours, or nothing is known any more."""
    named = read_token(token)
    if named is None:
        return None
    enrollment = _enrollment(named)
    if enrollment is not None:
        return Asker(enrollment.tenant, named.address or enrollment.contact.address, enrollment)
    if named.tenant_id is None:
        return None
    tenant = Tenant.objects.filter(pk=named.tenant_id).first()
    return Asker(tenant, named.address, None) if tenant is not None else None


def _enrollment(named: Named) -> Enrollment | None:
    with unscoped("the recipient of a mail has no account; the seal of the link names the row"):
        rows = Enrollment.objects.select_related("contact", "tenant").filter(pk=named.enrollment_id)
        found: Enrollment | None = (rows.filter(tenant=named.tenant_id) if named.tenant_id else rows).first()
    return found
