"""What a person sent with another program joins its conversation; copies of what we sent are nobody's news."""

from datetime import timedelta

import pytest

from mailboxes.models import Conversation, Delivery, Message, SentCopy
from mailhub import clock
from servers.models import FolderRole
from tests.mailboxes.folders.office import CUSTOMER, FolderOffice, mail

pytestmark = pytest.mark.usefixtures("office")

LATER = timedelta(minutes=3)
_State = Message.State


@pytest.fixture(autouse=True)
def _nothing_is_historic(office: FolderOffice) -> None:
    office.poll()


def test_a_letter_of_another_program_joins_the_conversation_that_it_answers(office: FolderOffice) -> None:
    office.put("INBOX", mail(CUSTOMER, office.user.address, "Question", message_id="question@customers.example"))
    office.poll()
    conversation = office.message("Question").conversation
    assert conversation is not None
    Conversation.objects.update(status=Conversation.Status.CLOSED)
    answer = mail(office.user.address, CUSTOMER, "Re: Question", in_reply_to="question@customers.example")

    office.put("Sent", answer)
    office.poll(after=LATER)

    joined = office.message("Re: Question")
    changed = conversation.refreshed()
    assert joined.conversation_id == conversation.pk
    assert joined.answers_id is None
    assert changed.status == Conversation.Status.CLOSED
    assert changed.message_count == 2
    assert changed.last_received_at == conversation.last_received_at


def test_an_answer_to_a_letter_of_another_program_joins_its_conversation(office: FolderOffice) -> None:
    letter = mail(office.user.address, f"Cleo <{CUSTOMER}>", "Offer", message_id="offer@program.example")
    office.put("Sent", letter)
    office.poll(after=LATER)
    conversation = Conversation.objects.get()
    assert conversation.status == Conversation.Status.CLOSED
    assert conversation.correspondent_address == CUSTOMER
    assert conversation.last_received_at is None

    office.put("INBOX", mail(CUSTOMER, office.user.address, "Re: Offer", in_reply_to="offer@program.example"))
    office.poll()

    assert office.message("Re: Offer").conversation_id == conversation.pk
    assert conversation.refreshed().status == Conversation.Status.OPEN


def test_a_letter_that_is_found_after_its_answer_joins_the_conversation_of_the_answer(office: FolderOffice) -> None:
    office.change(read_sent=False)
    office.put("Sent", mail(office.user.address, CUSTOMER, "Offer", message_id="offer@program.example"))
    office.put("INBOX", mail(CUSTOMER, office.user.address, "Re: Offer", in_reply_to="offer@program.example"))
    office.poll()

    office.change(read_sent=True)
    office.poll(after=LATER)

    assert office.message("Offer").conversation_id == office.message("Re: Offer").conversation_id
    assert Conversation.objects.get().message_count == 2


def test_a_letter_to_other_people_does_not_join_although_it_quotes(office: FolderOffice) -> None:
    office.put("INBOX", mail(CUSTOMER, office.user.address, "Question", message_id="question@customers.example"))
    office.poll()
    forward = mail(office.user.address, "boss@acme.example", "Fwd", in_reply_to="question@customers.example")

    office.put("Sent", forward)
    office.poll(after=LATER)

    conversation = office.message("Fwd").conversation
    assert conversation is not None
    assert conversation.pk != office.message("Question").conversation_id
    assert conversation.related_to_id == office.message("Question").conversation_id


def test_a_copy_of_what_we_sent_is_in_no_conversation_and_no_count(office: FolderOffice) -> None:
    customer = office.servers.new_user("customers.example")
    sent = office.send(customer.address)

    office.put("Sent", sent.raw())
    office.poll(after=LATER)

    copy = Message.objects.get()
    assert copy.state == _State.OWN_COPY
    assert copy.conversation_id is None
    assert Conversation.objects.get().message_count == 1


def test_an_uncertain_delivery_is_sent_once_its_message_stands_in_sent(office: FolderOffice) -> None:
    sent = office.submit(office.outgoing, CUSTOMER)
    sent.deliveries.update(state=Delivery.State.UNCERTAIN)

    office.put("Sent", sent.raw())
    office.poll(after=LATER)

    delivery = sent.deliveries.get()
    assert delivery.state == Delivery.State.SENT
    assert "Found in the Sent folder" in delivery.reply_text
    assert delivery.settled_at is not None


def test_a_copy_that_we_put_there_ourselves_proves_nothing(office: FolderOffice) -> None:
    sent = office.submit(office.outgoing, CUSTOMER)
    sent.deliveries.update(state=Delivery.State.UNCERTAIN)
    now = clock.now()
    SentCopy.objects.create(
        tenant=office.tenant, outgoing_message=sent, server=office.incoming, not_before=now, created_at=now
    )

    office.put("Sent", sent.raw())
    office.poll(after=LATER)

    assert sent.deliveries.get().state == Delivery.State.UNCERTAIN


@pytest.mark.parametrize("first", ["INBOX", "Sent"])
def test_a_letter_to_oneself_that_stands_in_inbox_and_sent_exists_once(office: FolderOffice, first: str) -> None:
    us = office.user.address
    letter = mail(us, us, "Note", message_id="note@program.example")
    places = {"Sent": letter, "INBOX": b"Received: from program.example; Mon, 02 Mar 2026 09:00:01 +0000\r\n" + letter}

    office.put(first, places.pop(first))
    office.poll(after=LATER)
    [(second, raw)] = places.items()
    office.put(second, raw)
    office.poll(after=2 * LATER)

    assert Conversation.objects.get().message_count == 1
    assert set(Message.objects.values_list("state", flat=True)) == {_State.RECEIVED, _State.OWN_COPY}


def test_another_mail_under_the_message_id_of_our_letter_is_not_hidden(office: FolderOffice) -> None:
    us = office.user.address
    office.put("Sent", mail(us, CUSTOMER, "Offer", message_id="offer@program.example"))
    office.poll(after=LATER)

    office.put("INBOX", mail(us, us, "Pay here", message_id="offer@program.example", text="Now!"))
    office.poll()

    assert office.message("Pay here").state == _State.RECEIVED
    assert office.message("Pay here").conversation_id is not None


def test_what_was_stored_before_sent_was_numbered_anew_is_not_there_twice(office: FolderOffice) -> None:
    office.put("Sent", mail(office.user.address, CUSTOMER, "Offer"))
    office.poll(after=LATER)
    folder = office.folder(FolderRole.SENT)
    type(folder).objects.filter(pk=folder.pk).update(uidvalidity=folder.uidvalidity - 1)

    office.put("Sent", mail(office.user.address, CUSTOMER, "Second offer"))
    office.poll(after=2 * LATER)
    office.poll(after=3 * LATER)

    assert sorted(Message.objects.values_list("subject", flat=True)) == ["Offer", "Second offer"]
    assert office.folder(FolderRole.SENT).resync_count == 0
