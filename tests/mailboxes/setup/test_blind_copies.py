"""Auto-BCC: who gets a copy of all mail of a mailbox (SPEC M20)."""

import pytest
from django.urls import reverse

from mailboxes.models import BlindCopyAddress, Mailbox
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, signed_in


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def _url(mailbox: Mailbox) -> str:
    return reverse("mailboxes:blind-copy-list", args=[mailbox.pk])


def _addresses(mailbox: Mailbox) -> list[str]:
    with tenant_scope(mailbox.tenant_id):
        return list(BlindCopyAddress.objects.filter(mailbox=mailbox).values_list("address", flat=True))


def test_addresses_are_added_and_each_stands_there_once(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    browser.post(_url(cast.mailbox), {"addresses": "Archive <archive@acme.example>, crm@tools.example"})

    response = browser.post(_url(cast.mailbox), {"addresses": "ARCHIVE@acme.example, more@tools.example"})

    assert response.status_code == 302
    assert sorted(_addresses(cast.mailbox)) == ["archive@acme.example", "crm@tools.example", "more@tools.example"]


def test_address_is_removed(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    browser.post(_url(cast.mailbox), {"addresses": "archive@acme.example"})
    with tenant_scope(cast.tenant.pk):
        copied = BlindCopyAddress.objects.get()

    browser.post(reverse("mailboxes:blind-copy-remove", args=[cast.mailbox.pk, copied.pk]))

    assert _addresses(cast.mailbox) == []


@pytest.mark.parametrize(
    "typed",
    ["", "nobody", "a@b@c.example", "x@tools.example, nobody", "Bcc: a@tools.example", "a@tools.example\r\nX: y"],
)
def test_what_is_no_address_is_refused(cast: Cast, typed: str) -> None:
    response = signed_in(cast.owner).post(_url(cast.mailbox), {"addresses": typed})

    assert response.status_code == 422
    assert _addresses(cast.mailbox) == []


def test_addresses_of_the_mailbox_itself_are_refused(cast: Cast) -> None:
    make_outgoing(cast.mailbox, from_address="second@acme.example", reply_to="third@acme.example")
    own = (cast.mailbox.address.upper(), cast.mailbox.direct_address, "second@acme.example", "third@acme.example")

    for address in own:
        response = signed_in(cast.owner).post(_url(cast.mailbox), {"addresses": address})

        assert response.status_code == 422
        assert "is this mailbox itself" in response.content.decode()


def test_another_mailbox_of_the_account_is_taken_with_a_warning(cast: Cast) -> None:
    browser = signed_in(cast.owner)

    page = browser.post(_url(cast.mailbox), {"addresses": cast.hidden_mailbox.address}, follow=True).content.decode()

    assert "each copy opens a conversation there" in page


def test_mailboxes_of_other_accounts_are_not_told_apart(cast: Cast) -> None:
    browser = signed_in(cast.owner)

    page = browser.post(_url(cast.mailbox), {"addresses": cast.other_mailbox.address}, follow=True).content.decode()

    assert "each copy opens a conversation there" not in page


def test_member_may_not_change_who_gets_copies(cast: Cast) -> None:
    response = signed_in(cast.member).post(_url(cast.mailbox), {"addresses": "archive@acme.example"})

    assert response.status_code == 403
    assert _addresses(cast.mailbox) == []


def test_address_of_another_mailbox_is_not_found(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        other = BlindCopyAddress.objects.create(
            tenant=cast.tenant, mailbox=cast.hidden_mailbox, address="x@tools.example", created_at=clock.now()
        )

    response = signed_in(cast.owner).post(reverse("mailboxes:blind-copy-remove", args=[cast.mailbox.pk, other.pk]))

    assert response.status_code == 404
