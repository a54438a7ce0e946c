"""New mail gets its topic (SPEC M22)."""

from typing import Any

import pytest

from mailboxes import receiving, segments
from mailboxes.models import Conversation, ConversationEvent, FilterRule, FilterSet, Mailbox, Message, Topic
from mailboxes.topics import changing
from mailhub import clock
from mailhub.tenancy import blobs
from servers.models import FolderRole, OutgoingServer
from tests.factories import Cast
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send


def make_topic(cast: Cast, name: str) -> Topic:
    return changing.add_topic(cast.tenant, name, now=clock.now())


def make_set(cast: Cast, *rules: tuple[str, Topic], **fields: Any) -> FilterSet:
    """Make the filter set of the mailbox; each rule is its phrases, separated by commas, and its topic."""
    filter_set = changing.add_set(cast.tenant, segments.first_segment(), "Support", now=clock.now())
    for phrases, topic in rules:
        changing.add_rule(
            FilterRule(tenant=cast.tenant, filter_set=filter_set, phrases=phrases.split(","), topic=topic, **fields)
        )
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(filter_set=filter_set)
    return filter_set


def topic_of(message: Message) -> str:
    return str(conversation_of(message).topic)


def test_the_first_filter_that_fits_gives_the_topic(cast: Cast) -> None:
    invoices, returns = make_topic(cast, "Invoices"), make_topic(cast, "Returns")
    make_set(cast, ("refund,money back", returns), ("invoice", invoices))

    first = receive(cast.mailbox, make_raw(subject="Invoice 7", text="I want my money back."))
    second = receive(cast.mailbox, make_raw(subject="Invoice 8"))
    third = receive(cast.mailbox, make_raw(subject="A question"))

    assert [topic_of(one) for one in (first, second, third)] == ["Returns", "Invoices", "None"]
    assert first.trace[-1]["did"] == "“money back” stands in the text: the topic Returns."
    assert third.trace[-1]["did"] == "No filter fits."


def test_the_history_of_the_conversation_says_which_filter_it_was(cast: Cast) -> None:
    make_set(cast, ("quote", make_topic(cast, "Sales")))

    message = receive(cast.mailbox, make_raw())

    event = ConversationEvent.objects.get()
    assert (event.conversation, event.kind) == (message.conversation, ConversationEvent.Kind.TOPIC_SET)
    assert event.words == "Topic Sales, by the filter “quote”"


def test_what_no_filter_fits_has_the_topic_of_the_mailbox(cast: Cast) -> None:
    make_set(cast, ("refund", make_topic(cast, "Returns")))
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(default_topic=make_topic(cast, "General"))

    message = receive(cast.mailbox, make_raw())

    assert topic_of(message) == "General"
    assert message.trace[-1]["did"] == "No filter fits: the topic of the mailbox, General."


def test_a_filter_looks_only_where_it_is_told_to(cast: Cast) -> None:
    make_set(cast, ("refund", make_topic(cast, "Returns")), place=FilterRule.Place.SUBJECT)

    in_text = receive(cast.mailbox, make_raw(text="refund"))
    in_subject = receive(cast.mailbox, make_raw(subject="Refund"))

    assert [topic_of(one) for one in (in_text, in_subject)] == ["None", "Returns"]


def test_a_conversation_that_is_there_keeps_its_topic_or_none(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    sent = send(server, cast.owner, conversation=conversation)
    make_set(cast, ("refund", make_topic(cast, "Returns")))

    receive(cast.mailbox, make_raw(text="refund", in_reply_to=f"<{sent.message_id}>"))

    assert conversation.refreshed().topic is None
    assert conversation.refreshed().message_count == 3


@pytest.mark.parametrize("fields", [{"folder_role": FolderRole.SENT}, {"is_archived": True}])
def test_own_mail_and_old_mail_get_no_topic(cast: Cast, fields: dict[str, Any]) -> None:
    make_set(cast, ("quote", make_topic(cast, "Sales")))
    raw, now = make_raw().as_bytes(), clock.now()
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

    assert topic_of(message.refreshed()) == "None"


def test_marketing_mailboxes_have_no_filters(cast: Cast) -> None:
    make_set(cast, ("quote", make_topic(cast, "Sales")))
    Mailbox.objects.filter(pk=cast.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)

    assert topic_of(receive(cast.mailbox, make_raw())) == "None"


def test_two_messages_of_one_window_share_the_topic_of_their_conversation(cast: Cast) -> None:
    make_set(cast, ("quote", make_topic(cast, "Sales")), ("refund", make_topic(cast, "Returns")))
    first = make_raw()
    second = make_raw(text="refund", in_reply_to=first["Message-ID"])
    now = clock.now()
    for mail in (first, second):
        raw = mail.as_bytes()
        Message.objects.create(
            tenant=cast.tenant,
            mailbox=cast.mailbox,
            raw_sha256=blobs.put(cast.tenant.pk, raw),
            size=len(raw),
            stored_at=now,
            received_at=now,
        )

    receiving.receive_waiting(cast.mailbox.pk, now=lambda: now)

    assert str(Conversation.objects.get().topic) == "Sales"


def test_a_mailbox_that_moves_to_another_segment_leaves_its_filter_set_behind(cast: Cast) -> None:
    make_set(cast, ("quote", make_topic(cast, "Sales")))
    wholesale = segments.add(cast.tenant, "Wholesale", now=clock.now())

    segments.move_mailbox(cast.mailbox.refreshed(), wholesale, successor=cast.hidden_mailbox)

    assert cast.mailbox.refreshed().filter_set is None


def test_filter_sets_of_a_deleted_segment_move_with_its_mailboxes(cast: Cast) -> None:
    filter_set = make_set(cast, ("quote", make_topic(cast, "Sales")))
    wholesale = segments.add(cast.tenant, "Wholesale", now=clock.now())

    segments.delete(segments.first_segment(), heir=wholesale)

    assert filter_set.refreshed().segment == wholesale
    assert cast.mailbox.refreshed().filter_set == filter_set


def test_deleting_a_tenant_takes_its_filters_along(cast: Cast) -> None:
    make_set(cast, ("quote", make_topic(cast, "Sales")))

    cast.tenant.delete()

    assert not FilterRule.objects.exists()
    assert not Topic.objects.exists()
