"""Mail of a mailbox that a person may not use does not exist for them (SPEC T3, SECURITY B089-B095)."""

import uuid
from dataclasses import dataclass

import pytest
from django.urls import reverse

from mailboxes.models import Attachment, Delivery, Mailbox, MailboxAccess
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send, settle

GET, POST = "get", "post"
ROUTES = [
    (GET, "conversation-detail", "conversation"),
    (POST, "conversation-close", "conversation"),
    (POST, "conversation-reopen", "conversation"),
    (POST, "conversation-unread", "conversation"),
    (GET, "conversation-reply", "conversation"),
    (POST, "conversation-reply", "conversation"),
    (GET, "message-detail", "message"),
    (GET, "message-frame", "message"),
    (GET, "message-headers", "message"),
    (GET, "message-why", "message"),
    (GET, "message-raw", "message"),
    (GET, "attachment-download", "attachment"),
    (GET, "outgoing-detail", "outgoing"),
    (GET, "delivery-list", "outgoing"),
    (GET, "outgoing-raw", "outgoing"),
    (POST, "delivery-retry", "delivery"),
]


@dataclass(frozen=True)
class Correspondence:
    """One row of each kind, in the mailbox that the member may not use."""

    conversation: uuid.UUID
    message: uuid.UUID
    attachment: uuid.UUID
    outgoing: uuid.UUID
    delivery: uuid.UUID


@pytest.fixture
def hidden(cast: Cast) -> Correspondence:
    return _correspondence(cast, cast.hidden_mailbox)


def _correspondence(cast: Cast, mailbox: Mailbox) -> Correspondence:
    mail = make_raw(subject="Canary phrase")
    mail.add_attachment(b"secret", maintype="application", subtype="pdf", filename="plan.pdf")
    message = receive(mailbox, mail)
    conversation = conversation_of(message)
    outgoing = send(make_outgoing(mailbox), cast.owner, conversation=conversation, answers=message)
    delivery = settle(outgoing, Delivery.State.UNCERTAIN)
    with tenant_scope(mailbox.tenant_id):
        attachment = Attachment.objects.get(message=message)
    return Correspondence(conversation.pk, message.pk, attachment.pk, outgoing.pk, delivery.pk)


@pytest.mark.parametrize(("method", "name", "kind"), ROUTES)
@pytest.mark.parametrize("who", ["member", "stranger"])
def test_mail_of_a_mailbox_one_may_not_use_is_not_found(
    cast: Cast, hidden: Correspondence, who: str, method: str, name: str, kind: str
) -> None:
    browser = signed_in(getattr(cast, who))

    response = getattr(browser, method)(reverse(f"mailboxes:{name}", args=[getattr(hidden, kind)]))
    random = getattr(browser, method)(reverse(f"mailboxes:{name}", args=[uuid.uuid4()]))

    assert response.status_code == random.status_code == 404
    assert b"Canary" not in response.content


@pytest.mark.parametrize(("method", "name", "kind"), [route for route in ROUTES if route[0] == GET])
def test_mail_of_a_visible_mailbox_is_found(cast: Cast, method: str, name: str, kind: str) -> None:
    visible = _correspondence(cast, cast.mailbox)

    response = signed_in(cast.member).get(reverse(f"mailboxes:{name}", args=[getattr(visible, kind)]))

    assert response.status_code == 200


def test_replay_of_a_hidden_message_is_refused_to_a_member(cast: Cast, hidden: Correspondence) -> None:
    url = reverse("mailboxes:message-replay", args=[hidden.message])

    assert signed_in(cast.member).post(url).status_code == 403
    assert signed_in(cast.stranger).post(url).status_code == 404


@pytest.mark.parametrize("who", ["member", "stranger"])
@pytest.mark.parametrize("name", ["inbox", "inbox-list", "message-list-set-aside"])
def test_lists_show_nothing_of_a_hidden_mailbox(cast: Cast, hidden: Correspondence, who: str, name: str) -> None:
    response = signed_in(getattr(cast, who)).get(reverse(f"mailboxes:{name}"), {"status": "all"})

    assert response.status_code == 200
    assert b"Canary" not in response.content
    assert b"Directors" not in response.content


def test_inbox_of_a_hidden_mailbox_is_not_found(cast: Cast, hidden: Correspondence) -> None:
    browser = signed_in(cast.member)

    assert browser.get(reverse("mailboxes:inbox"), {"mailbox": str(cast.hidden_mailbox.pk)}).status_code == 404
    assert browser.get(reverse("mailboxes:inbox"), {"mailbox": str(uuid.uuid4())}).status_code == 404
    assert browser.get(reverse("mailboxes:compose"), {"mailbox": str(cast.hidden_mailbox.pk)}).status_code == 404


def test_attachment_is_gone_as_soon_as_permission_is_revoked(cast: Cast) -> None:
    visible = _correspondence(cast, cast.mailbox)
    browser = signed_in(cast.member)
    url = reverse("mailboxes:attachment-download", args=[visible.attachment])
    assert browser.get(url).status_code == 200

    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

    assert browser.get(url).status_code == 404


def test_retry_of_a_foreign_delivery_changes_nothing(cast: Cast, hidden: Correspondence) -> None:
    signed_in(cast.member).post(reverse("mailboxes:delivery-retry", args=[hidden.delivery]))

    with tenant_scope(cast.tenant.pk):
        assert Delivery.objects.get(pk=hidden.delivery).state == Delivery.State.UNCERTAIN
