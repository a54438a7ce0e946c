"""Two workers at once write one letter."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection

from billing.dunning import reminding
from billing.models import Issuer, Reminder, Subscription
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from tests.billing.dunning.invoices import at, make_invoice
from tests.factories import make_person, make_tenant


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_letter(mailoutbox: list[EmailMessage]) -> None:
    tenant = make_tenant()
    make_person(tenant, Role.OWNER)
    Issuer.objects.update(reminder_days=[3])
    with tenant_scope(tenant.pk):
        make_invoice(Subscription.objects.get())
    start = threading.Barrier(4)

    def work(minute: int) -> None:
        start.wait(timeout=30)
        try:
            with tenant_scope(tenant.pk):
                reminding.remind(tenant.pk, now=at(3) + timedelta(minutes=minute))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as workers:
        done = list(workers.map(work, range(4)))

    with tenant_scope(tenant.pk):
        kinds = list(Reminder.objects.values_list("kind", flat=True))
    assert (len(done), kinds, len(mailoutbox)) == (4, ["reminder-1"], 1)
