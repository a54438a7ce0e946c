"""Finds out how an account stands, and keeps it: called when money came, when a document was voided, and every hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

from billing.dunning.stages import Terms, standing_of, worst
from billing.models import Invoice, Issuer
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.standing import Standing


def review(tenant_id: int, *, now: datetime) -> Standing:
    """Keep how the tenant in scope stands now, by the open invoices that it has; return it."""
    tenant = Tenant.objects.get(pk=tenant_id)
    today = now.astimezone(ZoneInfo(tenant.time_zone)).date()
    rows = Invoice.objects.open().filter(kind=Invoice.Kind.INVOICE, due_on__lt=today).select_related("issuer")
    standing = worst([standing_of(one.due_on, today=today, terms=terms_of(one.issuer)) for one in rows])
    if standing != tenant.standing:
        Tenant.objects.filter(pk=tenant_id).update(standing=standing, standing_since=now)
    return standing


def terms_of(issuer: Issuer) -> Terms:
    return Terms(tuple(sorted(issuer.reminder_days)), issuer.sequences_stop_days, issuer.read_only_days)
