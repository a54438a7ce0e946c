"""What the clock finds to do with cards, over all tenants."""

import uuid
from datetime import datetime

from django.db.models import F, Q

from billing.models import Invoice, Payment
from billing.paying.following import SILENCE
from billing.paying.pages import PAGE_LASTS

# In one go; what is beyond comes with the next minute.
_MOST = 500


def invoices_to_charge(*, now: datetime) -> list[tuple[int, uuid.UUID]]:
    """Return tenants and invoices that a card is to be charged for now. Runs under `unscoped`."""
    due = Invoice.objects.open().filter(next_charge_at__lte=now).order_by("next_charge_at", "pk")
    return list(due.values_list("tenant_id", "pk")[:_MOST])


def payments_to_follow(*, now: datetime) -> list[tuple[int, uuid.UUID]]:
    """Return tenants and payments by card that are under way for long, or wanted no more. Runs under `unscoped`."""
    under_way = Payment.objects.under_way().filter(method=Payment.Method.CARD)
    pending = Q(state=Payment.State.PENDING)
    charged = pending & Q(made_by="") | Q(amount_minor__lt=0)
    is_silent = charged & Q(created_at__lte=now - SILENCE)
    # Somebody may be typing the number of a card until the page is over.
    is_over = pending & Q(created_at__lte=now - PAGE_LASTS - SILENCE)
    balance = F("invoice__total_minor") - F("invoice__paid_minor") - F("invoice__credited_minor")
    is_too_much = Q(amount_minor__gt=balance)
    is_wanted_no_more = (~Q(invoice__state=Invoice.State.OPEN) | is_too_much) & Q(amount_minor__gt=0)
    found = under_way.filter(is_silent | is_over | is_wanted_no_more).order_by("created_at", "pk")
    return list(found.values_list("tenant_id", "pk")[:_MOST])
