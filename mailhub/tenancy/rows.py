"""What every row of a tenant has in common."""

import uuid
from typing import Any, ClassVar, Self

from django.db import models

from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import scoped_tenant_id


class TenantQuerySet(models.QuerySet[Any]):
    """Base of the query sets of tenant rows."""


class TenantManager(models.Manager[Any]):
    """Sees the rows of the open scope only; raises ScopeMissing outside one."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[Any]:
        tenant_id = scoped_tenant_id()
        rows = super().get_queryset()
        return rows if tenant_id is None else rows.filter(tenant_id=tenant_id)

    def none(self) -> models.QuerySet[Any]:
        """Nothing at all, which needs no scope: what a form declares before it knows whose rows it offers."""
        return super().get_queryset().none()


class TenantModel(models.Model):
    """A row that belongs to one tenant, for ever.

    Composite keys (mailhub.tenancy.composite_keys) keep a child from pointing to a parent of another tenant, and keep
    `tenant` from changing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # No index of its own: each table has those that its look-ups need, and writing one more for each row is not free.
    tenant = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.CASCADE, editable=False, related_name="+", db_index=False
    )

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        abstract = True

    def refreshed(self) -> Self:
        """Return the row as the database has it now."""
        return type(self).objects.get(pk=self.pk)

    @property
    def public_id(self) -> uuid.UUID:
        return self.id
