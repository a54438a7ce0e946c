"""Pays an invoice on a page of the provider: with another card, or where the bank wants to hear from its holder."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from billing.gateway.port import Gateway, HostedPage
from billing.models import Invoice, Payment
from billing.paying.cards import customer_of
from billing.paying.charging import open_payment, words_of
from billing.paying.clearing import clear_way
from billing.paying.outcomes import keep_reference
from mailhub.lib.failpoints import failpoint

# After it a page takes no money any more, so that an invoice is not kept waiting for somebody who went away. The
# provider takes at least half an hour.
PAGE_LASTS = timedelta(hours=1)


class NotToPay(Exception):
    """There is nothing to pay, or it is being paid already; the message says so to the person."""


def open_page(invoice_id: uuid.UUID, *, made_by: str, back_to: str, gateway: Gateway, now: datetime) -> HostedPage:
    """Open a page on which a person pays what is open of an invoice of the tenant in scope.

    An earlier page takes no money any more. Raises NotToPay, and GatewayFailure.
    """
    tenant = _payable(Invoice.objects.select_related("tenant").get(pk=invoice_id)).tenant
    if not clear_way(invoice_id, gateway=gateway, now=now):
        raise NotToPay("A payment of this invoice is being made at this moment. It takes a few minutes.")
    customer = customer_of(tenant, email=made_by, gateway=gateway)
    try:
        with transaction.atomic():
            # What is booked, credited or made void waits for this, or is seen here.
            rows = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("tenant")
            payment = open_payment(_payable(rows.get(pk=invoice_id)), made_by=made_by, now=now)
    except IntegrityError:
        raise NotToPay("Somebody else is paying this invoice at this moment.") from None
    failpoint("pages.before_provider")
    return _page_for(payment, customer, back_to=back_to, gateway=gateway)


def _payable(invoice: Invoice) -> Invoice:
    if invoice.kind != Invoice.Kind.INVOICE or invoice.state != Invoice.State.OPEN or invoice.balance.minor <= 0:
        raise NotToPay("There is nothing to pay of this document.")
    return invoice


def _page_for(payment: Payment, customer: str, *, back_to: str, gateway: Gateway) -> HostedPage:
    page = gateway.payment_page(
        customer,
        payment.amount,
        words=words_of(payment.invoice),
        back_to=back_to,
        payment_id=str(payment.pk),
        account_id=str(payment.tenant.public_id),
        expires_at=payment.created_at + PAGE_LASTS,
    )
    keep_reference(payment.pk, page.reference)
    return page
