"""Writes to an account about invoices that are overdue: one mail, each letter once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.dunning import letters
from billing.dunning.owing import Owed
from billing.dunning.reviewing import overdue_invoices, review, terms_of, today_of
from billing.dunning.stages import HELD_DAYS, Letter, letter_due
from billing.models import Invoice, Reminder
from billing.recipients import recipients_of
from mailhub.tenancy.models import Tenant

log = logging.getLogger(__name__)

# On the account's clock: nobody hears of money in the night.
_FROM_HOUR = 8


@dataclass(frozen=True)
class _Due:
    """A letter that is to be written about an invoice."""

    invoice: Invoice
    letter: Letter


def remind(tenant_id: int, *, now: datetime) -> Letter | None:
    """Review the tenant in scope, and send the mail that is due; return the letter that it is, None for no mail.

    All invoices that are overdue stand in one mail. The rows that say what was written and the mail are one
    transaction, under a lock of the invoices: two workers write once, and who paid meanwhile is not reminded.
    """
    review(tenant_id, now=now)
    tenant = Tenant.objects.get(pk=tenant_id)
    if now.astimezone(ZoneInfo(tenant.time_zone)).hour < _FROM_HOUR:
        return None
    with transaction.atomic():
        invoices = _held_overdue(tenant, now=now)
        due = _due(invoices, tenant, now=now)
        if not due:
            return None
        recipients = recipients_of(tenant)
        if not recipients:
            log.warning("Nobody can be reminded of invoices of tenant %s: it has no owner.", tenant_id)
            return None
        heaviest = max((one.letter for one in due), key=lambda one: (one.weight, one.day))
        letters.send(heaviest, Owed(tenant, invoices, today_of(tenant, now=now)), to=recipients)
        Reminder.objects.bulk_create(
            Reminder(tenant_id=tenant_id, invoice=one.invoice, kind=one.letter.kind, sent_at=now) for one in due
        )
    return heaviest


def _held_overdue(tenant: Tenant, *, now: datetime) -> list[Any]:
    """Lock the overdue invoices of the tenant in scope, and return those that are still open then."""
    today = today_of(tenant, now=now)
    ids = [one.pk for one in overdue_invoices(today=today)]
    held = Invoice.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True)
    # In the order of their keys, so that two workers do not wait for one another.
    list(held.order_by("pk").values_list("pk", flat=True))
    return overdue_invoices(today=today)


def _due(invoices: Sequence[Any], tenant: Tenant, *, now: datetime) -> list[_Due]:
    written: dict[object, set[str]] = {one.pk: set() for one in invoices}
    for invoice_id, kind in Reminder.objects.filter(invoice__in=written).values_list("invoice", "kind"):
        written[invoice_id].add(kind)
    found = []
    for one in invoices:
        letter = letter_due(
            one.due_on,
            today=today_of(tenant, now=now),
            terms=terms_of(one.issuer),
            written=written[one.pk],
            is_paying=one.is_being_paid or _is_charged_soon(one, now=now),
        )
        if letter is not None:
            found.append(_Due(one, letter))
    return found


def _is_charged_soon(invoice: Invoice, *, now: datetime) -> bool:
    """Whether a card is tried again before the letter would have to be written at the latest."""
    return invoice.next_charge_at is not None and invoice.next_charge_at <= now + timedelta(days=HELD_DAYS)
