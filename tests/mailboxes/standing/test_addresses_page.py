"""The page of addresses, and what an incorrect one means for writing (SPEC I5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import AddressStanding, Mailbox
from mailboxes.standing.changing import Occasion, mark_incorrect, note_unsubscribe
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.matching import CUSTOMER

pytestmark = pytest.mark.django_db

WORDS = "550 5.1.1 No such user here"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)
        mark_incorrect(CUSTOMER, Occasion(cast.tenant.pk, clock.now(), WORDS))
        note_unsubscribe("uma@customers.example", Occasion(cast.tenant.pk, clock.now()))
    return cast


def _standing(cast: Cast) -> AddressStanding:
    with tenant_scope(cast.tenant.pk):
        standing: AddressStanding = AddressStanding.objects.get(address=CUSTOMER)
        return standing


def test_list_shows_what_is_known_and_narrows_it_down(cast: Cast) -> None:
    browser = signed_in(cast.owner)

    everything = browser.get(reverse("mailboxes:address-list")).content.decode()
    incorrect = browser.get(reverse("mailboxes:address-list"), {"standing": "incorrect"}).content.decode()
    found = browser.get(reverse("mailboxes:address-list"), {"q": "uma"}).content.decode()

    assert CUSTOMER in everything
    assert "uma@customers.example" in everything
    assert WORDS in incorrect
    assert "uma@" not in incorrect
    assert CUSTOMER not in found


def test_list_asks_the_same_number_of_questions_however_long_it_is(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    browser.get(reverse("mailboxes:address-list"))
    with CaptureQueriesContext(connection) as of_few:
        browser.get(reverse("mailboxes:address-list"))
    with tenant_scope(cast.tenant.pk):
        for number in range(30):
            mark_incorrect(f"person{number}@customers.example", Occasion(cast.tenant.pk, clock.now(), WORDS))

    with CaptureQueriesContext(connection) as of_many:
        browser.get(reverse("mailboxes:address-list"))

    assert len(of_many) == len(of_few)


def test_clearing_lets_the_address_be_written_to_again(cast: Cast) -> None:
    browser, standing = signed_in(cast.owner), _standing(cast)

    answer = browser.post(reverse("mailboxes:address-clear", args=[standing.pk]), follow=True).content.decode()

    assert "may be written to again" in answer
    assert not _standing(cast).is_incorrect


def test_members_do_not_see_the_list(cast: Cast) -> None:
    assert signed_in(cast.member).get(reverse("mailboxes:address-list")).status_code == 403


def _write(cast: Cast, mailbox: Mailbox) -> str:
    server = make_outgoing(mailbox)
    letter = {"letter_id": str(new_id()), "server": str(server.pk), "to": CUSTOMER, "subject": "Hi", "body": "Hello."}
    return signed_in(cast.owner).post(reverse("mailboxes:compose"), letter, follow=True).content.decode()


def test_a_marketing_mailbox_does_not_write_to_an_incorrect_address(cast: Cast) -> None:
    answer = _write(cast, cast.mailbox)

    assert f"{CUSTOMER} does not work since" in answer
    assert WORDS in answer


def test_a_service_mailbox_does(cast: Cast) -> None:
    assert "does not work since" not in _write(cast, cast.hidden_mailbox)
