"""Closed months, the invoices made of them, and credit notes."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from billing.models.issuers import Issuer
from billing.models.subscriptions import Subscription
from billing.money import Money
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class Period(TenantModel):
    """A month of a subscription that is closed: nothing is written into it any more.

    It begins where the one before ended, also when the account moved to another time zone in between.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.RESTRICT, related_name="periods", db_index=False)
    # The first day of the month.
    month = models.DateField()
    time_zone = models.CharField(max_length=64)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    closed_at = models.DateTimeField()
    # When most mailboxes were active beyond those that are included; None where no plan was valid.
    peak_at = models.DateTimeField(null=True)
    peak_active = models.PositiveIntegerField(default=0)
    peak_included = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    net_minor = models.PositiveBigIntegerField()
    # What people have to know of its end, in a sentence or two: it was the last one, or a change of plan was not made.
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["month"]
        constraints = [models.UniqueConstraint(fields=["subscription", "month"], name="period_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class InvoiceQuerySet(TenantQuerySet):
    def open(self) -> InvoiceQuerySet:
        return self.filter(state=Invoice.State.OPEN)

    def newest_first(self) -> InvoiceQuerySet:
        return self.order_by("-issued_at", "-number")


class InvoiceManager(TenantManager.from_queryset(InvoiceQuerySet)):  # type: ignore[misc]
    pass


class Invoice(TenantModel):
    """A document with a number: an invoice, or a credit note that takes some or all of one back.

    What it says never changes after it was issued; state, payments and credits beside it do.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        PAID = "paid", "Paid"
        VOID = "void", "Void"
        # The operator gave up on it.
        WRITTEN_OFF = "written_off", "Written off"
        # Of credit notes: there is nothing to pay.
        ISSUED = "issued", "Issued"

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    # The number as it is written.
    code = models.CharField(max_length=30)
    subscription = models.ForeignKey(Subscription, on_delete=models.RESTRICT, related_name="invoices")
    period = models.ForeignKey(Period, on_delete=models.RESTRICT, related_name="invoices")
    # The invoice that a credit note takes back.
    corrects = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, related_name="credit_notes")
    # Why a credit note was issued.
    reason = models.CharField(max_length=300, blank=True)

    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    due_on = models.DateField()
    # Seller and buyer as they were then: name, address, country, vat_id and so on, all texts.
    seller = models.JSONField()
    buyer = models.JSONField()

    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    # Hundredths of a percent.
    tax_rate = models.PositiveIntegerField(default=0)
    # Why no tax, or another country's, is charged; a sentence of the document.
    tax_note = models.CharField(max_length=300, blank=True)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    # What credit notes took back.
    credited_minor = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)

    # When it was put into the mail; None until then.
    posted_at = models.DateTimeField(null=True, blank=True)
    # When it was last tried to charge a card for it, and when to try next.
    next_charge_at = models.DateTimeField(null=True, blank=True)
    # SHA-256 of the stored PDF, in hexadecimal digits; empty until it was first made.
    pdf_blob = models.CharField(max_length=64, blank=True)

    objects: ClassVar[InvoiceManager] = InvoiceManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "number"], name="invoice_number_once"),
            # Another one for the same month only after the first was voided.
            models.UniqueConstraint(
                fields=["period"], condition=Q(kind="invoice") & ~Q(state="void"), name="invoice_of_period_once"
            ),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")), name="invoice_total_is_sum"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-issued_at", "-number"], name="invoice_list"),
            models.Index(fields=["due_on"], condition=Q(state="open", kind="invoice"), name="invoice_open_due"),
            models.Index(fields=["next_charge_at"], condition=Q(state="open"), name="invoice_to_charge"),
            models.Index(fields=["issued_at"], condition=Q(posted_at=None), name="invoice_to_post"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def balance(self) -> Money:
        """What is still to be paid; below nothing when money has to go back."""
        return Money(self.total_minor - self.paid_minor - self.credited_minor, self.currency)

    @property
    def tax_percent(self) -> str:
        return f"{self.tax_rate / 100:g} %"

    def is_overdue(self, *, today: date) -> bool:
        return self.state == self.State.OPEN and self.kind == self.Kind.INVOICE and self.due_on < today


class LineIsFixed(TypeError):
    """A line of a document never changes."""


class InvoiceLine(TenantModel):
    """One line of a document, with the intervals behind it."""

    class Kind(models.TextChoices):
        PLAN = "plan", "Plan"
        OVERAGE = "overage", "Mailboxes beyond the plan"
        CREDIT = "credit", "Taken back"

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.CharField(max_length=200)
    # Mailboxes of an overage, days of a plan.
    quantity = models.PositiveIntegerField()
    # Of one mailbox, or of the whole month.
    unit_minor = models.PositiveIntegerField()
    net_minor = models.BigIntegerField()
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    # The mailboxes behind it, as `Interval.as_json` writes them.
    evidence = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]

    def __str__(self) -> str:
        return self.words

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raise LineIsFixed for a line that is there already."""
        if not self._state.adding:
            raise LineIsFixed("Lines of a document are not changed: issue a credit note.")
        super().save(*args, **kwargs)

    @property
    def unit(self) -> Money:
        return Money(self.unit_minor, self.invoice.currency)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.invoice.currency)
