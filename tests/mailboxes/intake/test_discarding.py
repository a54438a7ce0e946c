"""Mail that a mailbox does not take in (SPEC M23)."""

from datetime import timedelta

import pytest

from mailboxes import receiving
from mailboxes.intake import discarding
from mailboxes.models import Attachment, AutomaticMail, Conversation, DiscardFilter, Message, OutgoingMessage
from mailboxes.parsing import parse
from mailhub import clock
from mailhub.tenancy import blobs
from servers.models import FolderRole, OutgoingServer
from tests.factories import Cast
from tests.mailboxes.intake.factories import PDF, PE, make_filter, make_fresh, make_policy, with_files
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send

State = Message.State


def store(cast: Cast, raw: bytes, **fields: object) -> Message:
    """Store a mail and take it through the pipeline."""
    now = clock.now()
    message = Message.objects.create(
        tenant=cast.tenant,
        mailbox=cast.mailbox,
        raw_sha256=blobs.put(cast.tenant.pk, raw),
        size=len(raw),
        stored_at=now,
        received_at=now,
        **fields,
    )
    receiving.receive_waiting(cast.mailbox.pk, now=lambda: now)
    return message.refreshed()


def take_in(message: Message) -> Message:
    assert discarding.take_in(message)
    receiving.receive_waiting(message.mailbox_id, now=clock.now)
    return message.refreshed()


def test_mail_that_fits_is_kept_out_of_the_conversations_and_stays_readable(cast: Cast) -> None:
    make_filter(cast.mailbox)

    message = receive(cast.mailbox, with_files(("a.pdf", PDF), subject="Our offer"))

    assert (message.state, message.conversation) == (State.DISCARDED, None)
    assert message.discarded_because == "Discard filter: Subject contains offer"
    assert message.discarded_at is not None
    assert not Conversation.objects.exists()
    assert parse(message.raw()).subject == "Our offer"
    assert message.attachments.get().filename == "a.pdf"
    assert {"step": "discard", "did": "Not taken in. The filter “Subject contains offer” fits."} in message.trace
    assert cast.mailbox.refreshed().first_mail_at is None


def test_the_first_active_filter_is_named(cast: Cast) -> None:
    make_filter(cast.mailbox, value="our", position=2)
    make_filter(cast.mailbox, value="offer", is_active=False)
    make_filter(cast.hidden_mailbox, value="offer")

    message = receive(cast.mailbox, make_raw(subject="Our offer"))

    assert message.discarded_because == "Discard filter: Subject contains our"


def test_other_mail_is_taken_in_and_nothing_is_noted(cast: Cast) -> None:
    make_filter(cast.mailbox)

    message = receive(cast.mailbox, make_raw(subject="A question"))

    assert message.state == State.RECEIVED
    assert "discard" not in [one["step"] for one in message.trace]


def test_a_filter_of_a_size_says_it_in_words(cast: Cast) -> None:
    rule = make_filter(
        cast.mailbox, field=DiscardFilter.Field.SIZE, operator=DiscardFilter.Operator.IS_AT_LEAST, value="1024"
    )

    message = receive(cast.mailbox, make_raw(text="word " * 400))

    assert str(rule) == "Size is at least 1 KB"
    assert message.state == State.DISCARDED


def test_the_recipient_of_the_envelope_counts(cast: Cast) -> None:
    make_filter(
        cast.mailbox, field=DiscardFilter.Field.RECIPIENT, operator=DiscardFilter.Operator.IS, value="old@acme.example"
    )

    message = store(cast, make_raw().as_bytes(), envelope_to="old@acme.example")

    assert message.state == State.DISCARDED


@pytest.mark.parametrize("fields", [{"folder_role": FolderRole.SENT}, {"is_archived": True}])
def test_what_people_sent_and_what_was_there_before_is_never_discarded(cast: Cast, fields: dict[str, object]) -> None:
    make_filter(cast.mailbox)

    message = store(cast, make_raw(subject="Our offer").as_bytes(), **fields)

    assert message.state == State.RECEIVED


def test_a_reply_that_fits_leaves_its_conversation_as_it_is(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    sent = send(server, cast.owner, conversation=conversation)
    make_filter(cast.mailbox)

    message = receive(cast.mailbox, make_raw(subject="Re: offer", in_reply_to=f"<{sent.message_id}>"))

    assert (message.state, message.conversation) == (State.DISCARDED, None)
    assert conversation.refreshed().message_count == 2


def test_a_person_takes_a_mail_in_after_all(cast: Cast) -> None:
    make_filter(cast.mailbox)
    message = receive(cast.mailbox, with_files(("a.pdf", PDF), subject="Our offer"))

    taken = take_in(message)

    assert taken.state == State.RECEIVED
    assert conversation_of(taken).subject == "Our offer"
    assert taken.was_taken_in
    assert Attachment.objects.filter(message=taken).count() == 1
    assert taken.trace[1]["did"].startswith("Was discarded; a person took it in.")


def test_a_reply_that_is_taken_in_joins_its_conversation(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    sent = send(server, cast.owner, conversation=conversation)
    make_filter(cast.mailbox)
    message = receive(cast.mailbox, make_raw(subject="Re: offer", in_reply_to=f"<{sent.message_id}>"))

    taken = take_in(message)

    assert taken.conversation == conversation
    assert taken.answers == sent


def test_what_is_taken_in_is_taken_in_once(cast: Cast) -> None:
    make_filter(cast.mailbox)
    message = receive(cast.mailbox, make_raw(subject="Our offer"))
    take_in(message)

    assert not discarding.take_in(message)
    assert message.refreshed().state == State.RECEIVED


def test_a_filter_that_forwards_sends_the_mail_as_it_came(cast: Cast, server: OutgoingServer) -> None:
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    rule = make_filter(cast.mailbox, is_forwarded=True)

    message = receive(cast.mailbox, make_fresh(subject="Our offer"))

    forwarded = OutgoingMessage.objects.get()
    mail = parse(forwarded.raw())
    assert forwarded.origin == OutgoingMessage.Origin.FORWARD
    assert forwarded.server == server
    assert [one.addr_spec for one in mail.to] == ["postroom@other.example"]
    assert mail.auto_submitted == "auto-generated"
    assert [(one.content_type, one.filename) for one in mail.attachments] == [("message/rfc822", "Our offer.eml")]
    assert b"Could you send a quote?" in forwarded.raw()
    assert "Subject contains offer" in mail.text
    entry = AutomaticMail.objects.get()
    assert (entry.trigger, entry.rule_key, entry.suppressed_because) == (message, str(rule.pk), "")
    assert message.trace[-1] == {"step": "forward", "did": "Sent to postroom@other.example."}


def test_a_mail_that_is_taken_in_is_not_forwarded_again(cast: Cast, server: OutgoingServer) -> None:
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    make_filter(cast.mailbox, is_forwarded=True)
    message = receive(cast.mailbox, make_fresh(subject="Our offer"))

    take_in(message)

    assert OutgoingMessage.objects.count() == 1


def test_without_an_address_or_a_server_the_trace_says_why_nothing_was_forwarded(cast: Cast) -> None:
    make_filter(cast.mailbox, is_forwarded=True)
    without_address = receive(cast.mailbox, make_fresh(subject="Our offer"))
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    without_server = receive(cast.mailbox, make_fresh(subject="Our offer again"))

    assert without_address.trace[-1]["did"] == "Not forwarded: the mailbox has no address for rejected mail."
    assert without_server.trace[-1]["did"] == "Not sent: The mailbox has no active outgoing server."
    assert {without_address.state, without_server.state} == {State.DISCARDED}


def test_mail_that_mailhub_forwarded_is_discarded_here_and_goes_no_further(cast: Cast, server: OutgoingServer) -> None:
    """SECURITY B088: two mailboxes that forward to each other."""
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    make_filter(cast.mailbox, field=DiscardFilter.Field.SUBJECT, value="offer", is_forwarded=True)
    receive(cast.mailbox, make_fresh(subject="Our offer"))
    forwarded = OutgoingMessage.objects.get().raw()

    again = receive(cast.mailbox, forwarded)

    assert again.state == State.DISCARDED
    assert OutgoingMessage.objects.count() == 1
    assert "X-Mailhub-Loop" in again.trace[-1]["did"]


def test_a_mail_too_large_to_forward_is_discarded_all_the_same(cast: Cast, server: OutgoingServer) -> None:
    make_policy(cast.mailbox, forward_to="postroom@other.example")
    make_filter(cast.mailbox, is_forwarded=True)
    raw = make_fresh(subject="Our offer").as_bytes() + b"x" * 70 + b"\r\n"
    large = raw + (b"y" * 70 + b"\r\n") * 400_000

    message = receive(cast.mailbox, large)

    assert message.state == State.DISCARDED
    assert message.trace[-1]["did"] == "Not sent: It is too large to be forwarded."


def test_a_program_in_discarded_mail_is_not_even_looked_at(cast: Cast) -> None:
    make_filter(cast.mailbox)
    make_policy(cast.mailbox, refused_types=["exe"])

    message = receive(cast.mailbox, with_files(("setup.exe", PE), subject="Our offer"))

    assert message.discarded_because.startswith("Discard filter")


def test_settings_are_asked_for_once_for_a_window(cast: Cast, django_assert_max_num_queries: object) -> None:
    make_filter(cast.mailbox)
    now = clock.now()
    for number in range(20):
        raw = make_fresh(subject=f"Our offer {number}").as_bytes()
        Message.objects.create(
            tenant=cast.tenant,
            mailbox=cast.mailbox,
            raw_sha256=blobs.put(cast.tenant.pk, raw),
            size=len(raw),
            stored_at=now,
            received_at=now - timedelta(minutes=number),
        )

    with django_assert_max_num_queries(30) as captured:  # type: ignore[operator]
        receiving.receive_waiting(cast.mailbox.pk, now=lambda: now)

    asked = [one["sql"] for one in captured.captured_queries if 'FROM "mailboxes_discardfilter"' in one["sql"]]
    assert len(asked) == 1
    assert Message.objects.discarded().count() == 20
