"""A worker that dies while a card is charged, and several at once: exactly one charge and one payment."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from billing import subscribing
from billing.gateway.port import Gateway
from billing.models import Invoice, Payment
from billing.paying import charging, tasks
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from tests.billing.paying.accounts import give_card, make_invoice, payments_of
from tests.factories import make_tenant
from tests.realservers.stripe_contract import SECRET_KEY, WEBHOOK_SECRET, ContractServer
from tests.reliability.workers import Runner

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4


@pytest.fixture
def tenant(provider: ContractServer, gateway: Gateway, now: datetime) -> Iterator[Tenant]:
    """An account with a card, whose scope is open."""
    made = make_tenant()
    with tenant_scope(made.pk):
        give_card(made, provider, gateway, now=now)
        yield made


@pytest.fixture
def due(tenant: Tenant, now: datetime) -> Invoice:
    return make_invoice(subscribing.first_subscription(), at=now, next_charge_at=now)


@pytest.fixture
def runner(file_database: str, provider: ContractServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    """A worker that runs each task in a process of its own, and asks the same provider."""
    monkeypatch.setenv("STRIPE_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRETS", WEBHOOK_SECRET)
    monkeypatch.setenv("STRIPE_API_URL", provider.url)
    worker = Runner(file_database)
    yield worker
    worker.stop()


@pytest.mark.parametrize("point", ["charging.before_provider", "charging.before_commit"])
def test_a_worker_that_dies_around_the_charge_takes_the_money_once(
    runner: Runner, tenant: Tenant, due: Invoice, provider: ContractServer, point: str
) -> None:
    assert runner.is_killed(tasks.charge.name, tenant.pk, due.pk, failpoint=point)
    [payment] = payments_of(due)
    assert payment.state == Payment.State.PENDING
    # The bell rings again and again; the payment is under way.
    assert runner.works(tasks.charge.name, tenant.pk, due.pk)
    assert len(provider.charges) == (1 if point == "charging.before_commit" else 0)

    Payment.objects.update(created_at=payment.created_at - timedelta(minutes=11))
    assert runner.works(tasks.follow.name, tenant.pk, payment.pk)

    assert due.refreshed().state == Invoice.State.PAID
    assert len(provider.charges) == 1
    assert [one.state for one in payments_of(due)] == [Payment.State.SUCCEEDED]


def test_workers_that_charge_at_the_same_moment_take_the_money_once(
    tenant: Tenant, due: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.delay_seconds = 0.3

    def work() -> None:
        try:
            with tenant_scope(tenant.pk):
                charging.charge(due.pk, gateway=gateway, now=now)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)

    assert due.refreshed().state == Invoice.State.PAID
    assert len(provider.charges) == len(payments_of(due)) == 1
