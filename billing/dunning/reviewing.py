"""Finds out how an account stands, and keeps it: called when money came, when a document was voided, and every hour."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.module_loading import import_string

from billing.dunning.stages import Terms, standing_of, standing_while_paying, worst
from billing.models import Invoice, Issuer, Payment
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.standing import Standing


def review(tenant_id: int, *, now: datetime) -> Standing:
    """Keep how the tenant in scope stands now, by the open invoices that it has; return it.

    When that changes, what upper floors hold back or let go follows (settings.STANDING_CHANGED), in one transaction.
    """
    with transaction.atomic():
        # Held before the invoices are read: whoever books a payment in the same moment reviews after this, or before.
        tenant = Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=tenant_id)
        before = Standing(tenant.standing)
        rows = overdue_invoices(today=today_of(tenant, now=now))
        standing = _standing(rows, current=before, today=today_of(tenant, now=now))
        if standing == before:
            return standing
        tenant.standing, tenant.standing_since = standing, now
        tenant.save(update_fields=["standing", "standing_since"])
        for follow in map(import_string, settings.STANDING_CHANGED):
            follow(tenant, before=before, now=now)
    return standing


def overdue_invoices(*, today: date) -> list[Any]:
    """Return the open invoices of the tenant in scope whose due date is over, with `is_being_paid`; oldest first."""
    under_way = Payment.objects.under_way().filter(invoice=OuterRef("pk"))
    rows = Invoice.objects.open().filter(kind=Invoice.Kind.INVOICE, due_on__lt=today).select_related("issuer")
    return list(rows.annotate(is_being_paid=Exists(under_way)).order_by("due_on", "number"))


def today_of(tenant: Tenant, *, now: datetime) -> date:
    """Return which day it is on the account's clock."""
    return now.astimezone(ZoneInfo(tenant.time_zone)).date()


def terms_of(issuer: Issuer) -> Terms:
    return Terms(tuple(sorted(issuer.reminder_days)), issuer.sequences_stop_days, issuer.read_only_days)


def _standing(invoices: Collection[Any], *, current: Standing, today: date) -> Standing:
    standings = []
    for one in invoices:
        terms = terms_of(one.issuer)
        if one.is_being_paid:
            standings.append(standing_while_paying(one.due_on, today=today, terms=terms, current=current))
        else:
            standings.append(standing_of(one.due_on, today=today, terms=terms))
    return worst(standings)
