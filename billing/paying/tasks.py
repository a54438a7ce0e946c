"""Doorbells of paying by card: ids in, one call out."""

import logging
import uuid

from celery import shared_task

from billing.gateway.choosing import gateway
from billing.gateway.port import GatewayFailure
from billing.paying import charging, events, finding, following
from mailhub import clock
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.tasks import Bell, TenantTask

log = logging.getLogger(__name__)


@shared_task(base=Bell)
def charge_due() -> None:
    """Ring for each invoice that a card is to be charged for."""
    if gateway() is None:
        return
    with unscoped("the clock looks for invoices to charge of every tenant"):
        invoices = finding.invoices_to_charge(now=clock.now())
    for tenant_id, invoice_id in invoices:
        charge.ring(tenant_id, invoice_id)


@shared_task(base=Bell)
def follow_silent() -> None:
    """Ring for each payment of which nothing was heard."""
    if gateway() is None:
        return
    with unscoped("the clock looks for silent payments of every tenant"):
        payments = finding.payments_to_follow(now=clock.now())
    for tenant_id, payment_id in payments:
        follow.ring(tenant_id, payment_id)


@shared_task(base=TenantTask)
def charge(_tenant_id: int, invoice_id: str) -> None:
    """Charge the card of the account for one invoice."""
    provider = gateway()
    if provider is None:
        return
    try:
        charging.charge(uuid.UUID(invoice_id), gateway=provider, now=clock.now())
    except GatewayFailure as failure:
        # Nothing was begun: the invoice is still due, and the clock comes again.
        log.warning("Invoice %s cannot be charged for: %s", invoice_id, failure)


@shared_task(base=TenantTask)
def follow(_tenant_id: int, payment_id: str) -> None:
    """Find out how one payment ended."""
    provider = gateway()
    if provider is None:
        return
    try:
        following.follow(uuid.UUID(payment_id), gateway=provider, now=clock.now())
    except GatewayFailure as failure:
        # The next look comes with the clock.
        log.warning("Payment %s cannot be followed: %s", payment_id, failure)


@shared_task(base=Bell)
def forget_events() -> None:
    """Forget events of the provider that are too old to come again."""
    events.forget_old(now=clock.now())
