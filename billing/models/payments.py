"""Money that came, or was tried to be taken, and the events that the payment provider sent about it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models.invoices import Invoice
from billing.money import Money
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class PaymentQuerySet(TenantQuerySet):
    def under_way(self) -> PaymentQuerySet:
        return self.filter(state__in=(Payment.State.PENDING, Payment.State.NEEDS_PERSON))


class PaymentManager(TenantManager.from_queryset(PaymentQuerySet)):  # type: ignore[misc]
    pass


class Payment(TenantModel):
    """One try to pay an invoice, or money that was given back (then the amount is below nothing).

    The row is committed before the provider is asked, and its id is the idempotency key: whoever asks again after a
    crash gets the answer of the first time.
    """

    class Method(models.TextChoices):
        CARD = "card", "Card"
        TRANSFER = "transfer", "Bank transfer"

    class State(models.TextChoices):
        PENDING = "pending", "Under way"
        # The bank wants to hear from the holder of the card.
        NEEDS_PERSON = "needs_person", "Waits for confirmation"
        SUCCEEDED = "succeeded", "Paid"
        FAILED = "failed", "Failed"

    invoice = models.ForeignKey(Invoice, on_delete=models.RESTRICT, related_name="payments")
    method = models.CharField(max_length=10, choices=Method.choices)
    state = models.CharField(max_length=14, choices=State.choices, default=State.PENDING)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # What the provider calls it: a payment intent or a refund.
    gateway_reference = models.CharField(max_length=100, blank=True)
    # Why it failed, in the provider's words.
    failure = models.CharField(max_length=500, blank=True)
    # The person at the computer, when it was a person, or who booked a transfer.
    made_by = models.CharField(max_length=254, blank=True)
    # Of a transfer: what the bank's statement says, and when the money came.
    reference = models.CharField(max_length=140, blank=True)
    received_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[PaymentManager] = PaymentManager()

    class Meta:
        constraints = [
            # Nobody pays twice because two workers, or a worker and a person, were at it together.
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(state__in=("pending", "needs_person")), name="payment_one_under_way"
            ),
            models.UniqueConstraint(
                fields=["gateway_reference"], condition=~Q(gateway_reference=""), name="payment_reference_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state__in=("pending", "needs_person")), name="payment_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.invoice_id}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class GatewayEvent(models.Model):
    """An event of the payment provider that was taken in; the same one a second time changes nothing (B127)."""

    event_id = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="gateway_event_received")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Reminder(TenantModel):
    """What was written to an account about an overdue invoice; each kind once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="reminders", db_index=False)
    # "reminder-1", "sequences-stop", "read-only" and so on (billing.dunning.stages).
    kind = models.CharField(max_length=30)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "kind"], name="reminder_once")]

    def __str__(self) -> str:
        return self.kind
