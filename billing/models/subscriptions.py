"""Subscriptions: what a tenant has bought, and how much of it is in use."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.plans import Plan
from billing.money import Money
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class SubscriptionQuerySet(TenantQuerySet):
    def running(self) -> SubscriptionQuerySet:
        """Those that have not ended, the first one first, with their plans."""
        return self.filter(ended_at=None).select_related("plan").order_by("started_at", "id")

    def due_to_close(self, *, now: datetime) -> SubscriptionQuerySet:
        """Those whose month is over and not closed yet, the longest waiting first."""
        due = Q(ended_at=None, closes_at__lte=now) & (Q(close_again_at=None) | Q(close_again_at__lte=now))
        # By nothing else: so many end at one moment that to sort them all, for a few, would take the longest.
        return self.filter(due).order_by("closes_at")


class SubscriptionManager(TenantManager.from_queryset(SubscriptionQuerySet)):  # type: ignore[misc]
    pass


class Subscription(TenantModel):
    """A tenant has a plan. Each mailbox counts against one subscription (SPEC B1)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The sum of the ledger, written with each of its rows: what the limit is compared with.
    active_count = models.PositiveIntegerField(default=0)

    # The month that runs: its first day, from when it counts, and when it is over. The ledger writes nothing before
    # `billed_until`, so a month that is closed stays as it was counted.
    month = models.DateField()
    billed_until = models.DateTimeField()
    closes_at = models.DateTimeField()
    # Why closing failed, in the words of the error, and when it is tried again.
    closing_error = models.CharField(max_length=500, blank=True)
    close_again_at = models.DateTimeField(null=True, blank=True)
    # It ends, or has another plan, when the month that runs is over.
    cancelled_at = models.DateTimeField(null=True, blank=True)
    next_plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[SubscriptionManager] = SubscriptionManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=Q(ended_at=None),
                name="subscription_name_once",
                violation_error_message="Another subscription of this account has this name.",
            ),
            # PostgreSQL has no unsigned numbers; a ledger that goes below nothing is a defect of ours.
            models.CheckConstraint(condition=Q(active_count__gte=0), name="subscription_count_positive"),
        ]
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(ended_at=None), name="subscription_to_close"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_due(self, *, now: datetime) -> bool:
        """Whether its month is over and not closed yet."""
        return self.ended_at is None and self.closes_at <= now

    @property
    def is_full(self) -> bool:
        """Whether all included mailboxes are in use."""
        return self.active_count >= self.plan.included_mailboxes

    @property
    def takes_no_more(self) -> bool:
        return self.is_full and self.plan.is_limit_hard

    @property
    def fee_for_one_more(self) -> Money | None:
        """What one more active mailbox costs a month; None while it is included, and where none is possible."""
        return self.plan.extra_mailbox_price if self.is_full and not self.plan.is_limit_hard else None

    @property
    def extra_count(self) -> int:
        return self.plan.extra_count(self.active_count)

    @property
    def monthly_price(self) -> Money:
        """What a month costs as things are now."""
        return self.plan.monthly_price(self.active_count)


class PlanChange(TenantModel):
    """From this moment on the subscription has this plan: a price is the one that was valid then (SPEC B3)."""

    subscription = models.ForeignKey(Subscription, on_delete=models.RESTRICT, related_name="plan_changes")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.plan_id} from {self.at:%Y-%m-%d}"
