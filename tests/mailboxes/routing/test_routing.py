"""What rules do with mail that comes in (SPEC M25). Stored mail goes through the whole pipeline here."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import (
    AutomaticMail,
    Conversation,
    ConversationEvent,
    Mailbox,
    Message,
    OutgoingMessage,
    ReplyTemplate,
    RoutingRule,
    Tag,
    Topic,
)
from mailboxes.routing import changing, rehearsing
from mailhub.tenancy.scope import tenant_scope
from servers.models import FolderRole
from tests.factories import Cast, make_mailbox
from tests.mailboxes.automatic.post import letter, receive
from tests.mailboxes.routing.rules import NOON, action, condition, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_scope(mailbox: Mailbox) -> Iterator[None]:
    with tenant_scope(mailbox.tenant_id):
        yield


def _template(mailbox: Mailbox) -> ReplyTemplate:
    template: ReplyTemplate = ReplyTemplate.objects.create(
        tenant_id=mailbox.tenant_id, name="Refunds", html="<p>About refunds.</p>", created_at=NOON, changed_at=NOON
    )
    return template


def _receive(mailbox: Mailbox, **fields: object) -> tuple[Message, Conversation]:
    message = receive(mailbox, letter(mailbox.address, at=NOON), at=NOON, **fields)
    assert message.conversation is not None
    return message, message.conversation.refreshed()


def test_a_rule_assigns_sets_topic_priority_status_and_tags(cast: Cast, mailbox: Mailbox) -> None:
    topic = Topic.objects.create(tenant_id=mailbox.tenant_id, name="Lamps", created_at=NOON)
    tag = Tag.objects.create(tenant_id=mailbox.tenant_id, name="fragile")
    make_rule(
        mailbox,
        action("assign", cast.member.pk),
        action("topic", topic.pk),
        action("priority", 2),
        action("tag", tag.pk),
        action("status", "pending"),
    )

    _message, conversation = _receive(mailbox)

    assert (conversation.assignee, conversation.topic) == (cast.member, topic)
    assert (conversation.priority, conversation.status) == (Conversation.Priority.URGENT, Conversation.Status.PENDING)
    assert [one.tag for one in conversation.conversation_tags.all()] == [tag]
    assert {one.kind for one in conversation.events.all()} >= {
        ConversationEvent.Kind.ASSIGNED,
        ConversationEvent.Kind.TOPIC_SET,
        ConversationEvent.Kind.PRIORITY_SET,
        ConversationEvent.Kind.TAGGED,
        ConversationEvent.Kind.STATUS_SET,
    }


def test_a_rule_changes_a_conversation_that_is_there_and_adds_no_tag_twice(mailbox: Mailbox) -> None:
    tag = Tag.objects.create(tenant_id=mailbox.tenant_id, name="fragile")
    make_rule(
        mailbox,
        action("tag", tag.pk),
        action("priority", 1),
        conditions=[condition("sender_domain", "is", "visitors.example")],
    )
    first, _conversation = _receive(mailbox)
    later = NOON + timedelta(hours=1)

    reply = receive(mailbox, letter(mailbox.address, In_Reply_To=f"<{first.message_id}>", at=later), at=later)

    assert reply.conversation_id == first.conversation_id
    assert Conversation.objects.get().conversation_tags.count() == 1
    assert Conversation.objects.get().priority == Conversation.Priority.HIGH


def test_the_trace_says_of_every_rule_why_it_fits_or_not(mailbox: Mailbox) -> None:
    make_rule(mailbox, action("priority", 1), name="Lamps", conditions=[condition("subject", "contains", "lamp")])
    make_rule(mailbox, action("priority", 2), name="Chairs", conditions=[condition("subject", "contains", "chair")])

    message, _conversation = _receive(mailbox)

    said = [one["did"] for one in message.trace if one["step"] == "route"]
    assert said == [
        "“Lamps” fits. Subject contains “lamp”. Done: priority High.",
        "“Chairs” does not fit. Subject contains “chair”: not so.",
    ]


def test_somebody_who_may_not_use_the_mailbox_is_not_assigned_nor_told(cast: Cast) -> None:
    hidden = cast.hidden_mailbox
    make_rule(hidden, action("assign", cast.member.pk), action("notify", cast.member.pk))

    message, conversation = _receive(hidden)

    assert conversation.assignee is None
    assert not AutomaticMail.objects.exists()
    assert "may not use this mailbox" in message.trace[-1]["did"]


def test_a_colleague_is_told_by_mail_once_for_each_mail(cast: Cast, mailbox: Mailbox) -> None:
    make_rule(mailbox, action("notify", cast.member.pk), name="Lamps")

    _receive(mailbox)

    entry = AutomaticMail.objects.get()
    assert (entry.source, entry.recipient, entry.suppressed_because) == (
        AutomaticMail.Source.NOTICE,
        cast.member.user.email,
        "",
    )


def test_a_colleague_who_reads_at_the_mailbox_itself_is_not_told(cast: Cast, mailbox: Mailbox) -> None:
    cast.member.user.email = mailbox.address
    cast.member.user.save()
    make_rule(mailbox, action("notify", cast.member.pk))

    _receive(mailbox)

    assert "address of this mailbox" in AutomaticMail.objects.get().suppressed_because


def test_a_rule_answers_with_a_template_through_the_loop_guard(mailbox: Mailbox) -> None:
    rule = make_rule(mailbox, action("reply", _template(mailbox).pk))

    message, conversation = _receive(mailbox)
    receive(mailbox, letter(mailbox.address, Precedence="bulk", at=NOON), at=NOON)

    sent = OutgoingMessage.objects.get()
    assert (sent.conversation, sent.subject) == (conversation, "We have received your message")
    entries = AutomaticMail.objects.filter(source=AutomaticMail.Source.ROUTING, rule_key=str(rule.pk))
    assert entries.get(trigger=message).suppressed_because == ""
    assert entries.exclude(trigger=message).get().suppressed_because != ""


def test_a_runaway_rule_is_switched_off(mailbox: Mailbox) -> None:
    rule = make_rule(mailbox, action("reply", _template(mailbox).pk))
    AutomaticMail.objects.bulk_create(
        AutomaticMail(
            tenant_id=mailbox.tenant_id,
            mailbox=mailbox,
            source=AutomaticMail.Source.ROUTING,
            recipient=f"a@d{number}.example",
            recipient_domain=f"d{number}.example",
            created_at=NOON,
        )
        for number in range(200)
    )

    _receive(mailbox)

    assert not OutgoingMessage.objects.exists()
    rule = rule.refreshed()
    assert (rule.is_active, rule.stopped_at) == (False, NOON)
    changing.switch(rule, now=NOON)
    assert rule.refreshed().stopped_because == ""


def test_what_a_rule_names_and_is_gone_is_left_out_and_noted(mailbox: Mailbox) -> None:
    gone = "00000000-0000-0000-0000-000000000001"
    make_rule(mailbox, *(action(deed, gone) for deed in ("assign", "topic", "tag", "notify", "reply")))

    message, conversation = _receive(mailbox)

    assert message.state == Message.State.RECEIVED
    assert (conversation.assignee, conversation.topic) == (None, None)
    assert message.trace[-1]["did"].count("not there any more") == 3


@pytest.mark.parametrize("fields", [{"is_archived": True}, {"folder_role": FolderRole.SENT}], ids=str)
def test_archived_mail_and_own_mail_go_through_no_rule(mailbox: Mailbox, fields: dict[str, object]) -> None:
    make_rule(mailbox, action("priority", 2))

    _message, conversation = _receive(mailbox, **fields)

    assert conversation.priority == Conversation.Priority.NORMAL


def test_marketing_mailboxes_and_rules_that_are_off_do_nothing(cast: Cast, mailbox: Mailbox) -> None:
    marketing = make_mailbox(cast.tenant, kind=Mailbox.Kind.MARKETING)
    make_rule(marketing, action("priority", 2))
    make_rule(mailbox, action("priority", 2), is_active=False)

    for box in (marketing, mailbox):
        _message, conversation = _receive(box)
        assert conversation.priority == Conversation.Priority.NORMAL


def test_rules_cost_no_query_more_for_each_message_of_a_window(
    cast: Cast, mailbox: Mailbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        make_rule(mailbox, action("priority", 1), action("assign", cast.member.pk), name=f"Rule {number}")

    with django_assert_max_num_queries(60):
        receive(mailbox, letter(mailbox.address, at=NOON), at=NOON)


def test_a_try_says_what_would_be_done_and_does_nothing(mailbox: Mailbox) -> None:
    message, _conversation = _receive(mailbox)
    make_rule(mailbox, action("priority", 2), name="Lamps", conditions=[condition("subject", "contains", "lamp")])
    make_rule(mailbox, action("reply", _template(mailbox).pk), name="Off", is_active=False)

    rehearsal = rehearsing.rehearse(message)

    assert [(one.rule.name, one.fits) for one in rehearsal.verdicts] == [("Lamps", True), ("Off", True)]
    assert rehearsal.no_answer == ""
    assert Conversation.objects.get().priority == Conversation.Priority.NORMAL
    assert not OutgoingMessage.objects.exists()
    assert RoutingRule.objects.filter(is_active=True).count() == 1


def test_a_try_says_why_no_answer_would_go_out(mailbox: Mailbox) -> None:
    message = receive(mailbox, letter(mailbox.address, Precedence="bulk", at=NOON), at=NOON)

    assert "precedence" in rehearsing.rehearse(message).no_answer
