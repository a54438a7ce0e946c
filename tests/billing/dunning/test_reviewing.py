"""How an account stands follows its invoices: down by days, up at once."""

import pytest

from billing.dunning.reviewing import review
from billing.models import Invoice, Payment, Subscription
from billing.paying import settling
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.standing import Standing
from tests.billing.dunning.invoices import at, make_invoice, make_payment
from tests.factories import Cast

pytestmark = pytest.mark.django_db


def kept(cast: Cast) -> tuple[str, object]:
    tenant = Tenant.objects.get(pk=cast.tenant.pk)
    return tenant.standing, tenant.standing_since


def test_the_standing_is_kept_with_the_moment_since_when(cast: Cast, invoice: Invoice) -> None:
    review(cast.tenant.pk, now=at(21))
    review(cast.tenant.pk, now=at(22))

    assert kept(cast) == (Standing.SEQUENCES_STOPPED, at(21))


@pytest.mark.parametrize(
    ("zone", "hour", "expected"),
    [("UTC", 23, Standing.OVERDUE), ("Pacific/Auckland", 12, Standing.SEQUENCES_STOPPED)],
)
def test_days_begin_on_the_clock_of_the_account(
    cast: Cast, invoice: Invoice, zone: str, hour: int, expected: Standing
) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(time_zone=zone)

    assert review(cast.tenant.pk, now=at(20, hour=hour)) == expected


def test_a_payment_brings_everything_back_in_its_own_transaction(cast: Cast, invoice: Invoice) -> None:
    review(cast.tenant.pk, now=at(40))
    payment = make_payment(invoice)

    settling.succeed(payment.pk, now=at(40, hour=13))

    assert kept(cast) == (Standing.GOOD, at(40, hour=13))


def test_a_payment_of_one_of_two_invoices_brings_back_what_the_other_one_allows(
    cast: Cast, invoice: Invoice, subscription: Subscription
) -> None:
    make_invoice(subscription, due_on=at(30).date())
    review(cast.tenant.pk, now=at(40))

    settling.succeed(make_payment(invoice).pk, now=at(40))

    assert kept(cast)[0] == Standing.OVERDUE


def test_money_that_goes_back_makes_the_account_stand_as_before(cast: Cast, invoice: Invoice) -> None:
    settling.book(invoice.pk, 5831, now=at(1))

    settling.book(invoice.pk, -5831, now=at(22))

    assert kept(cast)[0] == Standing.SEQUENCES_STOPPED


def test_nothing_more_is_taken_away_while_a_payment_is_under_way_but_for_three_days_only(
    cast: Cast, invoice: Invoice
) -> None:
    review(cast.tenant.pk, now=at(20))
    make_payment(invoice)

    held = review(cast.tenant.pk, now=at(23))
    over = review(cast.tenant.pk, now=at(24))

    assert (held, over) == (Standing.OVERDUE, Standing.SEQUENCES_STOPPED)


def test_a_payment_that_needs_a_person_counts_as_under_way(cast: Cast, invoice: Invoice) -> None:
    review(cast.tenant.pk, now=at(34))
    make_payment(invoice, state=Payment.State.NEEDS_PERSON)

    assert review(cast.tenant.pk, now=at(35)) == Standing.SEQUENCES_STOPPED


def test_credit_notes_and_invoices_that_are_not_due_do_not_count(
    cast: Cast, invoice: Invoice, subscription: Subscription
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(state=Invoice.State.VOID)
    make_invoice(subscription, due_on=at(60).date())
    make_invoice(subscription, kind=Invoice.Kind.CREDIT_NOTE, state=Invoice.State.ISSUED)

    assert review(cast.tenant.pk, now=at(50)) == Standing.GOOD
