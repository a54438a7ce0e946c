"""Letters about overdue invoices: which, to whom, what they say, and each once."""

import contextlib
from datetime import timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives

from billing.dunning import finding, reminding, tasks
from billing.models import BillingProfile, Invoice, Issuer, Payment, Reminder, Subscription
from billing.paying import settling
from mailhub import clock
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped
from mailhub.tenancy.standing import Standing
from tests.billing.dunning.invoices import DUE, at, make_invoice, make_payment
from tests.factories import Cast, make_person, make_tenant

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(Reminder.objects.order_by("sent_at").values_list("kind", flat=True))


def test_nothing_is_written_before_the_first_letter_is_due(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    assert reminding.remind(cast.tenant.pk, now=at(2)) is None

    assert mailoutbox == []
    assert cast.tenant.__class__.objects.get(pk=cast.tenant.pk).standing == Standing.OVERDUE


def test_a_letter_names_number_amount_due_date_and_what_happens_when(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    Issuer.objects.update(iban="DE06100000000000000017", email="billing@operator.example")

    reminding.remind(cast.tenant.pk, now=at(3))

    [mail] = mailoutbox
    html = str(mail.alternatives[0][0])
    assert mail.to == [cast.owner.user.email]
    assert mail.reply_to == ["billing@operator.example"]
    assert mail.subject == f"Perhaps it slipped through: invoice {invoice.code} is not paid"
    for said in (invoice.code, "€ 58.31", "1 March 2026", "22 March 2026", "5 April 2026", "nothing is deleted"):
        assert said in mail.body
        assert said in html
    assert "DE06100000000000000017" in mail.body
    assert "{%" not in mail.body + html


@pytest.mark.parametrize(
    ("late", "subject"),
    [
        (10, "Reminder: invoice {code} is not paid"),
        (16, "Your sequences stop on 22 March: invoice {code} is not paid"),
        (21, "Your sequences stand still: invoice {code} is not paid"),
        (30, "Acme becomes read-only on 5 April: invoice {code} is not paid"),
        (35, "Acme is read-only: invoice {code} is not paid"),
    ],
)
def test_each_stage_has_a_letter_of_its_own(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage], late: int, subject: str
) -> None:
    reminding.remind(cast.tenant.pk, now=at(late))

    assert [mail.subject for mail in mailoutbox] == [subject.format(code=invoice.code)]


def test_hours_of_running_write_each_letter_once(cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]) -> None:
    for hour in range(0, 24 * 40, 6):
        reminding.remind(cast.tenant.pk, now=at(0) + timedelta(hours=hour))

    assert len(mailoutbox) == 6
    assert kinds() == [
        "reminder-1",
        "reminder-2",
        "before-sequences-stop",
        "sequences-stop",
        "before-read-only",
        "read-only",
    ]


def test_after_a_month_without_a_worker_there_is_one_letter(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    reminding.remind(cast.tenant.pk, now=at(31))
    reminding.remind(cast.tenant.pk, now=at(31, hour=13))

    assert len(mailoutbox) == 1
    assert kinds() == ["before-read-only"]


def test_several_overdue_invoices_stand_in_one_mail(
    cast: Cast, invoice: Invoice, subscription: Subscription, mailoutbox: list[EmailMessage]
) -> None:
    second = make_invoice(subscription, due_on=DUE + timedelta(days=1), total_minor=1000)

    reminding.remind(cast.tenant.pk, now=at(4))

    [mail] = mailoutbox
    assert mail.subject == "Perhaps it slipped through: 2 invoices are not paid"
    assert invoice.code in mail.body
    assert second.code in mail.body
    assert "In all: € 68.31" in mail.body
    assert kinds() == ["reminder-1", "reminder-1"]


def test_letters_go_to_the_address_of_the_profile_where_there_is_one(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    BillingProfile.objects.create(tenant=cast.tenant, email="accounts@acme.example")

    reminding.remind(cast.tenant.pk, now=at(3))

    assert mailoutbox[0].to == ["accounts@acme.example"]


def test_letters_go_to_all_owners_who_are_active_and_to_nobody_else(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    second, gone = make_person(cast.tenant, Role.OWNER), make_person(cast.tenant, Role.OWNER)
    Membership.objects.filter(pk=gone.pk).update(is_active=False)

    reminding.remind(cast.tenant.pk, now=at(3))

    assert mailoutbox[0].to == [cast.owner.user.email, second.user.email]


def test_an_account_without_owners_gets_its_letter_once_it_has_one(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    Membership.objects.filter(pk=cast.owner.pk).update(is_active=False)
    reminding.remind(cast.tenant.pk, now=at(3))
    Membership.objects.filter(pk=cast.owner.pk).update(is_active=True)

    reminding.remind(cast.tenant.pk, now=at(4))

    assert len(mailoutbox) == 1


def test_nobody_hears_of_money_in_the_night_of_their_own_clock(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    Tenant.objects.filter(pk=cast.tenant.pk).update(time_zone="America/New_York")

    reminding.remind(cast.tenant.pk, now=at(3, hour=12) - timedelta(hours=1))
    at_night = len(mailoutbox)
    reminding.remind(cast.tenant.pk, now=at(3, hour=14))

    assert (at_night, len(mailoutbox)) == (0, 1)


def test_a_payment_under_way_holds_a_letter_back_for_three_days(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    make_payment(invoice)

    reminding.remind(cast.tenant.pk, now=at(5))
    held = len(mailoutbox)
    reminding.remind(cast.tenant.pk, now=at(6))

    assert (held, len(mailoutbox)) == (0, 1)


def test_a_card_that_is_charged_again_soon_holds_a_letter_back(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(next_charge_at=at(4))
    reminding.remind(cast.tenant.pk, now=at(3))
    held = len(mailoutbox)

    Invoice.objects.filter(pk=invoice.pk).update(next_charge_at=at(20))
    reminding.remind(cast.tenant.pk, now=at(3))

    assert (held, len(mailoutbox)) == (0, 1)


@pytest.mark.parametrize("state", [Invoice.State.PAID, Invoice.State.VOID, Invoice.State.WRITTEN_OFF])
def test_nothing_is_written_about_what_is_settled(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage], state: str
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(state=state)

    reminding.remind(cast.tenant.pk, now=at(40))

    assert mailoutbox == []


def test_what_is_partly_paid_is_asked_for_only_as_far_as_it_is_open(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    settling.book(invoice.pk, 5000, now=at(1))

    reminding.remind(cast.tenant.pk, now=at(3))

    assert "Still to pay: € 8.31 of € 58.31" in mailoutbox[0].body


def test_a_mail_that_cannot_be_sent_leaves_no_trace_and_is_tried_again(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage], settings: object
) -> None:
    settings.INVOICE_EMAIL_BACKEND = "billing.no.such.backend"  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        reminding.remind(cast.tenant.pk, now=at(3))
    written = kinds()
    settings.INVOICE_EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]

    reminding.remind(cast.tenant.pk, now=at(3))

    assert (written, kinds(), len(mailoutbox)) == ([], ["reminder-1"], 1)


def test_the_clock_finds_accounts_with_open_invoices_past_due_and_those_that_stand_badly(
    cast: Cast, invoice: Invoice
) -> None:
    stale = make_tenant("Stale")
    Tenant.objects.filter(pk=stale.pk).update(standing=Standing.OVERDUE)

    with unscoped("a test asks for all"):
        before = finding.tenants_to_review(now=at(-2))
        after = finding.tenants_to_review(now=at(1))

    assert before == [stale.pk]
    assert after == sorted([cast.tenant.pk, stale.pk])


def test_one_account_that_fails_does_not_stop_the_others(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a bell of its own."""
    rung: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks.remind, "ring", lambda *ids: rung.append(ids))
    monkeypatch.setattr(clock, "now", lambda: at(3))
    other = make_tenant("Other")
    Tenant.objects.filter(pk=cast.tenant.pk).update(time_zone="No/Such_Zone")
    with tenant_scope(other.pk):
        make_invoice(Subscription.objects.get(), due_on=DUE)
    make_person(other, Role.OWNER)

    tasks.look_at_overdue.run()
    done = 0
    for ids in rung:
        with tenant_scope(int(str(ids[0]))), contextlib.suppress(ZoneInfoNotFoundError):
            tasks.remind.run(*ids)
            done += 1

    assert sorted(rung) == sorted([(cast.tenant.pk,), (other.pk,)])
    assert (done, len(mailoutbox)) == (1, 1)


def test_the_state_of_the_payment_does_not_matter_once_it_failed(
    cast: Cast, invoice: Invoice, mailoutbox: list[EmailMessage]
) -> None:
    make_payment(invoice, state=Payment.State.FAILED)

    reminding.remind(cast.tenant.pk, now=at(3))

    assert len(mailoutbox) == 1
