"""Bank transfers, booked by the operator (SPEC B5)."""

from datetime import timedelta

import pytest

from billing.invoicing.crediting import credit
from billing.invoicing.refusing import Refused
from billing.invoicing.voiding import void
from billing.invoicing.writing_off import write_off
from billing.models import Invoice, Payment, Subscription
from billing.money import Money
from billing.paying import settling
from billing.paying.transfers import book_transfer, repay, reverse_transfer
from tests.billing.invoicing.making import NOW, lines_of, make_invoice, set_issuer

TODAY = NOW.date()


@pytest.fixture
def invoice(subscription: Subscription) -> Invoice:
    """78.12 in all."""
    set_issuer()
    return make_invoice(subscription)


def paid(invoice: Invoice, minor: int, reference: str = "MH-1", *, is_another: bool = False) -> Payment:
    amount = Money(minor, "EUR")
    return book_transfer(
        invoice, amount=amount, received_on=TODAY, reference=reference, by="op", now=NOW, is_another=is_another
    )


def test_a_transfer_pays_an_invoice(invoice: Invoice) -> None:
    payment = paid(invoice, 7812)

    after = invoice.refreshed()
    assert (after.state, after.paid_minor, after.settled_at) == (Invoice.State.PAID, 7812, NOW)
    assert (payment.method, payment.state, payment.made_by) == ("transfer", "succeeded", "op")
    assert (payment.received_on, payment.reference) == (TODAY, "MH-1")


def test_a_part_leaves_the_rest_open(invoice: Invoice) -> None:
    paid(invoice, 7000)

    assert invoice.refreshed().state == Invoice.State.OPEN
    assert invoice.refreshed().balance == Money(812, "EUR")


def test_more_than_the_balance_is_refused(invoice: Invoice) -> None:
    paid(invoice, 7000, "first")

    with pytest.raises(Refused, match=r"only € 8\.12"):
        paid(invoice, 813, "second")
    assert invoice.refreshed().paid_minor == 7000


@pytest.mark.parametrize("amount", [Money(0, "EUR"), Money(-5, "EUR"), Money(100, "USD")])
def test_amounts_that_are_none_are_refused(invoice: Invoice, amount: Money) -> None:
    with pytest.raises(Refused):
        book_transfer(invoice, amount=amount, received_on=TODAY, reference="x", by="op", now=NOW)


def test_a_day_to_come_is_refused(invoice: Invoice) -> None:
    with pytest.raises(Refused, match="still to come"):
        book_transfer(
            invoice,
            amount=Money(1, "EUR"),
            received_on=TODAY + timedelta(days=2),
            reference="x",
            by="op",
            now=NOW,
        )


def test_the_same_reference_on_the_same_day_is_asked_about(invoice: Invoice) -> None:
    paid(invoice, 100)

    with pytest.raises(Refused, match="already"):
        paid(invoice, 100)
    paid(invoice, 100, is_another=True)
    assert invoice.refreshed().paid_minor == 200


def test_a_void_invoice_takes_no_transfer(invoice: Invoice) -> None:
    void(invoice, reason="Wrong", by="op", now=NOW)

    with pytest.raises(Refused, match="void"):
        paid(invoice, 100)


def test_money_for_an_invoice_that_was_given_up_is_booked(invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(state=Invoice.State.WRITTEN_OFF)

    paid(invoice, 7812)

    assert invoice.refreshed().state == Invoice.State.PAID


def test_a_transfer_booked_by_mistake_opens_the_invoice_again(invoice: Invoice) -> None:
    payment = paid(invoice, 7812)

    back = reverse_transfer(payment, by="op", now=NOW)

    assert back.amount == Money(-7812, "EUR")
    assert (invoice.refreshed().state, invoice.refreshed().paid_minor) == (Invoice.State.OPEN, 0)
    with pytest.raises(Refused, match="taken back already"):
        reverse_transfer(payment, by="op", now=NOW)
    with pytest.raises(Refused, match="Only transfers"):
        reverse_transfer(back, by="op", now=NOW)
    paid(invoice, 7812)
    assert invoice.refreshed().state == Invoice.State.PAID


def test_money_goes_back_up_to_what_was_paid_too_much(invoice: Invoice) -> None:
    paid(invoice, 7812)
    plan, _overage = lines_of(invoice)
    credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op", now=NOW)

    with pytest.raises(Refused, match=r"only € 10\.71 has to go back"):
        repay(invoice, amount=Money(1072, "EUR"), returned_on=TODAY, reference="back", by="op", now=NOW)
    payment = repay(invoice, amount=Money(1071, "EUR"), returned_on=TODAY, reference="back", by="op", now=NOW)

    assert payment.amount == Money(-1071, "EUR")
    assert invoice.refreshed().balance == Money(0, "EUR")
    assert invoice.refreshed().state == Invoice.State.PAID


def test_nothing_goes_back_of_what_is_owed(invoice: Invoice) -> None:
    with pytest.raises(Refused, match=r"only € 0\.00"):
        repay(invoice, amount=Money(1, "EUR"), returned_on=TODAY, reference="back", by="op", now=NOW)


def test_money_of_a_card_that_comes_after_an_invoice_was_given_up_pays_it(invoice: Invoice) -> None:
    payment = card_payment(invoice, 7812, Payment.State.FAILED)
    write_off(invoice, now=NOW)

    settling.succeed(payment.pk, reference="pi_late", now=NOW)

    assert (invoice.refreshed().state, invoice.refreshed().balance) == (Invoice.State.PAID, Money(0, "EUR"))


def test_an_invoice_whose_payment_waits_for_a_person_can_be_given_up(invoice: Invoice) -> None:
    card_payment(invoice, 7812, Payment.State.NEEDS_PERSON)

    write_off(invoice, now=NOW)

    assert invoice.refreshed().state == Invoice.State.WRITTEN_OFF


def test_nothing_is_returned_while_it_goes_back_to_a_card(invoice: Invoice) -> None:
    paid(invoice, 7812)
    plan, _overage = lines_of(invoice)
    credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op", now=NOW)
    card_payment(invoice, -1071, Payment.State.PENDING)

    with pytest.raises(Refused, match="under way"):
        repay(invoice, amount=Money(1071, "EUR"), returned_on=TODAY, reference="back", by="op", now=NOW)


def card_payment(invoice: Invoice, minor: int, state: Payment.State) -> Payment:
    made: Payment = Payment.objects.create(
        tenant_id=invoice.tenant_id,
        invoice=invoice,
        method=Payment.Method.CARD,
        state=state,
        amount_minor=minor,
        currency="EUR",
        created_at=NOW,
    )
    return made
