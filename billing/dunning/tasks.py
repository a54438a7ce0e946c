"""Doorbells of dunning: ids in, one call out."""

from celery import shared_task

from billing.dunning import finding, reminding
from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask


@shared_task(base=Bell)
def look_at_overdue() -> None:
    """Ring for every account that has not paid in time: one that fails keeps no other one waiting."""
    with unscoped("the clock looks for overdue invoices of every tenant"):
        tenants = finding.tenants_to_review(now=clock.now())
    for tenant_id in tenants:
        remind.ring(tenant_id)


@shared_task(base=TenantTask)
def remind(tenant_id: int) -> None:
    """Keep how an account stands, and write to it if it is time to."""
    reminding.remind(tenant_id, now=clock.now())
