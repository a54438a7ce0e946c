"""Invoices and credit notes: the list, each as a page, and each as the PDF that went out."""

import uuid
from datetime import date
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from billing.gateway.choosing import gateway
from billing.invoicing import keeping, listing, showing
from billing.invoicing.listing import Show
from billing.models import Invoice
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def invoice_list(request: TenantRequest) -> HttpResponse:
    """Show the documents of the account, newest first; `show` is open, overdue or paid."""
    show, today = _show(request.GET.get("show", "")), _today(request)
    try:
        page = listing.page_of(show=show, before=_row_id(request.GET.get("before", "")), today=today)
    except listing.PageUnknown as error:
        raise Http404("No such page.") from error
    rows = [(one, showing.pill_of(one, today=today)) for one in page.rows]
    context = {"page": page, "rows": rows, "show": show, "filters": list(Show)}
    return render(request, "billing/documents/list.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def invoice_detail(request: TenantRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Show a document line by line, the mailboxes behind each line, and what has been paid."""
    rows = Invoice.objects.select_related("period", "corrects", "subscription")
    invoice = get_object_or_404(rows, pk=invoice_id)
    context = {
        "shown": showing.shown(invoice, today=_today(request)),
        "invoice": invoice,
        "may_pay": request.principal.may(Permission.MANAGE_BILLING),
        "is_offered": gateway() is not None,
    }
    return render(request, "billing/documents/detail.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def invoice_pdf(request: TenantRequest, invoice_id: uuid.UUID) -> HttpResponse:
    """Download the document as it was first made."""
    invoice = get_object_or_404(Invoice.objects.all(), pk=invoice_id)
    answer = HttpResponse(keeping.document_of(invoice), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{keeping.file_name_of(invoice)}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _today(request: TenantRequest) -> date:
    return clock.now().astimezone(ZoneInfo(request.principal.tenant.time_zone)).date()


def _show(text: str) -> Show:
    try:
        return Show(text)
    except ValueError as error:
        raise Http404("No such list.") from error


def _row_id(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such page.") from error
