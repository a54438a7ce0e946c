"""Plans: what is included, what each further mailbox costs, which features are on (SPEC T5, B1)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q

from billing.money import Money


class Feature(models.TextChoices):
    """What a plan may lack."""

    ENCRYPTED_POP = "encrypted_pop", "TLS for connected POP accounts"
    PERSON_PERMISSIONS = "person_permissions", "Permissions by person"


class PlanIsFixed(ValueError):
    """A version of a plan never changes, because subscriptions and invoices rest on it."""


class PlanQuerySet(models.QuerySet["Plan"]):
    def current(self) -> PlanQuerySet:
        """The version of each plan that is sold now, the smallest first."""
        return self.filter(is_current=True).order_by("price_minor", "code")


class Plan(models.Model):
    """One version of a plan. Another price or another limit is a new version; who has the old one keeps it."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=60)
    included_mailboxes = models.PositiveIntegerField()
    # A month of the subscription, and of each active mailbox beyond those that are included.
    price_minor = models.PositiveIntegerField(default=0)
    extra_mailbox_minor = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    # Nothing goes beyond it, for no fee (SPEC B2).
    is_limit_hard = models.BooleanField(default=False)
    features = models.JSONField(default=list)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Plan]] = models.Manager.from_queryset(PlanQuerySet)()

    class Meta:
        ordering = ["price_minor", "code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="plan_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(is_current=True), name="plan_one_current"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise PlanIsFixed for a version that is there already."""
        if not self._state.adding:
            raise PlanIsFixed(f"{self} is version {self.version} of its plan: supersede it instead.")
        super().save(*args, **kwargs)

    @property
    def key(self) -> str:
        """Names this version in forms and addresses."""
        return f"{self.code}-{self.version}"

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def extra_mailbox_price(self) -> Money:
        return Money(self.extra_mailbox_minor, self.currency)

    @property
    def feature_set(self) -> frozenset[Feature]:
        return frozenset(one for one in Feature if one.value in self.features)

    def has(self, feature: Feature) -> bool:
        return feature in self.feature_set

    def extra_count(self, active_count: int) -> int:
        """Return how many of so many active mailboxes are beyond those that are included."""
        return max(active_count - self.included_mailboxes, 0)

    def monthly_price(self, active_count: int) -> Money:
        """Return what a month with so many active mailboxes costs."""
        return self.price + self.extra_mailbox_price * self.extra_count(active_count)

    def supersede(self, **changes: Any) -> Plan:
        """Sell a new version that differs in `changes` from now on."""
        kept = ("name", "included_mailboxes", "price_minor", "extra_mailbox_minor", "currency", "is_limit_hard")
        values = {name: getattr(self, name) for name in (*kept, "features")}
        with transaction.atomic():
            versions = Plan.objects.select_for_update().filter(code=self.code)
            newest = max(versions.values_list("version", flat=True))
            versions.filter(is_current=True).update(is_current=False)
            return Plan.objects.create(code=self.code, version=newest + 1, **{**values, **changes})
