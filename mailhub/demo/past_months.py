"""What the demonstration account was billed before today: two months with more mailboxes than the plan includes."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing import ledger, subscribing
from billing.closing import month_ends
from billing.models import Invoice, Issuer, Plan, PlanChange, Subscription
from billing.paying.transfers import book_transfer
from billing.profiles import profile_of
from billing.reckoning.months import Month
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant

_MAILBOXES = ("Roastery", "Harbor café", "Old Town café", "Events", "Purchasing", "Press", "Jobs", "Books", "Repairs")
# Only for a fair, and more than are included.
_OF_THE_FAIR = ("Spring fair", "Tastings", "Stand 12")
_FAIR_BEGINS, _FAIR_ENDS = timedelta(days=9, hours=8), timedelta(days=20, hours=17)
_MORNING = timedelta(hours=6)


def seed(tenant: Tenant, plan: Plan, *, now: datetime) -> Subscription:
    """Let the tenant in scope have its plan for two months; the first one is paid, the second one is open.

    The months are closed as every night closes them. Returns the subscription, in whose running month nothing counts.
    """
    _name_parties(tenant)
    running = Month.of(now, tenant.time_zone)
    last = Month.of(running.begins - timedelta(days=1), tenant.time_zone)
    first = Month.of(last.begins - timedelta(days=1), tenant.time_zone)
    PlanChange.objects.all().delete()
    Subscription.objects.all().delete()
    subscription = subscribing.start(tenant, plan, name=subscribing.FIRST_NAME, now=first.begins)
    kept = {new_id(): name for name in _MAILBOXES}
    for mailbox_id, name in kept.items():
        ledger.activate(subscription, mailbox_id, name, now=first.begins + _MORNING)
    for month in (first, last):
        _hold_fair(subscription, month)
        if month is last:
            for mailbox_id, name in kept.items():
                ledger.deactivate(subscription, mailbox_id, name, now=month.ends - _MORNING)
        month_ends.close(subscription.pk, now=month.ends + _MORNING)
    # They went out when they were issued.
    Invoice.objects.filter(posted_at=None).update(posted_at=last.ends + _MORNING)
    paid = Invoice.objects.get(period__month=first.first_day)
    came_at = paid.issued_at + timedelta(days=8)
    book_transfer(paid, amount=paid.total, received_on=came_at.date(), reference=paid.code, by="operator", now=came_at)
    return subscribing.first_subscription()


def _hold_fair(subscription: Subscription, month: Month) -> None:
    for name in _OF_THE_FAIR:
        mailbox_id = new_id()
        ledger.activate(subscription, mailbox_id, name, now=month.begins + _FAIR_BEGINS, agrees_to_fee=True)
        ledger.deactivate(subscription, mailbox_id, name, now=month.begins + _FAIR_ENDS)


def _name_parties(tenant: Tenant) -> None:
    profile = profile_of(tenant)
    profile.company, profile.country = "Harbor Coffee Roasters GmbH", "DE"
    profile.address = "Quay 7\n20457 Hamburg"
    profile.reference = "Mail 4711"
    profile.save()
    issuer = Issuer.objects.default()
    issuer.name, issuer.country, issuer.vat_id = "Mailhub Example GmbH", "DE", "DE999999995"
    issuer.address = "Harbour Street 1\n20457 Hamburg"
    issuer.email = "billing@mailhub.example"
    issuer.bank_holder, issuer.bank_name = issuer.name, "Example Bank"
    issuer.iban, issuer.bic = "DE06100000000000000017", "XMPLDEFFXXX"
    issuer.footer = "Register: HRB 12345, Hamburg. Managing director: Hanna Example."
    # Nobody is late on the day on which the demonstration begins.
    issuer.payment_days = 31
    issuer.save()
