"""Who issues invoices, and what tax rates are valid where: kept by the operator, not rows of a tenant."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q


class IssuerManager(models.Manager["Issuer"]):
    def default(self) -> Issuer:
        """Return who bills an account for which no other issuer was chosen."""
        return self.get(is_default=True)


class Issuer(models.Model):
    """A company that issues invoices: its name and taxes, how it is paid, and when it becomes impatient."""

    name = models.CharField(max_length=120)
    # Street, postal code and city: lines as they stand on a letter, without the country.
    address = models.TextField(max_length=400, blank=True)
    country = models.CharField(max_length=2, default="DE", help_text="Two letters (ISO 3166-1), such as DE.")
    vat_id = models.CharField("VAT id", max_length=20, blank=True, help_text="Without one no tax is charged.")
    email = models.EmailField("e-mail for questions", blank=True)
    bank_holder = models.CharField(max_length=70, blank=True)
    bank_name = models.CharField(max_length=70, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    footer = models.TextField(max_length=600, blank=True, help_text="Below each document, such as the register entry.")
    is_default = models.BooleanField(default=False)

    # Numbers of documents are one series without a gap (Directive 2006/112/EC, article 226, point 2).
    number_prefix = models.CharField(max_length=12, default="MH-")
    last_number = models.PositiveIntegerField(default=0, editable=False)

    payment_days = models.PositiveSmallIntegerField("days to pay", default=14)
    # Days after the due date.
    reminder_days = models.JSONField(default=list, blank=True)
    sequences_stop_days = models.PositiveSmallIntegerField("days until sequences stop", default=21)
    read_only_days = models.PositiveSmallIntegerField("days until the account is read-only", default=35)

    objects: ClassVar[IssuerManager] = IssuerManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="issuer_one_default"),
            models.UniqueConstraint(fields=["number_prefix"], name="issuer_prefix_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def code_of(self, number: int) -> str:
        """Return how a number is written on documents."""
        return f"{self.number_prefix}{number:06}"


class TaxRate(models.Model):
    """The standard rate of value added tax in a country, from a day on."""

    country = models.CharField(max_length=2)
    # Hundredths of a percent: 1900 for 19 %.
    rate = models.PositiveIntegerField()
    valid_from = models.DateField(default=date(2000, 1, 1))

    class Meta:
        ordering = ["country", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["country", "valid_from"], name="tax_rate_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.rate / 100:g} % from {self.valid_from}"
