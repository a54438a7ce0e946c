"""What is indexed, and what never is."""

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes import emptying, receiving, regrouping, searching
from mailboxes.models import Conversation, Mailbox, Message, Note, OutgoingMessage, SearchEntry
from mailboxes.searching import backlog
from mailboxes.smime.states import EncryptionState, SmimeResult
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from tests.factories import Cast, make_outgoing
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send
from tests.mailboxes.searching.conftest import Find


def _wait(mailbox: Mailbox, count: int) -> None:
    """Store messages that nobody has read yet."""
    for number in range(count):
        raw = make_raw(subject=f"Number {number}", text=f"pallet{number} and others").as_bytes()
        Message.objects.create(
            tenant_id=mailbox.tenant_id,
            mailbox=mailbox,
            raw_sha256=blobs.put(mailbox.tenant_id, raw),
            size=len(raw),
            stored_at=clock.now(),
            received_at=clock.now(),
        )


def _statements(mailbox: Mailbox, count: int) -> int:
    _wait(mailbox, count)
    with CaptureQueriesContext(connection) as captured:
        receiving.receive_waiting(mailbox.pk, now=clock.now)
    return len([one for one in captured if "search" in one["sql"]])


def test_a_window_of_messages_is_indexed_in_as_many_statements_as_one(cast: Cast, find: Find) -> None:
    assert _statements(cast.mailbox, 9) == _statements(cast.hidden_mailbox, 1)

    assert find("pallet7") == {"Number 7"}
    assert not Message.objects.filter(is_searchable=False).exists()


def test_of_mail_that_came_encrypted_only_the_header_is_indexed(cast: Cast, find: Find) -> None:
    message = receive(cast.mailbox, make_raw(subject="Sealed offer", text="The price is seventeen."))
    message.smime = SmimeResult(encryption=EncryptionState.DECRYPTED, entity_sha256="0" * 64).as_json()
    message.is_searchable = False
    message.save()

    backlog.index_waiting()

    assert find("seventeen") == set()
    assert find("subject:sealed from:nina") == {"Sealed offer"}


def test_security_mail_is_never_indexed(cast: Cast, find: Find) -> None:
    message = receive(cast.mailbox, make_raw())
    sent = send(make_outgoing(cast.mailbox), cast.owner, conversation=conversation_of(message), answers=message)
    searching.forget([sent.pk])
    OutgoingMessage.objects.update(is_confidential=True, is_searchable=False)

    searching.index_sent(sent.refreshed(), "The code is 246810.")
    backlog.index_waiting()

    assert find("246810") == set()
    assert not SearchEntry.objects.filter(kind=SearchEntry.Kind.SENT).exists()


def test_a_changed_note_is_found_by_its_new_words_only(cast: Cast, find: Find) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw(subject="Quote")))
    note = Note(id=new_id(), tenant=cast.tenant, conversation=conversation, author=cast.owner, created_at=clock.now())
    note.text = "Ask the warehouse first."
    note.save()

    searching.index_note(note, conversation)
    assert find("warehouse") == {"Quote"}

    note.text = "Ask the bookkeeper first."
    searching.index_note(note, conversation)
    assert find("warehouse") == set()
    assert find("bookkeeper") == {"Quote"}
    assert find("bookkeeper", cast.stranger) == set()


def test_what_was_there_before_is_indexed_later(cast: Cast, find: Find) -> None:
    message = receive(cast.mailbox, make_raw(subject="Old", text="the ancient pallet"))
    send(
        make_outgoing(cast.mailbox),
        cast.owner,
        text="We ship the crate.",
        conversation=conversation_of(message),
        answers=message,
    )
    searching.forget(list(SearchEntry.objects.values_list("pk", flat=True)))
    Message.objects.update(is_searchable=False)
    OutgoingMessage.objects.update(is_searchable=False)
    assert find("ancient") == set()
    assert backlog.waiting_tenants() == {cast.tenant.pk}

    call_command("index_mail", quiet=True)

    assert find("ancient") == find("crate") == {"Old"}
    assert backlog.waiting_count() == 0
    assert backlog.index_waiting() == 0


def test_a_lost_content_does_not_hold_up_the_others(cast: Cast, find: Find) -> None:
    message = receive(cast.mailbox, make_raw(subject="Old", text="ancient"))
    server = make_outgoing(cast.mailbox)
    sent = send(server, cast.owner, text="We ship the crate.", conversation=conversation_of(message), answers=message)
    OutgoingMessage.objects.filter(pk=sent.pk).update(is_searchable=False, raw_sha256="f" * 64)
    Message.objects.update(is_searchable=False)

    assert backlog.index_waiting() == 2

    assert find("to:nina crate") == {"Old"}


def test_merged_conversations_are_found_by_the_words_of_both(cast: Cast, find: Find) -> None:
    first = conversation_of(receive(cast.mailbox, make_raw(subject="First", text="chairs")))
    second = conversation_of(receive(cast.mailbox, make_raw(from_="b@x.example", subject="Second", text="tables")))

    regrouping.merge(second, first, cast.owner, now=clock.now())

    assert find("chairs") == find("tables") == {"First"}


def test_a_deleted_mailbox_leaves_no_words_behind(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(text="chairs"))
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(deleted_at=clock.now())

    emptying.empty(cast.mailbox.pk)

    assert not SearchEntry.objects.exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM mailboxes_searchwords WHERE mailboxes_searchwords MATCH 'chairs'")
            assert cursor.fetchone() == (0,)


def test_a_very_long_mail_is_taken_in(cast: Cast, find: Find) -> None:
    words = "\n".join(" ".join(f"w{line}x{column}é" for column in range(40)) for line in range(3_000))
    receive(cast.mailbox, make_raw(subject="Report", text=f"first\n{words}\nlast"))

    assert find("first w10x3e") == {"Report"}
    assert Conversation.objects.get().subject == "Report"
