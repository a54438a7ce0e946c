"""The ledger: which mailboxes were active when."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from billing.models.subscriptions import Subscription
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class LedgerIsAppendOnly(TypeError):
    """A row of the ledger is never changed; what was wrong is put right by a further row."""


class ActivationQuerySet(TenantQuerySet):
    def update(self, **_values: Any) -> int:
        raise LedgerIsAppendOnly("Rows of the ledger are not changed.")


class ActivationManager(TenantManager.from_queryset(ActivationQuerySet)):  # type: ignore[misc]
    pass


class Activation(TenantModel):
    """At this moment one mailbox more, or one fewer, began to count against a subscription (SPEC B3).

    It names the mailbox without a foreign key: the ledger stays when the mailbox is deleted, and billing stands on a
    lower floor than mailboxes.
    """

    class Change(models.IntegerChoices):
        ON = 1, "Activated"
        OFF = -1, "Deactivated"

    subscription = models.ForeignKey(
        Subscription, on_delete=models.RESTRICT, related_name="activations", db_index=False
    )
    mailbox_id = models.UUIDField()
    # As it was called then.
    mailbox_name = models.CharField(max_length=120)
    change = models.SmallIntegerField(choices=Change.choices)
    at = models.DateTimeField()

    objects: ClassVar[ActivationManager] = ActivationManager()

    class Meta:
        indexes = [
            models.Index(fields=["subscription", "at"], name="activation_of_subscription"),
            models.Index(fields=["tenant", "id"], name="activation_list"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_name}: {self.change:+d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise LedgerIsAppendOnly for a row that is there already."""
        if not self._state.adding:
            raise LedgerIsAppendOnly("Rows of the ledger are not changed.")
        super().save(*args, **kwargs)
