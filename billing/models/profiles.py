"""Who an account's invoices are made out to, and how they are paid."""

from __future__ import annotations

from django.db import models

from billing.models.issuers import Issuer
from mailhub.tenancy.rows import TenantModel


class BillingProfile(TenantModel):
    """The buyer: one row for each account, made when somebody first needs it."""

    class Method(models.TextChoices):
        TRANSFER = "transfer", "Bank transfer"
        CARD = "card", "Card"

    # Empty: the issuer by default.
    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Empty: the name of the account.
    company = models.CharField(max_length=120, blank=True)
    # Street, postal code and city, as lines.
    address = models.TextField(max_length=400, blank=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField("VAT id", max_length=20, blank=True)
    # Empty: the owners of the account.
    email = models.EmailField("e-mail for invoices", blank=True)
    # Stands on each invoice, such as a purchase order.
    reference = models.CharField("your reference", max_length=60, blank=True)

    method = models.CharField(max_length=10, choices=Method.choices, default=Method.TRANSFER)
    # What the payment provider calls this account and its card; no number of a card ever comes here.
    gateway_customer = models.CharField(max_length=100, blank=True)
    gateway_card = models.CharField(max_length=100, blank=True)
    card_brand = models.CharField(max_length=30, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_expires_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="billing_profile_once")]
        indexes = [models.Index(fields=["gateway_customer"], name="billing_profile_customer")]

    def __str__(self) -> str:
        return self.company or "The account's name"

    @property
    def has_card(self) -> bool:
        return bool(self.gateway_card)
