"""Mail about what nobody looked at: to the right person, once, and with nothing that a customer wrote."""

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from mailboxes.automatic.marks import LOOP_HEADER
from mailboxes.models import Conversation, ConversationRead, Mailbox, Message, Notification, OutgoingMessage
from mailboxes.notifying import mailing, seeing, telling
from mailboxes.platform import ensure_platform
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import unscoped
from servers.models import OutgoingServer
from tests.factories import Cast, make_person, make_tenant
from tests.mailboxes.mail.factories import make_raw, receive
from tests.mailboxes.notifying.rows import NOON, make_conversation, make_note, switch, take_away

pytestmark = pytest.mark.django_db

_Kind = Notification.Kind
DUE = NOON + timedelta(minutes=11)


@pytest.fixture(autouse=True)
def platform(db: None) -> OutgoingServer:
    return ensure_platform("smtp+starttls://mailer:p%40ss@smtp.mailhub.example", "no-reply@mailhub.example")


def _mails(now: datetime = DUE) -> list[EmailMessage]:
    """Send what is due, and return the mails that it made."""
    with unscoped("a test mails people of all tenants"):
        known = set(OutgoingMessage.objects.values_list("pk", flat=True))
        mailing.mail_due(now=now)
        sent = OutgoingMessage.objects.exclude(pk__in=known)
        return [message_from_bytes(one.raw(), policy=policy.default) for one in sent]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _assign(conversation: Conversation, person: Membership, actor: Membership | None = None) -> None:
    telling.tell_assigned([conversation], person, actor=actor, now=NOON)


def test_the_mail_says_who_did_what_where_and_leads_there(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member, cast.owner)

    (mail,) = _mails()

    assert mail["To"] == cast.member.user.email
    assert mail["Subject"] == f"{cast.owner.user} assigned it to you: A broken lamp"
    assert f"/inbox/{conversation.pk}/" in _text(mail)
    assert "A broken lamp (Support)" in _text(mail)
    assert "/settings/notifications/" in _text(mail)


def test_it_is_marked_so_that_no_program_answers_it(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member)

    (mail,) = _mails()

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail[LOOP_HEADER]


def test_nothing_leaves_before_its_time_and_nothing_twice(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member)

    assert _mails(NOON + timedelta(minutes=1)) == []
    assert len(_mails(NOON + timedelta(minutes=2))) == 1
    assert _mails(NOON + timedelta(hours=2)) == []


def test_who_lost_the_mailbox_meanwhile_gets_nothing_ever(
    cast: Cast, mailbox: Mailbox, conversation: Conversation
) -> None:
    _assign(conversation, cast.member)
    take_away(mailbox, cast.member)

    assert _mails() == []
    assert Notification.objects.get().mail_due_at is None


def test_who_was_deactivated_meanwhile_gets_nothing(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member)
    Membership.objects.filter(pk=cast.member.pk).update(is_active=False)

    assert _mails() == []


def test_who_switched_it_off_meanwhile_gets_nothing(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member)
    switch(cast.member, _Kind.ASSIGNED, by_mail=False)

    assert _mails() == []


def test_who_opened_the_conversation_gets_nothing(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member)
    seeing.read_conversation(conversation, cast.member, now=NOON)

    assert _mails() == []


def test_who_has_read_the_reply_on_another_way_gets_no_mail_of_it(cast: Cast, conversation: Conversation) -> None:
    telling.tell_replied(conversation, [cast.member], now=NOON)
    ConversationRead.objects.create(
        tenant=cast.tenant, conversation=conversation, membership=cast.member, read_until=NOON
    )

    assert _mails() == []


def test_several_things_come_in_one_mail_and_the_next_one_waits_five_minutes(cast: Cast, mailbox: Mailbox) -> None:
    first, second = make_conversation(mailbox, "First"), make_conversation(mailbox, "Second")
    _assign(first, cast.member)
    telling.tell_mentioned(make_note(second, cast.owner), [cast.member], actor=cast.owner, now=NOON)

    (mail,) = _mails()
    _assign(make_conversation(mailbox, "Third"), cast.member)
    soon, later = _mails(DUE + timedelta(minutes=4)), _mails(DUE + timedelta(minutes=6))

    assert mail["Subject"] == "2 things wait for you in Acme"
    assert "First (Support)" in _text(mail)
    assert "Second (Support)" in _text(mail)
    assert soon == []
    assert len(later) == 1


def test_of_many_the_mail_names_twenty_and_counts_the_others(cast: Cast, mailbox: Mailbox) -> None:
    for number in range(25):
        _assign(make_conversation(mailbox, f"Number {number}"), cast.member)

    (mail,) = _mails()

    assert "25 things wait for you" in mail["Subject"]
    assert "And 5 more" in _text(mail)
    assert not Notification.objects.filter(mailed_at=None).exists()


def test_nothing_that_a_customer_wrote_stands_in_it(cast: Cast, mailbox: Mailbox) -> None:
    message = receive(mailbox, make_raw(text="My account number is 12345."), at=NOON)
    assert message.conversation is not None
    telling.tell_replied(message.conversation, [cast.member], now=NOON)

    (mail,) = _mails()

    assert "12345" not in mail.as_string()


def test_of_encrypted_mail_not_even_the_subject_stands_in_it(cast: Cast, mailbox: Mailbox) -> None:
    message = receive(mailbox, make_raw(subject="The merger"), at=NOON)
    Message.objects.filter(pk=message.pk).update(smime={"encryption": "decrypted"})
    assert message.conversation is not None
    _assign(message.conversation, cast.member)

    (mail,) = _mails()

    assert "merger" not in mail.as_string()
    assert "Encrypted mail" in mail["Subject"]


def test_a_subject_of_lines_and_markup_stays_one_line_and_text(cast: Cast, mailbox: Mailbox) -> None:
    _assign(make_conversation(mailbox, "Hello\r\nBcc: victim@example.com <b>x</b>"), cast.member)

    (mail,) = _mails()
    html = mail.get_body(("html",))

    assert mail["Bcc"] is None
    assert html is not None
    assert "&lt;b&gt;x&lt;/b&gt;" in html.get_content()


def test_people_of_two_accounts_are_told_through_the_platform(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer, conversation: Conversation, platform: OutgoingServer
) -> None:
    Membership.objects.create(tenant=make_tenant("Globex Two"), user=cast.member.user)
    _assign(conversation, cast.member)

    _mails()

    with unscoped("a test looks at the platform"):
        sent = OutgoingMessage.objects.get(origin=OutgoingMessage.Origin.SYSTEM)
        assert sent.server == platform


def test_the_mail_is_on_nobodys_screen(cast: Cast, server: OutgoingServer, conversation: Conversation) -> None:
    _assign(conversation, cast.member)

    _mails()

    sent = OutgoingMessage.objects.get(origin=OutgoingMessage.Origin.SYSTEM)
    assert sent.is_confidential
    assert not OutgoingMessage.objects.visible_to(cast.owner).filter(pk=sent.pk).exists()


def test_one_person_who_cannot_be_mailed_keeps_nobody_else_back(
    cast: Cast, mailbox: Mailbox, conversation: Conversation
) -> None:
    broken = make_person(cast.tenant)
    broken.user.email = "no address"
    broken.user.save()
    _assign(conversation, broken)
    _assign(conversation, cast.member)

    mails = _mails()

    assert cast.member.user.email in [mail["To"] for mail in mails]
