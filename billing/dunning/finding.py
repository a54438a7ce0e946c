"""Finds the accounts that someone has to look at, over all tenants. Runs under `unscoped`."""

from datetime import datetime, timedelta

from billing.models import Invoice
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.standing import Standing

# Somewhere on earth it is tomorrow already.
_AHEAD = timedelta(hours=14)


def tenants_to_review(*, now: datetime) -> list[int]:
    """Return the tenants with an open invoice whose due date may be over, and those that stand badly for any reason.

    One look into the index of open invoices, by due date.
    """
    late = Invoice.objects.open().filter(kind=Invoice.Kind.INVOICE, due_on__lt=(now + _AHEAD).date())
    tenants = set(late.order_by().values_list("tenant_id", flat=True).distinct())
    tenants |= set(Tenant.objects.exclude(standing=Standing.GOOD).values_list("pk", flat=True))
    return sorted(tenants)
