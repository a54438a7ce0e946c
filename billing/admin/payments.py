"""Payments: what came, what is under way, what failed. Rows are read only."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Payment
from billing.money import Money
from mailhub.operator.pages import DeskAdmin
from mailhub.operator.site import site

_TONES = {Payment.State.SUCCEEDED: "works", Payment.State.FAILED: "needs"}


@admin.register(Payment, site=site)
class PaymentAdmin(DeskAdmin):
    address, rank, heading = "payments/", 4, "Payments"
    list_display = ("created_at", "amount", "stands", "method", "document", "account", "words", "made_by")
    list_display_links = None
    list_filter = ("state", "method")
    search_fields = ("invoice__code", "reference", "gateway_reference", "tenant__name")
    ordering = ("-created_at", "-id")
    date_hierarchy = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return Payment.objects.select_related("invoice", "tenant")

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, payment: Payment) -> Money:
        return payment.amount

    @admin.display(description="State", ordering="state")
    def stands(self, payment: Payment) -> SafeString:
        state = Payment.State(payment.state)
        return format_html('<span class="desk-pill desk-{}">{}</span>', _TONES.get(state, "waits"), state.label)

    @admin.display(description="Invoice", ordering="invoice__code")
    def document(self, payment: Payment) -> SafeString:
        url = reverse("admin:billing_invoice_look", args=[payment.invoice_id])
        return format_html('<a href="{}">{}</a>', url, payment.invoice.code)

    @admin.display(description="Account", ordering="tenant__name")
    def account(self, payment: Payment) -> str:
        return payment.tenant.name

    @admin.display(description="What was said")
    def words(self, payment: Payment) -> str:
        return payment.failure or payment.reference or payment.gateway_reference
