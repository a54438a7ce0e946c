"""Invoices and credit notes: what is open and overdue first, and what can be done about it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.invoice_deeds import DEEDS, possible_for
from billing.invoicing.keeping import document_of, file_name_of
from billing.models import Invoice, InvoiceLine, Payment, Reminder
from billing.money import Money
from mailhub import clock
from mailhub.operator.deeds import answer
from mailhub.operator.pages import DeskAdmin
from mailhub.operator.site import site

_BALANCE = Sum(F("total_minor") - F("paid_minor") - F("credited_minor"))
_TONES = {Invoice.State.PAID: "works", Invoice.State.OPEN: "waits"}


class DueFilter(admin.SimpleListFilter):
    """What is to be paid, and since when."""

    title = "due"
    parameter_name = "due"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("open", "Open"), ("unposted", "Not mailed yet")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        conditions = {
            "open": Q(kind=Invoice.Kind.INVOICE, state=Invoice.State.OPEN),
            "overdue": overdue(),
            "unposted": Q(posted_at=None),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


def overdue() -> Q:
    """Return the condition of invoices that should have been paid by now, on the clock of UTC."""
    return Q(kind=Invoice.Kind.INVOICE, state=Invoice.State.OPEN, due_on__lt=clock.now().date())


@admin.register(Invoice, site=site)
class InvoiceAdmin(DeskAdmin):
    address, rank, heading = "invoices/", 1, "Invoices"
    change_list_template = "operator/invoices.html"
    list_display = ("document", "account", "buyer_name", "stands", "total", "to_pay", "issued_on", "due_on")
    list_display_links = None
    list_filter = (DueFilter, "state", "kind", "currency")
    search_fields = ("code", "buyer__name", "tenant__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        urgency = Case(
            When(overdue(), then=Value(0)),
            When(Q(kind=Invoice.Kind.INVOICE, state=Invoice.State.OPEN), then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return Invoice.objects.select_related("tenant", "period", "issuer").annotate(urgency=urgency)

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        return ["urgency", "-issued_at", "-number", "-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "tenant__id__exact" or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"sums": sums(), **(extra_context or {})})

    @admin.display(description="Number", ordering="number")
    def document(self, invoice: Invoice) -> SafeString:
        url = reverse("admin:billing_invoice_look", args=[invoice.pk])
        return format_html('<a href="{}"><strong>{}</strong></a>', url, invoice.code)

    @admin.display(description="Account", ordering="tenant__name")
    def account(self, invoice: Invoice) -> str:
        return invoice.tenant.name

    @admin.display(description="Buyer")
    def buyer_name(self, invoice: Invoice) -> str:
        return str(invoice.buyer.get("name", ""))

    @admin.display(description="State", ordering="state")
    def stands(self, invoice: Invoice) -> SafeString:
        return pill(invoice)

    @admin.display(description="Total", ordering="total_minor")
    def total(self, invoice: Invoice) -> Money:
        return invoice.total

    @admin.display(description="To be paid")
    def to_pay(self, invoice: Invoice) -> object:
        return invoice.balance if invoice.state == Invoice.State.OPEN else None

    def desk_urls(self) -> list[URLPattern]:
        return [
            path("<uuid:invoice_id>/", self.page(self.look), name="billing_invoice_look"),
            path("<uuid:invoice_id>/pdf/", self.page(self.pdf), name="billing_invoice_pdf"),
            path("<uuid:invoice_id>/<slug:deed>/", self.page(self.act), name="billing_invoice_act"),
        ]

    def look(self, request: HttpRequest, invoice_id: uuid.UUID) -> HttpResponse:
        """Show a document with all that happened to it."""
        invoice = self._get(request, invoice_id)
        content_type = ContentType.objects.get_for_model(Invoice)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{invoice.get_kind_display()} {invoice}",
            "invoice": invoice,
            "pill": pill(invoice),
            "lines": InvoiceLine.objects.filter(invoice=invoice).select_related("invoice"),
            "payments": Payment.objects.filter(invoice=invoice).order_by("created_at", "id"),
            "credit_notes": Invoice.objects.filter(corrects=invoice).order_by("issued_at", "number"),
            "reminders": Reminder.objects.filter(invoice=invoice).order_by("sent_at"),
            "deeds": possible_for(invoice),
            "log": LogEntry.objects.filter(content_type=content_type, object_id=str(invoice.pk)).select_related("user"),
        }
        return TemplateResponse(request, "operator/invoice.html", context)

    def pdf(self, request: HttpRequest, invoice_id: uuid.UUID) -> HttpResponse:
        """Hand out the document as the customer has it."""
        invoice = self._get(request, invoice_id)
        named = {"Content-Disposition": f'inline; filename="{file_name_of(invoice)}"'}
        return HttpResponse(document_of(invoice), content_type="application/pdf", headers=named)

    def act(self, request: HttpRequest, invoice_id: uuid.UUID, deed: str) -> HttpResponse:
        """Do something about an invoice."""
        invoice = self._get(request, invoice_id)
        if deed not in DEEDS or invoice.kind != Invoice.Kind.INVOICE:
            raise Http404
        return answer(request, DEEDS[deed][1](request, invoice), self.admin_site.each_context(request))

    def _get(self, request: HttpRequest, invoice_id: uuid.UUID) -> Invoice:
        invoice = self.get_queryset(request).select_related("corrects", "subscription").filter(pk=invoice_id).first()
        if invoice is None:
            raise Http404
        return invoice


def sums() -> list[dict[str, Any]]:
    """Return what is open, and overdue, by currency, in one query."""
    rows = Invoice.objects.filter(kind=Invoice.Kind.INVOICE, state=Invoice.State.OPEN).order_by("currency")
    late = Sum(F("total_minor") - F("paid_minor") - F("credited_minor"), filter=overdue())
    found = rows.values("currency").annotate(open=_BALANCE, overdue=late)
    return [
        {"open": Money(row["open"] or 0, row["currency"]), "overdue": Money(row["overdue"] or 0, row["currency"])}
        for row in found
    ]


def pill(invoice: Invoice) -> SafeString:
    """Show how a document stands."""
    state = Invoice.State(invoice.state)
    if invoice.is_overdue(today=clock.now().date()):
        return format_html('<span class="desk-pill desk-needs">{}</span>', "Overdue")
    return format_html('<span class="desk-pill desk-{}">{}</span>', _TONES.get(state, "off"), state.label)
