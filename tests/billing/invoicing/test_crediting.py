"""Credit notes, void invoices, and invoices issued anew (SPEC B4)."""

import uuid

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.invoicing.crediting import credit, creditable_of
from billing.invoicing.refusing import Refused
from billing.invoicing.voiding import reissue, void
from billing.models import Invoice, InvoiceLine, Issuer, Payment, TaxRate
from billing.money import Money
from billing.paying.finding import payments_to_follow
from billing.paying.transfers import book_transfer
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.billing.invoicing.making import NOW, lines_of, set_profile
from tests.factories import Cast


def test_a_credit_note_takes_back_a_part_with_its_tax(invoice: Invoice) -> None:
    plan, _overage = lines_of(invoice)

    note = credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op@mailhub.example", now=NOW)

    assert (note.kind, note.state, note.corrects_id) == (Invoice.Kind.CREDIT_NOTE, Invoice.State.ISSUED, invoice.pk)
    assert (note.net_minor, note.tax_minor, note.total_minor) == (-900, -171, -1071)
    assert note.number == invoice.number + 1
    assert invoice.refreshed().balance == Money(7812 - 1071, "EUR")


def test_parts_that_make_the_whole_give_back_exactly_what_was_invoiced(invoice: Invoice) -> None:
    plan, overage = lines_of(invoice)
    parts = [{plan.pk: 1633}, {plan.pk: 1633}, {plan.pk: 1634}, {overage.pk: 555}, {overage.pk: 1110}]

    notes = [credit(invoice, lines=part, reason="Bit by bit", by="op", now=NOW) for part in parts]

    assert sum(one.net_minor for one in notes) == -invoice.net_minor
    assert sum(one.tax_minor for one in notes) == -invoice.tax_minor
    assert invoice.refreshed().credited_minor == invoice.total_minor
    assert invoice.refreshed().state == Invoice.State.PAID


@pytest.mark.django_db(transaction=False)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(1, 3000), min_size=1, max_size=8))
def test_no_row_of_credit_notes_takes_back_more_than_the_invoice(invoice: Invoice, amounts: list[int]) -> None:
    with transaction.atomic():
        plan, overage = lines_of(invoice)
        notes = []
        for number, amount in enumerate(amounts):
            line = (plan, overage)[number % 2]
            left = {one.line.pk: one.left_minor for one in creditable_of(invoice)}[line.pk]
            if amount <= left:
                notes.append(credit(invoice, lines={line.pk: amount}, reason="Some", by="op", now=NOW))
            else:
                with pytest.raises(Refused):
                    credit(invoice, lines={line.pk: amount}, reason="Some", by="op", now=NOW)
        rest = {one.line.pk: one.left_minor for one in creditable_of(invoice) if one.left_minor}
        if rest:
            notes.append(credit(invoice, lines=rest, reason="The rest", by="op", now=NOW))

        assert all(one.net_minor < 0 and one.tax_minor <= 0 for one in notes)
        assert sum(one.total_minor for one in notes) == -invoice.total_minor
        transaction.set_rollback(True)


@pytest.mark.parametrize("amount", [4901, -1, 10**12])
def test_more_than_is_left_of_a_line_is_refused(invoice: Invoice, amount: int) -> None:
    plan, _overage = lines_of(invoice)

    with pytest.raises(Refused):
        credit(invoice, lines={plan.pk: amount}, reason="Too much", by="op", now=NOW)

    assert invoice.refreshed().credited_minor == 0
    assert Issuer.objects.default().last_number == invoice.number


def test_lines_of_others_nothing_at_all_and_no_reason_are_refused(invoice: Invoice) -> None:
    plan, _overage = lines_of(invoice)

    for lines, reason in (({uuid.uuid4(): 1}, "Why"), ({}, "Why"), ({plan.pk: 0}, "Why"), ({plan.pk: 1}, " \x07 ")):
        with pytest.raises(Refused):
            credit(invoice, lines=lines, reason=reason, by="op", now=NOW)


def test_a_credit_note_is_not_taken_back(invoice: Invoice) -> None:
    plan, _overage = lines_of(invoice)
    note = credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op", now=NOW)
    [line] = lines_of(note)

    with pytest.raises(Refused, match="credit note"):
        credit(note, lines={line.pk: 900}, reason="Again", by="op", now=NOW)


def test_what_was_paid_and_then_taken_back_has_to_go_back(invoice: Invoice) -> None:
    book_transfer(invoice, amount=invoice.total, received_on=NOW.date(), reference="MH", by="op", now=NOW)
    plan, _overage = lines_of(invoice)

    credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op", now=NOW)

    assert invoice.refreshed().balance == Money(-1071, "EUR")
    assert invoice.refreshed().state == Invoice.State.PAID


def test_parties_and_rate_are_those_of_the_invoice(invoice: Invoice, cast: Cast) -> None:
    set_profile(cast.tenant, company="Moved", country="FR", vat_id="FR1")
    plan, _overage = lines_of(invoice)

    note = credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op", now=NOW)

    assert (note.buyer, note.seller, note.tax_rate) == (invoice.buyer, invoice.seller, 1900)


def test_a_void_invoice_is_taken_back_as_a_whole_and_never_asked_for(invoice: Invoice) -> None:
    note = void(invoice, reason="Wrong company", by="op", now=NOW)

    after = invoice.refreshed()
    assert (after.state, after.balance) == (Invoice.State.VOID, Money(0, "EUR"))
    assert note.total_minor == -invoice.total_minor


def test_what_is_left_of_a_partly_credited_invoice_can_be_void(invoice: Invoice) -> None:
    plan, _overage = lines_of(invoice)
    first = credit(invoice, lines={plan.pk: 900}, reason="Outage", by="op", now=NOW)

    rest = void(invoice, reason="Wrong company", by="op", now=NOW)

    assert first.total_minor + rest.total_minor == -invoice.total_minor
    assert invoice.refreshed().balance == Money(0, "EUR")


def test_what_is_paid_or_being_paid_is_not_made_void(invoice: Invoice) -> None:
    part = Money(100, "EUR")
    with tenant_scope(invoice.tenant_id):
        payment = Payment.objects.create(
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            method=Payment.Method.CARD,
            amount_minor=invoice.total_minor,
            currency="EUR",
            created_at=NOW,
        )
    with pytest.raises(Refused, match="under way"):
        void(invoice, reason="Wrong", by="op", now=NOW)
    Payment.objects.filter(pk=payment.pk).update(state=Payment.State.FAILED)
    book_transfer(invoice, amount=part, received_on=NOW.date(), reference="Some", by="op", now=NOW)

    with pytest.raises(Refused, match="was paid"):
        void(invoice, reason="Wrong", by="op", now=NOW)
    assert invoice.refreshed().state == Invoice.State.OPEN


def test_an_invoice_whose_payment_waits_for_a_person_can_be_made_void(invoice: Invoice) -> None:
    Payment.objects.create(
        tenant_id=invoice.tenant_id,
        invoice=invoice,
        method=Payment.Method.CARD,
        state=Payment.State.NEEDS_PERSON,
        amount_minor=invoice.total_minor,
        currency="EUR",
        created_at=NOW,
    )

    void(invoice, reason="Wrong", by="op", now=NOW)

    assert invoice.refreshed().state == Invoice.State.VOID
    # The clock finds the payment, and has the provider take no money for it any more.
    with unscoped("as the clock does"):
        assert [one for _tenant, one in payments_to_follow(now=NOW)] == [Payment.objects.get().pk]


def test_a_void_invoice_is_not_made_void_again_and_not_credited(invoice: Invoice) -> None:
    void(invoice, reason="Wrong", by="op", now=NOW)
    plan, _overage = lines_of(invoice)

    with pytest.raises(Refused, match="void"):
        void(invoice, reason="Wrong", by="op", now=NOW)
    with pytest.raises(Refused, match="void"):
        credit(invoice, lines={plan.pk: 1}, reason="Wrong", by="op", now=NOW)


def test_a_month_is_issued_anew_to_todays_details(invoice: Invoice, cast: Cast) -> None:
    void(invoice, reason="Wrong company", by="op", now=NOW)
    set_profile(cast.tenant, company="The right one", country="DE")

    again = reissue(invoice, now=NOW)

    assert again.period_id == invoice.period_id
    assert again.buyer["name"] == "The right one"
    assert again.state == Invoice.State.OPEN
    assert again.number == invoice.number + 2


def test_a_month_that_has_an_invoice_is_not_issued_anew(invoice: Invoice) -> None:
    with pytest.raises(Refused, match=invoice.code):
        reissue(invoice, now=NOW)
    void(invoice, reason="Wrong", by="op", now=NOW)
    again = reissue(invoice, now=NOW)

    with pytest.raises(Refused, match=again.code):
        reissue(invoice, now=NOW)


def test_a_missing_rate_is_said_and_takes_no_number(invoice: Invoice, cast: Cast) -> None:
    void(invoice, reason="Wrong", by="op", now=NOW)
    set_profile(cast.tenant, country="MT")
    TaxRate.objects.filter(country="MT").delete()
    before = Issuer.objects.default().last_number

    with pytest.raises(Refused, match="MT"):
        reissue(invoice, now=NOW)

    assert Issuer.objects.default().last_number == before


def test_lines_of_a_credit_note_stand_in_the_place_of_what_they_take_back(invoice: Invoice) -> None:
    _plan, overage = lines_of(invoice)

    note = credit(invoice, lines={overage.pk: 1665}, reason="All of it", by="op", now=NOW)

    line = InvoiceLine.objects.get(invoice=note)
    assert (line.position, line.quantity, line.unit_minor, line.net_minor) == (2, 3, 555, -1665)
