"""Domains that lists never write to (SPEC S6); single addresses are in the standing of addresses."""

from __future__ import annotations

from django.db import models

from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel


class SuppressedDomain(TenantModel):
    """No sequence of the account writes to anybody at this domain."""

    domain = models.CharField(max_length=255)
    words = models.CharField("reason", max_length=300, blank=True)
    added_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    added_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "domain"],
                name="suppressed_domain_once",
                violation_error_message="This domain is on the list already.",
            )
        ]

    def __str__(self) -> str:
        return self.domain
