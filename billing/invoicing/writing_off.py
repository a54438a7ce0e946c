"""Giving up on an invoice: it stays as it is, and is not asked for any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing.dunning.reviewing import review
from billing.invoicing.crediting import held_invoice
from billing.invoicing.refusing import Refused
from billing.models import Invoice, Payment
from mailhub.tenancy.scope import tenant_scope


def write_off(invoice: Invoice, *, now: datetime) -> None:
    """Ask for an open invoice no more. A transfer that comes for it later opens it again. Raises Refused."""
    with tenant_scope(invoice.tenant_id), transaction.atomic():
        held = held_invoice(invoice.pk)
        if held.state != Invoice.State.OPEN:
            raise Refused(f"{held.code} is {held.get_state_display().lower()}: only open invoices are written off.")
        # One that waits for the holder of the card is withdrawn (billing.paying.following).
        if Payment.objects.filter(invoice=held, state=Payment.State.PENDING).exists():
            raise Refused(f"A payment of {held.code} is under way. Wait until it has ended.")
        held.state, held.settled_at, held.next_charge_at = Invoice.State.WRITTEN_OFF, now, None
        held.save(update_fields=["state", "settled_at", "next_charge_at"])
        review(held.tenant_id, now=now)
