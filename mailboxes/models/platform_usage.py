"""How much a tenant sent through the platform's server."""

from __future__ import annotations

from django.db import models

from mailhub.tenancy.rows import TenantModel


class PlatformUsage(TenantModel):
    """How many recipients a tenant's mail was handed over for through the platform's server on one day (UTC).

    Its row is also the lock of that count, and it outlives the servers and mailboxes that sent.
    """

    on = models.DateField()
    recipient_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "on"], name="platform_usage_once")]

    def __str__(self) -> str:
        return f"{self.recipient_count} on {self.on}"
