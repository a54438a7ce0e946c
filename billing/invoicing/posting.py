"""Each document goes to the account by mail once, with its PDF: from the operator, never by the account's server."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from billing.invoicing.contents import contents_of
from billing.invoicing.keeping import document_of, file_name_of
from billing.models import Invoice, InvoiceLine
from billing.recipients import recipients_of
from mailhub.lib.failpoints import failpoint
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)

# A run ends before the next one begins; what is left over is found by that one.
_LONGEST_RUN = timedelta(seconds=50)


def post_due(*, now: Callable[[], datetime]) -> int:
    """Mail every document that waits, the oldest first; return how many went. One that fails stops no other one.

    Runs under `unscoped`.
    """
    begun = now()
    waiting = Invoice.objects.filter(posted_at=None).order_by("issued_at")
    posted = 0
    for tenant_id, invoice_id in list(waiting.values_list("tenant_id", "pk")):
        if now() - begun > _LONGEST_RUN:
            break
        with tenant_scope(tenant_id):
            try:
                posted += post(invoice_id, now=now())
            except Exception:
                # Whatever it is, it concerns this document alone, and the next run tries it again.
                log.exception("The document %s of account %s could not be mailed.", invoice_id, tenant_id)
    return posted


def post(invoice_id: uuid.UUID, *, now: datetime) -> bool:
    """Mail a document of the tenant in scope; False when that was done before, or nobody is there to get it.

    The mail in the outbox and the mark that it is there are one transaction: a worker that is killed leaves both or
    none, and of two workers the second one waits and then finds the mark.
    """
    invoice = Invoice.objects.select_related("period", "corrects").get(pk=invoice_id)
    to = recipients_of(Tenant.objects.get(pk=invoice.tenant_id))
    if not to:
        log.warning("%s waits: its account has neither an address for invoices nor an owner.", invoice.code)
        return False
    mail = _mail(invoice, to)
    with transaction.atomic():
        if not Invoice.objects.filter(pk=invoice_id, posted_at=None).update(posted_at=now):
            return False
        failpoint("posting.marked")
        mail.send()
        failpoint("posting.submitted")
    return True


def _mail(invoice: Invoice, to: list[str]) -> EmailMultiAlternatives:
    context = _context(invoice)
    parts = {name: render_to_string(f"billing/mail/document/{name}", context) for name in ("subject.txt", "body.txt")}
    questions_to = clean_header(invoice.seller.get("email", ""))
    mail = EmailMultiAlternatives(
        clean_header(parts["subject.txt"]),
        parts["body.txt"].strip() + "\n",
        to=to,
        reply_to=[questions_to] if questions_to else None,
        connection=get_connection(settings.INVOICE_EMAIL_BACKEND),
    )
    mail.attach_alternative(render_to_string("billing/mail/document/body.html", context), "text/html")
    mail.attach(file_name_of(invoice), document_of(invoice), "application/pdf")
    return mail


def _context(invoice: Invoice) -> dict[str, Any]:
    lines = list(InvoiceLine.objects.filter(invoice=invoice).select_related("invoice"))
    return {
        "invoice": invoice,
        "contents": contents_of(invoice, lines),
        "account": invoice.buyer.get("name", ""),
        "month": invoice.period.month,
        "link": settings.SITE_URL + reverse("billing:invoice-detail", args=[invoice.pk]),
        "site_url": settings.SITE_URL,
    }
