"""A letter is sent once, however often its form comes."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from mailboxes import writing
from mailboxes.addresses import Address
from mailboxes.composing import AttachmentUpload, CompositionRefused
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


@pytest.mark.parametrize(
    "changes",
    [
        {"to": (Address("", "other@customers.example"),)},
        {"cc": (Address("", "other@customers.example"),)},
        {"bcc": (Address("", "other@customers.example"),)},
        {"send_at": clock.now() + timedelta(days=1), "is_scheduled": True},
        {"subject": "Another subject"},
        {"text": "Here it is. And more."},
        {"html": "<p>Here it is.</p>"},
        {"attachments": (AttachmentUpload("offer.pdf", "application/pdf", b"%PDF"),)},
    ],
)
def test_another_letter_with_the_same_id_is_refused_and_not_taken_for_sent(cast: Cast, changes: dict[str, Any]) -> None:
    letter = _letter(cast)
    with tenant_scope(cast.tenant.pk):
        writing.send_new(letter, now=clock.now())
        with pytest.raises(writing.AnotherWasSent):
            writing.send_new(replace(letter, **changes), now=clock.now())

        assert OutgoingMessage.objects.count() == 1


def test_the_same_letter_with_files_and_html_twice_is_one_message(cast: Cast) -> None:
    files = (AttachmentUpload("Entwürfe.pdf", "application/pdf", b"%PDF" * 90),)
    letter = replace(_letter(cast), html="<p>Grüße</p>", text="Grüße\r\n\r\n.\nFrom me", attachments=files)
    with tenant_scope(cast.tenant.pk):
        first = writing.send_new(letter, now=clock.now())
        second = writing.send_new(letter, now=clock.now())

        assert first.pk == second.pk


def test_different_letters_with_one_id_at_once_are_never_both_taken_for_sent(cast: Cast) -> None:
    letter = _letter(cast)
    sent: list[OutgoingMessage] = []
    refused: list[writing.AnotherWasSent] = []
    gate = threading.Barrier(2)
    texts = ["For Luc", "For Grace"]

    def request() -> None:
        mine = replace(letter, text=texts.pop())
        with tenant_scope(cast.tenant.pk):
            gate.wait()
            try:
                sent.append(writing.send_new(mine, now=clock.now()))
            except writing.AnotherWasSent as error:
                refused.append(error)
        connection.close()

    _run_at_once(request, count=2)

    assert (len(sent), len(refused)) == (1, 1)


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
