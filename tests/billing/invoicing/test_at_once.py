"""Several people and workers at one invoice at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from billing.invoicing.crediting import credit
from billing.invoicing.posting import post
from billing.invoicing.refusing import Refused
from billing.invoicing.voiding import reissue, void
from billing.models import Invoice, Issuer, Subscription
from billing.money import Money
from billing.paying.transfers import book_transfer
from mailboxes.models import OutgoingMessage
from mailboxes.platform import ensure_platform
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.billing.invoicing.making import NOW, lines_of, make_invoice, set_issuer
from tests.factories import make_person, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)
_COUNT = 4


@pytest.fixture
def invoice(db: None) -> Invoice:
    ensure_platform("smtp://smtp.mailhub.example", "no-reply@mailhub.example")
    tenant = make_tenant()
    make_person(tenant, Role.OWNER)
    set_issuer()
    with tenant_scope(tenant.pk):
        return make_invoice(Subscription.objects.get())


def at_once(invoice: Invoice, work: Callable[[int], object]) -> list[object]:
    """Do it several times at once; return what came of it, or what was refused."""
    start = threading.Barrier(_COUNT)

    def one(number: int) -> object:
        start.wait(timeout=30)
        try:
            with tenant_scope(invoice.tenant_id):
                return work(number)
        except Refused as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=_COUNT) as workers:
        return list(workers.map(one, range(_COUNT)))


def test_an_invoice_is_taken_back_once(invoice: Invoice) -> None:
    lines = {one.pk: one.net_minor for one in lines_of(invoice)}

    done = at_once(invoice, lambda _number: credit(invoice, lines=lines, reason="All", by="op", now=NOW))

    assert sum(isinstance(one, Invoice) for one in done) == 1
    with tenant_scope(invoice.tenant_id):
        assert invoice.refreshed().credited_minor == invoice.total_minor
    assert Issuer.objects.default().last_number == 2


def test_numbers_of_credit_notes_have_no_gap(invoice: Invoice) -> None:
    plan, _overage = lines_of(invoice)

    at_once(invoice, lambda number: credit(invoice, lines={plan.pk: 2000 + number}, reason="A", by="op", now=NOW))

    with tenant_scope(invoice.tenant_id):
        numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3]


def test_a_transfer_is_booked_once(invoice: Invoice) -> None:
    amount = Money(100, "EUR")

    at_once(
        invoice,
        lambda _number: book_transfer(
            invoice, amount=amount, received_on=NOW.date(), reference="MH-1", by="op", now=NOW
        ),
    )

    with tenant_scope(invoice.tenant_id):
        assert invoice.refreshed().paid_minor == 100


def test_a_month_is_issued_anew_once(invoice: Invoice) -> None:
    with tenant_scope(invoice.tenant_id):
        void(invoice, reason="Wrong", by="op", now=NOW)

    done = at_once(invoice, lambda _number: reissue(invoice, now=NOW))

    assert sum(isinstance(one, Invoice) for one in done) == 1


def test_several_workers_mail_a_document_once(invoice: Invoice) -> None:
    done = at_once(invoice, lambda _number: post(invoice.pk, now=NOW))

    assert done.count(True) == 1
    with unscoped("a test looks at every outbox"):
        assert OutgoingMessage.objects.count() == 1
