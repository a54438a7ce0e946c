"""Documents reach the account by mail, once, from the operator (SPEC B4)."""

import logging

import pytest
from pytest_django import Settings

from billing.invoicing.posting import post, post_due
from billing.models import Invoice, Issuer, Subscription
from billing.recipients import recipients_of
from mailboxes.models import OutgoingMessage
from mailboxes.parsing import parse
from mailboxes.platform import ensure_platform
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.models import OutgoingServer
from tests.billing.invoicing.making import MONTH, NOW, make_invoice, set_profile
from tests.factories import Cast, make_outgoing, make_person


@pytest.fixture
def platform(db: None) -> OutgoingServer:
    return ensure_platform("smtp+starttls://mailer:p%40ss@smtp.mailhub.example", "no-reply@mailhub.example")


def sent() -> list[OutgoingMessage]:
    with unscoped("a test looks at every outbox"):
        return list(OutgoingMessage.objects.order_by("created_at", "id"))


def post_all() -> int:
    with unscoped("a test is the clock"):
        return post_due(now=lambda: NOW)


def test_an_invoice_leaves_with_its_pdf_through_the_operators_server(
    platform: OutgoingServer, invoice: Invoice, cast: Cast
) -> None:
    make_outgoing(cast.mailbox)

    assert post_all() == 1

    [outgoing] = sent()
    assert outgoing.tenant_id == platform.tenant_id
    with tenant_scope(platform.tenant_id):
        mail = parse(outgoing.raw())
        raw = outgoing.raw()
    assert mail.subject == f"Invoice {invoice.code} for March 2026: € 78.12"
    assert "Please transfer € 78.12 by 15 April 2026" in mail.text
    assert [one.filename for one in mail.attachments] == [f"invoice-{invoice.code}.pdf"]
    assert [one.addr_spec for one in mail.to] == [cast.owner.user.email]
    assert b"Reply-To: billing@mailhub.example" in raw
    assert invoice.refreshed().posted_at == NOW


def test_each_document_is_mailed_once(platform: OutgoingServer, invoice: Invoice) -> None:
    assert (post_all(), post_all()) == (1, 0)
    assert not post(invoice.pk, now=NOW)

    assert len(sent()) == 1


def test_the_name_of_the_file_stands_in_no_row(platform: OutgoingServer, invoice: Invoice) -> None:
    post_all()

    [outgoing] = sent()
    assert (outgoing.subject, outgoing.attachment_names) == ("", [])


def test_the_address_for_invoices_wins_over_the_owners(cast: Cast, subscription: Subscription) -> None:
    make_person(cast.tenant, Role.ADMINISTRATOR)
    second = make_person(cast.tenant, Role.OWNER)

    assert recipients_of(cast.tenant) == [cast.owner.user.email, second.user.email]
    set_profile(cast.tenant, email="books@acme.example")
    assert recipients_of(cast.tenant) == ["books@acme.example"]


def test_what_fails_leaves_no_mark_and_stops_no_other(
    platform: OutgoingServer, invoice: Invoice, subscription: Subscription, caplog: pytest.LogCaptureFixture
) -> None:
    good = make_invoice(subscription, month=MONTH.next)
    Invoice.objects.filter(pk=invoice.pk).update(buyer={"name": "Acme", "address": 5})

    with caplog.at_level(logging.ERROR):
        assert post_all() == 1

    assert "could not be mailed" in caplog.text
    assert invoice.refreshed().posted_at is None
    assert good.refreshed().posted_at == NOW


def test_what_could_not_be_put_into_the_outbox_is_not_marked_and_goes_later(invoice: Invoice, issuer: Issuer) -> None:
    assert post_all() == 0
    assert invoice.refreshed().posted_at is None

    ensure_platform("smtp://smtp.mailhub.example", "no-reply@mailhub.example")
    assert post_all() == 1


def test_an_account_that_nobody_owns_waits(platform: OutgoingServer, invoice: Invoice, cast: Cast) -> None:
    cast.owner.is_active = False
    cast.owner.save(update_fields=["is_active"])

    assert post_all() == 0
    assert invoice.refreshed().posted_at is None


def test_the_limit_of_the_platform_holds_no_invoice_back(
    platform: OutgoingServer, invoice: Invoice, settings: Settings
) -> None:
    settings.PLATFORM_DAILY_LIMIT = settings.PLATFORM_NEW_TENANT_DAILY_LIMIT = 0

    post_all()

    with tenant_scope(platform.tenant_id):
        [delivery] = sent()[0].deliveries.all()
    assert delivery.state == "queued"
