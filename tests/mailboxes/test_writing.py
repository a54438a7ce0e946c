"""A letter is sent once, however often its form comes."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from mailboxes import writing
from mailboxes.addresses import Address
from mailboxes.composing import CompositionRefused
from mailboxes.models import Conversation, Delivery, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def _letter(cast: Cast, *to: str, subject: str = "Your quote") -> writing.Letter:
    return writing.Letter(
        id=new_id(),
        server=make_outgoing(cast.mailbox),
        to=tuple(Address("", one) for one in to or ("first@customers.example",)),
        cc=(),
        subject=subject,
        text="Here it is.",
        html="",
        attachments=(),
        written_by=cast.owner,
    )


def test_the_same_letter_twice_is_one_message_in_one_conversation(cast: Cast) -> None:
    letter = _letter(cast)
    with tenant_scope(cast.tenant.pk):
        first = writing.send_new(letter, now=clock.now())
        second = writing.send_new(letter, now=clock.now())

        assert first.pk == second.pk
        assert Conversation.objects.count() == 1
        assert Delivery.objects.count() == 1


def test_the_same_letter_from_two_requests_at_once_is_one_message(cast: Cast) -> None:
    letter = _letter(cast)
    sent: list[OutgoingMessage] = []
    gate = threading.Barrier(4)

    def request() -> None:
        with tenant_scope(cast.tenant.pk):
            gate.wait()
            sent.append(writing.send_new(letter, now=clock.now()))
        connection.close()

    _run_at_once(request, count=4)

    with tenant_scope(cast.tenant.pk):
        assert len(sent) == 4
        assert {one.pk for one in sent} == {letter.id}
        assert Conversation.objects.count() == 1
        assert Delivery.objects.count() == 1


def test_an_address_named_twice_gets_one_copy(cast: Cast) -> None:
    letter = _letter(cast, "first@customers.example", "First@Customers.example")
    with tenant_scope(cast.tenant.pk):
        outgoing = writing.send_new(letter, now=clock.now())

        assert outgoing.deliveries.count() == 1


def test_a_refused_letter_leaves_nothing_behind(cast: Cast) -> None:
    letter = _letter(cast, "not an address")
    with tenant_scope(cast.tenant.pk):
        with pytest.raises(CompositionRefused):
            writing.send_new(letter, now=clock.now())

        assert Conversation.objects.count() == 0
        assert OutgoingMessage.objects.count() == 0


def _run_at_once(work: Callable[[], None], *, count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
